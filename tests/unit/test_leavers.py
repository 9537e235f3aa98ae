"""A restore must not bring back who left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.evidence_chain import ChainEnd, EvidenceFault
from firmware.core.leavers import ended_rights_in
from firmware.core.people import Leaver, Person, SealedOfficeKey, WrappedKey
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.remembered_people import RememberedPeople
from tests.hand_set_clock import HandSetClock

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WRAPPED = WrappedKey(b"s" * 16, b"n" * 12, b"c" * 90, 65536, 3, 1)


def evidence() -> list[str]:
    """Ben left; Ann ended his sign-in, and signed in before."""
    end, lines = ChainEnd(), []
    for kind, subject in (
        ("signed-in", {"person": "a" * 32}),
        ("person-left", {"person": "a" * 32, "about": "b" * 32}),
        ("listened", {"person": "a" * 32, "recording": "person-left"}),
    ):
        text, end = end.follow(NOW, kind, subject)
        lines.append(text)
    return lines


def test_the_evidence_tells_who_left() -> None:
    assert ended_rights_in(evidence()).left == {"b" * 32}
    with pytest.raises(EvidenceFault):
        ended_rights_in(["1 nonsense person-left x\n"])


@pytest.mark.parametrize(
    ("after", "still"), [((), True), (("person-confirmed",), False), (("recovery-used",), False), (("listened",), True)]
)
def test_the_evidence_tells_who_lost_the_key_and_was_not_given_it_again(after: tuple[str, ...], still: bool) -> None:
    about, end, lines = {"person": "a" * 32, "about": "d" * 32}, ChainEnd(), []
    for kind, more in (("person-changed", {"key": "withdrawn"}), *((kind, {}) for kind in after)):
        text, end = end.follow(NOW, kind, about | more)
        lines.append(text)
    assert ended_rights_in(lines).without_key == ({"d" * 32} if still else set())


class Entered:
    """``EvidenceDesk`` that keeps what was entered."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        self.kinds.append(kind)
        return len(self.kinds)


def person(letter: str, name: str) -> Person:
    return Person(letter * 32, name, Role.DIRECTOR, "age1x", WRAPPED, (SealedOfficeKey(1, b"key"),), key_mark=b"mark")


def remembered(store: PeopleFile, entered: Entered) -> RememberedPeople:
    return RememberedPeople(store, evidence, PatientEvidence(entered), HandSetClock())


def test_who_left_loses_the_keys_that_a_restore_brought_back(tmp_path: Path) -> None:
    store, entered = PeopleFile(tmp_path / "people.json"), Entered()
    for letter, name in (("a", "ann"), ("b", "ben")):
        store.put(person(letter, name))
    assert [each.name for each in remembered(store, entered).people()] == ["ann"]
    assert [each.name for each in store.people()] == ["ann"]
    assert [leaver.name for leaver in store.left()] == ["ben"]
    assert entered.kinds == ["leaver-withdrawn"]


def test_an_older_file_put_back_is_noticed_and_gives_nobody_a_key_again(tmp_path: Path) -> None:
    store, entered = PeopleFile(tmp_path / "people.json"), Entered()
    people = remembered(store, entered)
    for letter, name in (("a", "ann"), ("c", "cat"), ("d", "dan")):
        people.put(person(letter, name))
    older = (tmp_path / "people.json").read_bytes()
    people.withdraw(Leaver("c" * 32, "cat", Role.DIRECTOR, 5))
    people.change("d" * 32, lambda dan: replace(dan, role=Role.ADMINISTRATOR, office_keys=(), key_mark=b""))
    (tmp_path / "people.json").write_bytes(older)
    assert {each.name: len(each.office_keys) for each in people.people()} == {"ann": 1, "dan": 0}
    assert {each.name: bool(each.key_mark) for each in people.people()} == {"ann": True, "dan": False}
    assert entered.kinds == ["people-file-put-back", "leaver-withdrawn"]
    (tmp_path / "people.json").write_bytes(older)
    changed = people.change_all(lambda each: replace(each, office_keys=(*each.office_keys, SealedOfficeKey(2, b"new"))))
    assert [each.name for each in changed] == ["ann", "dan"]
    assert entered.kinds[2:] == ["people-file-put-back", "leaver-withdrawn"]
