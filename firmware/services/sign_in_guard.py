"""Counts failed sign-ins by the name that was typed, and says when the next may be tried."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from firmware.core.errors import SignInRefused, StorageError
from firmware.core.people import Person
from firmware.core.sign_in_attempts import Attempts, LockOutRules
from firmware.ports.settings_store import PeopleStore

_LOG = logging.getLogger(__name__)
_MOST_COUNTED = 1000
_HOUR_MS = 3_600_000
_STRANGERS_TOLD_EACH = 10
_STRANGER = "name-"


class SignInGuard:
    """Failures are kept in the people store, so that a restart pardons nobody. Names that nobody has are counted in the
    same way and take the same time, or the answer would tell which names exist.

    The caller sees to it that one sign-in is dealt with at a time.
    """

    def __init__(self, people: PeopleStore, rules: LockOutRules) -> None:
        self._people = people
        self._rules = rules
        self._unwritten: dict[str, Attempts] = {}
        self._turned_away: dict[str, int] = {}
        self._strangers = (0, 0)

    def check(self, name: str, person: Person | None, now_ms: int) -> None:
        """May this name be tried now?

        Raises:
            SignInRefused: not yet; the text says how long to wait.
        """
        attempts = self._attempts(_key(name, person))
        wait_s = -(-attempts.wait_ms(now_ms) // 1000)
        if wait_s == 0:
            return
        if attempts.is_locked(now_ms, self._rules):
            raise SignInRefused(
                f"This name is locked after {attempts.failures} failed sign-ins.",
                f"Try again in {-(-wait_s // 60)} minutes, or ask somebody who may listen to vouch for you.",
            )
        raise SignInRefused("The last sign-in with this name failed a moment ago.", f"Try again in {wait_s} seconds.")

    def turn_away(self, name: str, person: Person | None) -> int:
        """Count a try that came too soon to be looked at; how many there were since the last that was."""
        key = _key(name, person)
        self._turned_away[key] = self._turned_away.get(key, 0) + 1
        _forget_strangers(self._turned_away)
        return self._turned_away.get(key, 1)

    def is_told_of_stranger(self, now_ms: int) -> bool:
        """Whether the evidence is to tell of one more try with a name that nobody has: in each hour of the first ten,
        and then of the 16th, 32nd, 64th …. Each may be with another name, so that no lock ends them; told one by one,
        they would fill the disk.
        """
        hour, times = self._strangers
        now = now_ms // _HOUR_MS
        times = times + 1 if now == hour else 1
        self._strangers = (now, times)
        return times <= _STRANGERS_TOLD_EACH or times.bit_count() == 1

    @property
    def strangers(self) -> int:
        """Tries with names that nobody has, in this hour."""
        return self._strangers[1]

    def failed(self, name: str, person: Person | None, now_ms: int) -> int:
        """Count a failure; how many tries were turned away before it."""
        key = _key(name, person)
        self._keep(key, self._attempts(key).failed(now_ms, self._rules))
        return self._turned_away.pop(key, 0)

    def succeeded(self, person: Person) -> None:
        self._turned_away.pop(person.person_id, None)
        before = self._attempts(person.person_id)
        if before != before.succeeded():
            self._keep(person.person_id, before.succeeded())

    def locked_until_ms(self, person: Person, now_ms: int) -> int:
        """When the person's lock ends, as Unix time; 0 when there is none."""
        attempts = self._attempts(person.person_id)
        return attempts.not_before_ms if attempts.is_locked(now_ms, self._rules) else 0

    def _attempts(self, key: str) -> Attempts:
        unwritten = self._unwritten.get(key)
        return self._people.attempts(key) if unwritten is None else unwritten

    def _keep(self, key: str, attempts: Attempts) -> None:
        """A disk that takes no writing must neither lock out those who know their pass phrase nor leave the others'
        tries uncounted.
        """
        try:
            self._people.set_attempts(key, attempts)
        except StorageError as error:
            _LOG.error("failed sign-ins are counted in memory only: %s", error)
            self._unwritten[key] = attempts
            _forget_strangers(self._unwritten)
        else:
            self._unwritten.pop(key, None)


def _forget_strangers(counts: dict[str, Any]) -> None:
    """Keep memory bounded: of names that nobody has, the oldest goes first. People are few."""
    if len(counts) > _MOST_COUNTED:
        oldest = next((key for key in counts if key.startswith(_STRANGER)), None)
        if oldest is not None:
            del counts[oldest]


def _key(name: str, person: Person | None) -> str:
    """Strangers' names are kept as digests: people type pass phrases into the wrong field."""
    if person is not None:
        return person.person_id
    return _STRANGER + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
