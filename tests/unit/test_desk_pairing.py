"""Pairing a desk: codes that are good once, tokens that the box does not keep, and an end that is an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.desk import CODE_LENGTH, Desk, is_extension
from firmware.core.errors import NoSuchDesk, SettingsError, SignInRefused
from firmware.core.typed_code import CODE_LETTERS, shown_code, typed_code
from firmware.services.desk_pairing import CODE_LASTS_MS, DeskPairing, PairedBy
from tests.hand_set_clock import HandSetClock

SAM = PairedBy("sam", "p1", "s1")


@dataclass
class Shelf:
    """A store of desks that is a list."""

    kept: list[Desk] = field(default_factory=list)

    def desks(self) -> tuple[Desk, ...]:
        return tuple(self.kept)

    def put(self, desk: Desk) -> None:
        self.kept.append(desk)

    def remove(self, desk_id: str) -> bool:
        before = len(self.kept)
        self.kept = [desk for desk in self.kept if desk.desk_id != desk_id]
        return len(self.kept) < before


class Office:
    def __init__(self) -> None:
        self.clock, self.shelf = HandSetClock(), Shelf()
        self.evidence: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = []
        self.desks = DeskPairing(self.shelf, lambda *entry: self.evidence.append(entry), self.clock)

    def paired(self, extension: str = "201") -> tuple[str, Desk]:
        made = self.desks.pair(self.desks.offer("Reception", extension, SAM).code)
        return made.token, made.desk


def test_a_code_is_typed_in_any_way_and_gives_a_desk_its_token() -> None:
    office = Office()
    offer = office.desks.offer("  Front   desk ", "2 01", SAM)
    paired = office.desks.pair(f" {offer.code.lower().replace('-', ' ')} ")
    assert office.desks.desk_of(paired.token) == paired.desk
    assert (paired.desk.name, paired.desk.extension) == ("Front desk", "201")
    assert office.desks.offers() == ()


def test_a_code_is_good_once() -> None:
    office = Office()
    code = office.desks.offer("Reception", "201", SAM).code
    office.desks.pair(code)
    with pytest.raises(NoSuchDesk, match="wrong, or no longer good"):
        office.desks.pair(code)


def test_a_code_is_good_for_a_quarter_of_an_hour_by_a_clock_nobody_sets() -> None:
    office = Office()
    code = office.desks.offer("Reception", "201", SAM).code
    office.clock.now_s += CODE_LASTS_MS / 1000 - 1
    assert len(office.desks.offers()) == 1
    office.clock.now_s += 1
    with pytest.raises(NoSuchDesk):
        office.desks.pair(code)


def test_guessing_codes_comes_to_an_end_and_may_be_tried_again_a_minute_later() -> None:
    office = Office()
    code = office.desks.offer("Reception", "201", SAM).code
    for _ in range(10):
        with pytest.raises(NoSuchDesk):
            office.desks.pair("2222-2222")
    with pytest.raises(SignInRefused, match="Too many wrong codes"):
        office.desks.pair(code)
    office.clock.now_s += 60
    assert office.desks.pair(code).desk.name == "Reception"


def test_the_box_keeps_nothing_from_which_a_token_could_be_had() -> None:
    office = Office()
    token, desk = office.paired()
    assert token not in repr(office.shelf.kept)
    assert token not in str(desk.to_json())
    assert len(token) >= 43  # 32 bytes
    with pytest.raises(SignInRefused):
        office.desks.desk_of(desk.token_hash)


def test_a_desk_never_ends_by_itself_and_ends_at_once_when_revoked() -> None:
    office = Office()
    token, desk = office.paired()
    office.clock.now_s += 400 * 86_400
    assert office.desks.desk_of(token) == desk
    office.desks.revoke(desk.desk_id, SAM)
    with pytest.raises(SignInRefused, match="not paired, or no longer"):
        office.desks.desk_of(token)
    with pytest.raises(NoSuchDesk):
        office.desks.revoke(desk.desk_id, SAM)


def test_each_desk_has_its_own_token_and_revoking_one_leaves_the_others() -> None:
    office = Office()
    (first, one), (second, other) = office.paired("201"), office.paired("202")
    office.desks.revoke(one.desk_id, SAM)
    assert first != second
    assert office.desks.desk_of(second) == other


@pytest.mark.parametrize("extension", ["", "2;1", "../1", "1" * 22, "+", "a;b", "²"])
def test_what_cannot_be_an_extension_is_refused(extension: str) -> None:
    with pytest.raises(SettingsError, match="no extension"):
        Office().desks.offer("Reception", extension, SAM)


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "bell\x07"])
def test_a_desk_needs_a_name_that_people_can_read(name: str) -> None:
    with pytest.raises(SettingsError, match="needs a name"):
        Office().desks.offer(name, "201", SAM)


def test_what_was_offered_paired_and_revoked_is_told_to_the_evidence_without_the_code() -> None:
    office = Office()
    offer = office.desks.offer("Reception", "201", SAM)
    desk = office.desks.pair(offer.code).desk
    office.desks.revoke(desk.desk_id, PairedBy("command line"))
    assert [(kind, dict(subject)) for kind, subject, _ in office.evidence] == [
        ("desk-offered", {"person": "p1", "session": "s1"}),
        ("desk-paired", {"desk": desk.desk_id}),
        ("desk-revoked", {"desk": desk.desk_id, "person": "command"}),
    ]
    assert offer.code not in repr(office.evidence)
    assert offer.code not in repr(offer)


@given(st.text(alphabet=CODE_LETTERS, min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_a_code_reads_back_as_it_was_made(code: str) -> None:
    assert typed_code(shown_code(code)) == typed_code(shown_code(code).lower()) == code
    assert not set(code) & set("01ILO")


@given(st.from_regex(r"\+?[0-9]{1,20}|reception|sales-2", fullmatch=True))
def test_numbers_and_short_names_are_extensions(extension: str) -> None:
    assert is_extension(extension)
