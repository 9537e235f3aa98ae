"""A restore must not bring back who left."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.evidence_chain import ChainEnd, EvidenceFault
from firmware.core.leavers import leavers_in
from firmware.core.people import Person, SealedOfficeKey, WrappedKey
from firmware.services.returned_leavers import withdraw_returned_leavers

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
    assert leavers_in(evidence()) == {"b" * 32}
    with pytest.raises(EvidenceFault):
        leavers_in(["1 nonsense person-left x\n"])


def test_who_left_loses_the_keys_that_a_restore_brought_back(tmp_path: Path) -> None:
    people = PeopleFile(tmp_path / "people.json")
    for letter, name in (("a", "ann"), ("b", "ben")):
        people.put(Person(letter * 32, name, Role.DIRECTOR, "age1x", WRAPPED, (SealedOfficeKey(1, b"key"),)))
    assert [person.name for person in withdraw_returned_leavers(people, evidence(), 5)] == ["ben"]
    assert [person.name for person in people.people()] == ["ann"]
    assert [leaver.name for leaver in people.left()] == ["ben"]
    assert withdraw_returned_leavers(people, evidence(), 6) == []
