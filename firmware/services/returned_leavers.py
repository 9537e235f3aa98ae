"""Takes the keys of people who left out of a people file that was put back from before they did."""

from __future__ import annotations

from collections.abc import Iterable

from firmware.core.leavers import leavers_in
from firmware.core.people import Leaver, Person
from firmware.ports.settings_store import PeopleStore


def withdraw_returned_leavers(people: PeopleStore, evidence_lines: Iterable[str], now_ms: int) -> list[Person]:
    """Withdraw the keys of everybody who left according to the evidence; who that was. For a restore, before anybody
    may sign in.

    Raises:
        EvidenceFault, StorageError: as they say.
    """
    left = leavers_in(evidence_lines)
    returned = [person for person in people.people() if person.person_id in left]
    for person in returned:
        people.withdraw(Leaver(person.person_id, person.name, person.role, now_ms))
    return returned
