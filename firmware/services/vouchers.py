"""Vouchers: a listener's word that somebody is who they say, as a code that is typed once at sign-in.

With a voucher a lock does not hold, so the real person gets in while somebody else goes on guessing; and where it is
given for it, it stands in for a lost second factor. The pass phrase is asked for all the same.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum

from firmware.core.typed_code import CODE_LETTERS, shown_code, typed_code
from firmware.ports.clock import Clock

LASTS_MS = 30 * 60_000
CODE_LENGTH = 10
#: Wrong pass phrases or codes with the right voucher, before it is worth nothing.
TRIES = 5


class VouchedFor(StrEnum):
    """What a voucher stands against."""

    LOCK = "lock"
    SECOND_FACTOR = "second-factor"


@dataclass(frozen=True)
class Voucher:
    """``code`` is shown to the listener once, and is empty in what is kept."""

    voucher_id: str
    person_id: str
    against: VouchedFor
    expires_at_ms: int
    code: str = field(default="", repr=False)
    code_hash: bytes = field(default=b"", repr=False)
    ends_s: float = 0.0
    tries: int = TRIES


class Vouchers:
    """Those that were given and not used yet: in memory only, one a person. Any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._vouchers: dict[str, Voucher] = {}

    def give(self, person_id: str, against: VouchedFor) -> Voucher:
        """A new one; an older one of the person is worth nothing from now on."""
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        voucher = Voucher(
            voucher_id=secrets.token_hex(16),
            person_id=person_id,
            against=against,
            expires_at_ms=self._clock.wall_ms() + LASTS_MS,
            code_hash=_hash(code),
            ends_s=self._clock.monotonic_s() + LASTS_MS / 1000,
        )
        with self._lock:
            self._vouchers[person_id] = voucher
        return replace(voucher, code=shown_code(code, 5))

    def recognise(self, person_id: str, typed: str) -> Voucher | None:
        """The person's voucher, if that is its code; this takes one of its tries."""
        with self._lock:
            voucher = self._standing(person_id)
            if voucher is None or not secrets.compare_digest(voucher.code_hash, _hash(typed_code(typed))):
                return None
            self._vouchers[person_id] = replace(voucher, tries=voucher.tries - 1)
            return voucher

    def holds(self, voucher_id: str) -> Voucher | None:
        """The voucher of that id, while it stands; this takes one of its tries."""
        with self._lock:
            found = next((each for each in self._vouchers.values() if each.voucher_id == voucher_id), None)
            voucher = self._standing(found.person_id) if found else None
            if voucher is not None:
                self._vouchers[voucher.person_id] = replace(voucher, tries=voucher.tries - 1)
            return voucher

    def spend(self, person_id: str) -> None:
        with self._lock:
            self._vouchers.pop(person_id, None)

    def _standing(self, person_id: str) -> Voucher | None:
        voucher = self._vouchers.get(person_id)
        if voucher is None or voucher.tries <= 0 or self._clock.monotonic_s() >= voucher.ends_s:
            self._vouchers.pop(person_id, None)
            return None
        return voucher


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.encode("utf-8", "replace")).digest()
