"""Second factors: proving one at sign-in, and setting them up.

What is half done (a challenge that a browser is signing, a secret that an app is being given) is kept in memory by the
session, for as long as the process lives or until something newer takes its place.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from firmware.core.errors import ActionRefused, SettingsError, SignInRefused
from firmware.core.people import Person
from firmware.core.second_factor import (
    LONGEST_PASSKEY_NAME,
    MOST_PASSKEYS,
    RECOVERY_CODE_LENGTH,
    RECOVERY_CODES,
    Passkey,
)
from firmware.core.typed_code import CODE_LETTERS, shown_code
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import KeyMaker
from firmware.ports.second_factor import Challenge, CodeDigests, OneTimeCodes, PasskeyChecker
from firmware.services.opener_sessions import Session

_MOST_HALF_DONE = 200


@dataclass(frozen=True)
class Proof:
    """What somebody gives as their second factor. ``method`` is one of those of ``SecondFactor.methods``."""

    method: str
    code: str = field(default="", repr=False)
    credential: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origin: str = ""


@dataclass(frozen=True)
class NewSecret:
    """What an authenticator app is given, once."""

    secret: str = field(repr=False)
    address: str = field(repr=False)
    picture: str = field(repr=False)


class SecondFactors:
    """Any thread.

    Args:
        passkeys: gives what checks them, at the first that somebody makes or shows.
        issuer: the office's name, as authenticator apps show it.
    """

    def __init__(
        self,
        codes: OneTimeCodes,
        passkeys: Callable[[], PasskeyChecker],
        digests: CodeDigests,
        keys: KeyMaker,
        clock: Clock,
        issuer: str,
    ) -> None:
        self._codes = codes
        self._passkeys = passkeys
        self._digests = digests
        self._keys = keys
        self._clock = clock
        self._issuer = issuer
        self._lock = threading.Lock()
        self._half_done: dict[tuple[str, str], Any] = {}

    # -- proving

    def challenge(self, person: Person, session: Session, host: str) -> Mapping[str, Any]:
        """What the browser is to sign with a passkey. Raises SignInRefused when there is none for this host."""
        challenge = self._passkeys().ask_to_use(host, person.second_factor.passkeys)
        self._begin(session, "use", challenge)
        return challenge.options

    def prove(self, person: Person, session: Session, proof: Proof) -> Person:
        """The person as they are to be kept, with what was used up marked so.

        Raises:
            SignInRefused: it proves nothing; one text whatever was wrong with a code.
        """
        if proof.method == "totp":
            return self._prove_by_code(person, session, proof.code)
        if proof.method == "recovery-code":
            return self._prove_by_recovery_code(person, proof.code)
        challenge = self._take(session, "use")
        if not isinstance(challenge, Challenge):
            raise SignInRefused("The passkey was not asked for, or too long ago.", "Try again.")
        factor = person.second_factor
        used = self._passkeys().used(challenge, proof.origin, factor.passkeys, proof.credential)
        return replace(person, second_factor=factor.with_passkey(used))

    def _prove_by_code(self, person: Person, session: Session, code: str) -> Person:
        factor = person.second_factor
        if not factor.totp_secret:
            raise _wrong_code()
        secret = session.keys.open_own(factor.totp_secret).decode("ascii")
        step = self._codes.step_of(secret, code, self._clock.wall_ms())
        if step is None or step <= factor.totp_step:
            raise _wrong_code()
        return replace(person, second_factor=replace(factor, totp_step=step))

    def _prove_by_recovery_code(self, person: Person, code: str) -> Person:
        digest = self._digests.digest(_recovery_of(person), code)
        known = [each for each in person.second_factor.recovery_codes if secrets.compare_digest(each, digest)]
        if not known or not person.second_factor.is_set:
            raise _wrong_code()
        return replace(person, second_factor=person.second_factor.without_recovery_code(known[0]))

    # -- setting up

    def begin_codes(self, person: Person, session: Session) -> NewSecret:
        secret = self._codes.new_secret()
        self._begin(session, "codes", secret)
        address = self._codes.address(secret, person.name, self._issuer)
        return NewSecret(secret, address, self._codes.picture(address))

    def finish_codes(self, person: Person, session: Session, code: str) -> tuple[Person, list[str]]:
        """The person with one-time codes set up, and the recovery codes if these are the first.

        Raises:
            ActionRefused: it was not begun.
            SettingsError: the code is not the app's.
        """
        secret = self._look(session, "codes")
        if not isinstance(secret, str):
            raise ActionRefused("Setting up one-time codes was not begun, or too long ago.", "Begin again.")
        step = self._codes.step_of(secret, code, self._clock.wall_ms())
        if step is None:
            raise SettingsError(
                "That is not the app's code.", "Type the six digits shown now; see that the phone's clock is right."
            )
        self._take(session, "codes")
        sealed = self._keys.seal(secret.encode("ascii"), session.keys.user_public_key)
        factor = replace(person.second_factor, totp_secret=sealed, totp_step=step)
        return self._with_recovery_codes(replace(person, second_factor=factor))

    def begin_passkey(self, person: Person, session: Session, host: str) -> Mapping[str, Any]:
        """What the browser needs to make a passkey.

        Raises:
            SettingsError: passkeys cannot be made for this host, or there are too many.
        """
        if len(person.second_factor.passkeys) >= MOST_PASSKEYS:
            raise SettingsError(f"There are {MOST_PASSKEYS} passkeys already.", "Remove one that is no longer used.")
        challenge = self._passkeys().ask_to_make(host, person.person_id, person.name, person.second_factor.passkeys)
        self._begin(session, "make", challenge)
        return challenge.options

    def finish_passkey(
        self, person: Person, session: Session, name: str, origin: str, credential: Mapping[str, Any]
    ) -> tuple[Person, Passkey, list[str]]:
        """The person with the passkey, the passkey, and the recovery codes if it is the first factor.

        Raises:
            ActionRefused: it was not begun.
            SettingsError: the name cannot be one.
            SignInRefused: the browser's answer does not fit.
        """
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_PASSKEY_NAME:
            raise SettingsError("A passkey needs a name of 1 to 40 letters.", "Say what it is on, such as My phone.")
        challenge = self._take(session, "make")
        if not isinstance(challenge, Challenge):
            raise ActionRefused("Making a passkey was not begun, or too long ago.", "Begin again.")
        kept, counter = self._passkeys().made(challenge, origin, credential)
        passkey = Passkey(secrets.token_hex(8), name, challenge.host, kept, counter, self._clock.wall_ms())
        changed = replace(person, second_factor=person.second_factor.with_passkey(passkey))
        person, codes = self._with_recovery_codes(changed)
        return person, passkey, codes

    def new_recovery_codes(self, person: Person) -> tuple[Person, list[str]]:
        """Ten new ones, shown once; the old are worth nothing."""
        codes = [
            "".join(secrets.choice(CODE_LETTERS) for _ in range(RECOVERY_CODE_LENGTH)) for _ in range(RECOVERY_CODES)
        ]
        digests = tuple(self._digests.digest(_recovery_of(person), code) for code in codes)
        changed = replace(person, second_factor=replace(person.second_factor, recovery_codes=digests))
        return changed, [shown_code(code, 5) for code in codes]

    def _with_recovery_codes(self, person: Person) -> tuple[Person, list[str]]:
        return (person, []) if person.second_factor.recovery_codes else self.new_recovery_codes(person)

    # -- what is half done

    def _begin(self, session: Session, what: str, state: Any) -> None:
        with self._lock:
            self._half_done.pop((session.session_id, what), None)
            self._half_done[session.session_id, what] = state
            if len(self._half_done) > _MOST_HALF_DONE:
                del self._half_done[next(iter(self._half_done))]

    def _look(self, session: Session, what: str) -> Any:
        with self._lock:
            return self._half_done.get((session.session_id, what))

    def _take(self, session: Session, what: str) -> Any:
        with self._lock:
            return self._half_done.pop((session.session_id, what), None)


def _recovery_of(person: Person) -> str:
    return f"recovery code {person.person_id}"


def _wrong_code() -> SignInRefused:
    return SignInRefused("This code is wrong, or was used already.", "Wait for the next one, or use another way.")
