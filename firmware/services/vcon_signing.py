"""Signs vCons for people who may take a copy of a call away: each signature is in the evidence before it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from firmware.core.access_policy import Action, check
from firmware.core.errors import NotAllowed, SettingsError
from firmware.core.recording_id import opaque
from firmware.core.vcon.signed import Signature
from firmware.services.opener_sessions import Session

_DIGEST_BYTES = 32


class SigningOffice(Protocol):
    """The part of the opener that this needs."""

    def session(self, token: str, *, activity: bool = True) -> Session:
        """Raises SignInRefused."""
        ...

    def take_copy(self, session: Session, recording_id: str) -> bool:
        """Whether the recording was opened in that session to be taken away, and no signature was given for it yet."""
        ...

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Raises ServiceAway, StorageError."""
        ...


class SigningKey(Protocol):
    """The key that the office signs exports with; made when it is first asked for. Raises StorageError."""

    def is_made(self) -> bool: ...

    def fingerprint(self) -> str:
        """SHA-256 of its certificate, hexadecimal."""
        ...

    def sign(self, digest: bytes) -> Signature:
        """RSASSA-PKCS1-v1_5 over a SHA-256 digest (RFC 8017)."""
        ...


class VconSigning:
    """Any thread."""

    def __init__(self, office: SigningOffice, key: Callable[[], SigningKey]) -> None:
        """``key`` is asked for once something is to be signed."""
        self._office = office
        self._key = key

    def sign(self, token: str, recording_id: str, digest: bytes, uuid: str) -> Signature:
        """
        Args:
            digest: SHA-256 of the JWS's signing input; the evidence has it, so that what was signed is known.

        Raises:
            SignInRefused, NotAllowed: who asks may not take calls away, or has not opened this one for that.
            SettingsError: that is no digest.
            ServiceAway, StorageError: the evidence entry could not be made; nothing was signed.
        """
        session = self._office.session(token)
        check(session.person.role, Action.EXPORT)
        if len(digest) != _DIGEST_BYTES:
            raise SettingsError(f"A SHA-256 digest has {_DIGEST_BYTES} bytes.")
        if not self._office.take_copy(session, recording_id):
            raise NotAllowed(
                "Only a call that was opened to be taken away is signed.", "Say what it is for, and export it."
            )
        key = self._key()
        if not key.is_made():
            self._office.enter("signing-key-made", {"certificate": key.fingerprint()}, {})
        ids = {"recording": opaque(recording_id), "person": session.person.person_id, "session": session.session_id}
        subject = {**ids, "vcon": uuid, "sha256": digest.hex(), "certificate": key.fingerprint()}
        self._office.enter("vcon-signed", subject, {"name": session.person.name})
        return key.sign(digest)
