"""Counts failed sign-ins by the name that was typed, and says when the next may be tried."""

from __future__ import annotations

import threading
from collections import OrderedDict

from firmware.core.errors import SignInRefused
from firmware.core.people import Person
from firmware.core.sign_in_attempts import Attempts, LockOutRules
from firmware.ports.settings_store import PeopleStore

_MOST_UNKNOWN_NAMES = 1000


class SignInGuard:
    """Failures of people are kept in the people store, so that a restart does not pardon them; those of names that
    nobody has, in memory. Thread-safe.
    """

    def __init__(self, people: PeopleStore, rules: LockOutRules) -> None:
        self._people = people
        self._rules = rules
        self._lock = threading.Lock()
        self._unknown: OrderedDict[str, Attempts] = OrderedDict()

    def check(self, name: str, person: Person | None, now_ms: int) -> None:
        """May this name be tried now?

        Raises:
            SignInRefused: not yet; the text says how long to wait.
        """
        attempts = self._read(name, person)
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
        with self._lock:
            attempts = self._read(name, person).failed(now_ms, self._rules)
            if person is not None:
                self._people.set_attempts(person.person_id, attempts)
            else:
                self._unknown[name] = attempts
                self._unknown.move_to_end(name)
                while len(self._unknown) > _MOST_UNKNOWN_NAMES:
                    self._unknown.popitem(last=False)
            return attempts

    def succeeded(self, person: Person) -> None:
        with self._lock:
            if self._people.attempts(person.person_id) != Attempts():
                self._people.set_attempts(person.person_id, Attempts())

    def _read(self, name: str, person: Person | None) -> Attempts:
        if person is not None:
            return self._people.attempts(person.person_id)
        return self._unknown.get(name, Attempts())
