"""The people as the opener knows them: a people file that somebody puts back from older days brings nobody back.

Whoever can write the file cannot forge a key in it, but may keep a copy and put that in its place, from before somebody
left, or from before their right to listen ended. The opener knows better, from the evidence when it starts and from
what it did itself since: who left is not there, and who lost the office key holds none, whatever the file says.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from firmware.core.leavers import ABOUT, ended_rights_in
from firmware.core.people import Leaver, Person
from firmware.core.sign_in_attempts import Attempts
from firmware.ports.clock import Clock
from firmware.ports.settings_store import CountedPeopleStore
from firmware.services.patient_evidence import PatientEvidence

_LOG = logging.getLogger(__name__)
_Change = Callable[[Person], Person]


class RememberedPeople:
    """``PeopleStore`` over one that others may get at. Any thread.

    Args:
        lines_about_people: reads the evidence's lines about whose rights began and ended; none while its disk is
            locked.

    Raises (from the constructor, as every method does):
        StorageError: the file or the evidence cannot be read.
    """

    def __init__(
        self,
        store: CountedPeopleStore,
        lines_about_people: Callable[[], Iterable[str]],
        evidence: PatientEvidence,
        clock: Clock,
    ) -> None:
        self._store = store
        self._evidence = evidence
        self._clock = clock
        self._guard = threading.RLock()
        self._lines_about_people = lines_about_people
        ended = ended_rights_in(lines_about_people())
        self._left = ended.left | {each.person_id for each in store.left()}
        self._times_written = store.times_written()
        people = store.people()
        self._without_key = {each.person_id for each in people if not each.key_mark} | ended.without_key
        self._withdraw_returned(people)

    def people(self) -> tuple[Person, ...]:
        with self._guard:
            people = self._store.people()
            self._look_whether_it_went_back()
            self._withdraw_returned(people)
            return tuple(self._known(each) for each in people if each.person_id not in self._left)

    def find(self, name: str) -> Person | None:
        return next((person for person in self.people() if person.name == name), None)

    def by_id(self, person_id: str) -> Person | None:
        return next((person for person in self.people() if person.person_id == person_id), None)

    def put(self, person: Person) -> None:
        with self._guard:
            self._store.put(person)
            self._remember([person])

    def change(self, person_id: str, how: _Change) -> Person:
        with self._guard:
            self.people()
            changed = self._store.change(person_id, lambda person: how(self._known(person)))
            self._remember([changed])
            return changed

    def change_all(self, how: _Change) -> tuple[Person, ...]:
        with self._guard:
            ended = ended_rights_in(self._lines_about_people())
            self._left |= ended.left
            self._without_key |= ended.without_key
            self.people()

            def unless_left(person: Person) -> Person:
                return person if person.person_id in self._left else how(self._known(person))

            changed = self._store.change_all(unless_left)
            here = tuple(each for each in changed if each.person_id not in self._left)
            self._remember(here)
            return here

    def withdraw(self, leaver: Leaver) -> None:
        with self._guard:
            self._store.withdraw(leaver)
            self._left |= {leaver.person_id}
            self._times_written = self._store.times_written()

    def left(self) -> tuple[Leaver, ...]:
        return self._store.left()

    def attempts(self, key: str) -> Attempts:
        return self._store.attempts(key)

    def set_attempts(self, key: str, attempts: Attempts) -> None:
        self._store.set_attempts(key, attempts)

    def _remember(self, people: Iterable[Person]) -> None:
        for person in people:
            (self._without_key.discard if person.key_mark else self._without_key.add)(person.person_id)
        self._times_written = self._store.times_written()

    def _known(self, person: Person) -> Person:
        if person.person_id in self._without_key and (person.key_mark or person.office_keys):
            return replace(person, key_mark=b"", office_keys=())
        return person

    def _look_whether_it_went_back(self) -> None:
        written = self._store.times_written()
        if written < self._times_written:
            _LOG.error("the people file is an older one than it was: somebody put it back while the opener ran")
            detail = {"written": written, "was": self._times_written}
            self._evidence.enter_soon("people-file-put-back", {}, detail)
            self._store.go_on_counting(self._times_written)
            written = self._store.times_written()
        self._times_written = written

    def _withdraw_returned(self, people: Iterable[Person]) -> None:
        for person in people:
            if person.person_id in self._left:
                self._store.withdraw(Leaver(person.person_id, person.name, person.role, self._clock.wall_ms()))
                _LOG.error("%s had left and was among the people again: their keys are withdrawn", person.person_id)
                self._evidence.enter_soon("leaver-withdrawn", {ABOUT: person.person_id}, {"name": person.name})
                self._times_written = self._store.times_written()
