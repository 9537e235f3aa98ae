"""What checks second factors, and digests codes that are typed once: three small ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware.core.second_factor import Passkey


class OneTimeCodes(Protocol):
    """Time-based one-time codes: RFC 6238, six digits, thirty seconds."""

    def new_secret(self) -> str:
        """A new secret, as authenticator apps take it by hand: base32."""
        ...

    def address(self, secret: str, name: str, issuer: str) -> str:
        """The ``otpauth:`` address that an authenticator app reads from a QR code."""
        ...

    def picture(self, address: str) -> str:
        """The address as a QR code: an SVG element, black on white."""
        ...

    def step_of(self, secret: str, code: str, now_ms: int) -> int | None:
        """The time step that the code belongs to, if that is now or one to either side; else None."""
        ...


@dataclass(frozen=True)
class Challenge:
    """Something that a browser was asked to sign. ``options`` are for the browser, ``state`` is for the checker."""

    host: str
    options: Mapping[str, Any]
    state: Any = field(repr=False)


class PasskeyChecker(Protocol):
    """Passkeys: W3C Web Authentication, level 2, with user verification.

    ``host`` is the name by which the browser has the page (the relying party's id); ``origin`` the page's scheme, host
    and port. What the browser answered comes as ``PublicKeyCredential.toJSON()`` gives it.
    """

    def ask_to_make(self, host: str, person_id: str, name: str, have: Sequence[Passkey]) -> Challenge:
        """
        Raises:
            SettingsError: the page is had by a number; passkeys need a name.
        """
        ...

    def made(self, challenge: Challenge, origin: str, credential: Mapping[str, Any]) -> tuple[bytes, int]:
        """What is to be kept of the new passkey: its credential and its counter.

        Raises:
            SignInRefused: the answer does not fit the challenge.
        """
        ...

    def ask_to_use(self, host: str, have: Sequence[Passkey]) -> Challenge:
        """
        Raises:
            SignInRefused: none of these is for this host.
        """
        ...

    def used(
        self, challenge: Challenge, origin: str, have: Sequence[Passkey], credential: Mapping[str, Any]
    ) -> Passkey:
        """Which of them signed, with its new counter.

        Raises:
            SignInRefused: none did, or it may be a copy (its counter went back).
        """
        ...


class CodeDigests(Protocol):
    def digest(self, purpose: str, code: str) -> str:
        """What is kept instead of a code. It depends on the box secret, so that a stolen file cannot be guessed at."""
        ...


class PassPhraseRules(Protocol):
    def offer(self) -> str:
        """Five random words."""
        ...

    def check(self, pass_phrase: str, name: str) -> None:
        """
        Raises:
            SettingsError: it is too short, or among the first that anybody would try.
        """
        ...
