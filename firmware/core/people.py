"""A person who may sign in, and the wrapped keys that make the sign-in mean something.

Nothing here opens anything by itself: the private half of the user key is under Argon2id of the person's pass phrase
and the box secret, and the office key is sealed to the user key.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any, Self

from firmware.core.access_policy import Role, role_may_open
from firmware.core.second_factor import NO_SECOND_FACTOR, SecondFactor

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def is_person_name(name: str) -> bool:
    """Small letters, digits, ``.``, ``_`` and ``-``; at most 32."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class WrappedKey:
    """A private key under a pass phrase: Argon2id (RFC 9106) with these costs, then ChaCha20-Poly1305 (RFC 8439)."""

    salt: bytes
    nonce: bytes
    ciphertext: bytes
    memory_kib: int
    passes: int
    lanes: int

    def to_json(self) -> dict[str, Any]:
        return {
            "salt": _text(self.salt),
            "nonce": _text(self.nonce),
            "ciphertext": _text(self.ciphertext),
            "memory_kib": self.memory_kib,
            "passes": self.passes,
            "lanes": self.lanes,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        return cls(
            salt=b64decode(document["salt"]),
            nonce=b64decode(document["nonce"]),
            ciphertext=b64decode(document["ciphertext"]),
            memory_kib=int(document["memory_kib"]),
            passes=int(document["passes"]),
            lanes=int(document["lanes"]),
        )


@dataclass(frozen=True)
class SealedOfficeKey:
    """The office private key of one epoch, as a binary age file to one person's user key."""

    epoch: int
    blob: bytes


@dataclass(frozen=True)
class Person:
    """``person_id`` is opaque (the evidence log names people by it); ``name`` is what is typed at sign-in.

    ``extension`` is whose calls are their own, from ``extension_since_ms`` on: before, it may have been another's.
    Somebody who is not ``confirmed`` may sign in and do nothing. ``key_mark`` is made with the office key over the
    person's id and public key when a holder confirmed them: whoever can only write the file can put no other key in
    that one's place, to be sealed to by the next new office key.
    """

    person_id: str
    name: str
    role: Role
    user_public_key: str
    user_key: WrappedKey
    office_keys: tuple[SealedOfficeKey, ...] = ()
    extension: str = ""
    confirmed: bool = True
    second_factor: SecondFactor = NO_SECOND_FACTOR
    joined_at_ms: int = 0
    key_mark: bytes = b""
    extension_since_ms: int = 0

    @property
    def awaits_key(self) -> bool:
        """Whether a holder of the office key must seal it to this person before they may do anything."""
        return not self.confirmed or (role_may_open(self.role) and not self.office_keys)

    def to_json(self) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "name": self.name,
            "role": self.role.value,
            "user_public_key": self.user_public_key,
            "user_key": self.user_key.to_json(),
            "office_keys": [{"epoch": key.epoch, "blob": _text(key.blob)} for key in self.office_keys],
            "extension": self.extension,
            "confirmed": self.confirmed,
            "second_factor": self.second_factor.to_json(),
            "joined_at_ms": self.joined_at_ms,
            "key_mark": _text(self.key_mark),
            "extension_since_ms": self.extension_since_ms,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read a person; what the first versions did not keep yet is as if it were not set.

        Raises:
            KeyError, ValueError: a field is missing or is not what it should be.
        """
        return cls(
            person_id=str(document["person_id"]),
            name=str(document["name"]),
            role=Role.read(str(document["role"])),
            user_public_key=str(document["user_public_key"]),
            user_key=WrappedKey.from_json(document["user_key"]),
            office_keys=tuple(
                SealedOfficeKey(int(key["epoch"]), b64decode(key["blob"])) for key in document["office_keys"]
            ),
            extension=str(document.get("extension", "")),
            confirmed=bool(document.get("confirmed", True)),
            second_factor=SecondFactor.from_json(document.get("second_factor", {})),
            joined_at_ms=int(document.get("joined_at_ms", 0)),
            key_mark=b64decode(document.get("key_mark", "")),
            extension_since_ms=int(document.get("extension_since_ms", 0)),
        )


@dataclass(frozen=True)
class Leaver:
    """What is kept of somebody who left: no key, only whom the evidence's ids mean."""

    person_id: str
    name: str
    role: Role
    left_at_ms: int

    def to_json(self) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "name": self.name,
            "role": self.role.value,
            "left_at_ms": self.left_at_ms,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Raises KeyError or ValueError when a field is missing or is not what it should be."""
        return cls(
            person_id=str(document["person_id"]),
            name=str(document["name"]),
            role=Role.read(str(document["role"])),
            left_at_ms=int(document["left_at_ms"]),
        )


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
