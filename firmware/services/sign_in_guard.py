"""Counts failed sign-ins by the name that was typed, and says when the next may be tried."""

from __future__ import annotations

import hashlib

from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.core.sign_in_attempts import Attempts, LockOutRules
from firmware.ports.settings_store import PeopleStore


class SignInGuard:
    """Failures are kept in the people store, so that a restart pardons nobody. Names that nobody has are counted in the
    same way and take the same time, or the answer would tell which names exist.

    The caller sees to it that one sign-in is dealt with at a time.
    """

    def __init__(self, people: PeopleStore, rules: LockOutRules) -> None:
        self._people = people
        self._rules = rules

    def check(self, name: str, person: Person | None, now_ms: int) -> None:
        """May this name be tried now?

        Raises:
            SignInRefused: not yet; the text says how long to wait.
        """
        attempts = self._people.attempts(_key(name, person))
        wait_s = -(-attempts.wait_ms(now_ms) // 1000)
        if wait_s == 0:
            return
        if attempts.is_locked(now_ms, self._rules):
            raise SignInRefused(
                f"This name is locked after {attempts.failures} failed sign-ins in a row.",
                f"Try again in {-(-wait_s // 60)} minutes.",
            )
        raise SignInRefused("The last sign-in with this name failed a moment ago.", f"Try again in {wait_s} seconds.")

    def failed(self, name: str, person: Person | None, now_ms: int) -> Attempts:
        """Count a failure; returns the new count."""
        key = _key(name, person)
        attempts = self._people.attempts(key).failed(now_ms, self._rules)
        self._people.set_attempts(key, attempts)
        return attempts

    def succeeded(self, person: Person) -> None:
        if self._people.attempts(person.person_id) != Attempts():
            self._people.set_attempts(person.person_id, Attempts())


def _key(name: str, person: Person | None) -> str:
    """Strangers' names are kept as digests: people type pass phrases into the wrong field."""
    return (
        person.person_id if person else f"name-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"
    )
