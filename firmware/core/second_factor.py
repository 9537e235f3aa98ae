"""What a person proves at sign-in besides the pass phrase: one-time codes (RFC 6238), passkeys (W3C WebAuthn), and
recovery codes for the day when the phone is lost.

What is kept of them gives nobody a second factor: the secret of the one-time codes is sealed to the person's own key,
of passkeys there is the public half, of recovery codes a digest keyed with the box secret.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Any, Self

RECOVERY_CODES = 10
RECOVERY_CODE_LENGTH = 10
MOST_PASSKEYS = 10
LONGEST_PASSKEY_NAME = 40


@dataclass(frozen=True)
class Passkey:
    """One passkey. ``credential`` is WebAuthn's attested credential data (6.5.1): id and public key; ``counter`` is the
    last signature counter seen (6.1.1), 0 for those that have none; ``host`` is the relying party's id.
    """

    passkey_id: str
    name: str
    host: str
    credential: bytes
    counter: int
    added_at_ms: int

    def to_json(self) -> dict[str, Any]:
        return {
            "passkey_id": self.passkey_id,
            "name": self.name,
            "host": self.host,
            "credential": b64encode(self.credential).decode("ascii"),
            "counter": self.counter,
            "added_at_ms": self.added_at_ms,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(
            passkey_id=str(document["passkey_id"]),
            name=str(document["name"]),
            host=str(document["host"]),
            credential=b64decode(document["credential"]),
            counter=int(document["counter"]),
            added_at_ms=int(document["added_at_ms"]),
        )


@dataclass(frozen=True)
class SecondFactor:
    """All of one person's. ``totp_secret`` is an age file to the user key, empty for none; ``totp_step`` is the time
    step of the last code that was accepted: that and older ones are not accepted again (RFC 6238, 5.2).
    """

    totp_secret: bytes = b""
    totp_step: int = 0
    passkeys: tuple[Passkey, ...] = ()
    recovery_codes: tuple[str, ...] = ()

    @property
    def is_set(self) -> bool:
        """Recovery codes alone are none: they only stand in for one."""
        return bool(self.totp_secret or self.passkeys)

    @property
    def methods(self) -> tuple[str, ...]:
        """By which of them this person can prove who they are, the best first."""
        have = {
            "passkey": bool(self.passkeys),
            "totp": bool(self.totp_secret),
            "recovery-code": self.is_set and bool(self.recovery_codes),
        }
        return tuple(method for method, there in have.items() if there)

    def with_passkey(self, passkey: Passkey) -> Self:
        """With a passkey added, or put in place of the one of the same id."""
        others = tuple(each for each in self.passkeys if each.passkey_id != passkey.passkey_id)
        return replace(self, passkeys=(*others, passkey))

    def without_passkey(self, passkey_id: str) -> Self:
        return replace(self, passkeys=tuple(each for each in self.passkeys if each.passkey_id != passkey_id))

    def without_recovery_code(self, digest: str) -> Self:
        return replace(self, recovery_codes=tuple(each for each in self.recovery_codes if each != digest))

    def to_json(self) -> dict[str, Any]:
        return {
            "totp_secret": b64encode(self.totp_secret).decode("ascii"),
            "totp_step": self.totp_step,
            "passkeys": [passkey.to_json() for passkey in self.passkeys],
            "recovery_codes": list(self.recovery_codes),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read them; what the first versions kept had none.

        Raises:
            KeyError, ValueError: a field is missing or is not what it should be.
        """
        if not document:
            return cls()
        return cls(
            totp_secret=b64decode(document["totp_secret"]),
            totp_step=int(document["totp_step"]),
            passkeys=tuple(Passkey.from_json(each) for each in document["passkeys"]),
            recovery_codes=tuple(str(each) for each in document["recovery_codes"]),
        )


NO_SECOND_FACTOR = SecondFactor()
