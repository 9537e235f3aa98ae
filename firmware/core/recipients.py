"""Who can open recordings: the people to whom the office key is sealed, and the two public keys that recordings are
sealed to. Any change of them must be seen: on every page, in the evidence and so in the next checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from firmware.core.people import Person


@dataclass(frozen=True)
class Recipient:
    person_id: str
    name: str
    role: str
    user_public_key: str


@dataclass(frozen=True)
class Recipients:
    """``office_key`` and ``recovery_key`` are public keys as age writes them."""

    people: tuple[Recipient, ...]
    office_key: str
    recovery_key: str

    @property
    def digest(self) -> str:
        """One text that changes with any of it; SHA-256 in hex. Names and roles do not count: keys do."""
        keys = sorted(f"{each.person_id} {each.user_public_key}" for each in self.people)
        text = "\n".join(["earmark recipients 1", self.office_key, self.recovery_key, *keys])
        return hashlib.sha256(text.encode()).hexdigest()


def recipients_among(people: Iterable[Person], office_key: str, recovery_key: str) -> Recipients:
    """Those of ``people`` who hold the office key."""
    holders = tuple(
        Recipient(person.person_id, person.name, person.role.value, person.user_public_key)
        for person in people
        if person.office_keys
    )
    return Recipients(holders, office_key, recovery_key)


def fingerprint(public_key: str) -> str:
    """Six groups of five digits (99 bits) by which two people can compare a public key aloud."""
    number = int.from_bytes(hashlib.sha256(public_key.encode()).digest(), "big") % 10**30
    digits = f"{number:030d}"
    return " ".join(digits[start : start + 5] for start in range(0, 30, 5))
