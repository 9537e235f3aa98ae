"""Programs of the office: tokens that the box does not keep, narrow scopes, and an end that is an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.errors import (
    NoSuchProgram,
    NotAllowed,
    ServiceAway,
    SettingsError,
    SignInRefused,
    StorageError,
    TooBusy,
)
from firmware.core.program import (
    LIST_CALLS,
    PLAIN_SCOPES,
    SEE_NUMBERS,
    WRITE_TAGS,
    Program,
    checked_scopes,
    extensions_of,
    is_scope,
    pause_scope,
)
from firmware.core.rate import Allowance, Rate
from firmware.core.web_hook import WebHook
from firmware.services.program_tags import checked_tag
from firmware.services.program_uses import ProgramUses
from firmware.services.programs import OF_ONE, Director, MadeProgram, Programs
from firmware.services.web_hooks import WebHooks
from tests.hand_set_clock import HandSetClock

DORA = Director("p1", "dora", "s1")
HOUR_S = 3600.0
extensions = st.from_regex(r"[0-9]{1,6}", fullmatch=True)
scopes = st.one_of(st.sampled_from(sorted(PLAIN_SCOPES)), extensions.map(pause_scope))


@dataclass
class Shelf:
    """A store of programs that is a dictionary."""

    kept: dict[str, Program] = field(default_factory=dict)

    def programs(self) -> tuple[Program, ...]:
        return tuple(self.kept.values())

    def put(self, program: Program) -> None:
        self.kept[program.program_id] = program

    def remove(self, program_id: str) -> bool:
        return self.kept.pop(program_id, None) is not None


@dataclass
class Hooks:
    """A store of web hooks that is a dictionary."""

    kept: dict[str, WebHook] = field(default_factory=dict)

    def hooks(self) -> tuple[WebHook, ...]:
        return tuple(self.kept.values())

    def put(self, hook: WebHook) -> None:
        self.kept[hook.hook_id] = hook

    def remove(self, hook_id: str) -> bool:
        return self.kept.pop(hook_id, None) is not None


class Office:
    def __init__(self, rates: tuple[Rate, Rate] = (OF_ONE, OF_ONE)) -> None:
        self.clock, self.shelf, self.hooks = HandSetClock(), Shelf(), Hooks()
        self.evidence: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = []

        self.is_away = False
        self.uses = ProgramUses(self.enter_soon, self.clock)
        self.programs = Programs(self.shelf, self, self.uses, self.clock, rates)
        self.web_hooks = WebHooks(self.hooks, self, self.clock)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        if self.is_away:
            raise ServiceAway("The recorder does not answer.")
        assert subject.get("program") not in self.shelf.kept or kind == "program-revoked", "on record first"
        self.evidence.append((kind, subject, detail))
        return len(self.evidence)

    def enter_or_keep(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> bool:
        self.evidence.append((kind, subject, detail))
        return not self.is_away

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        self.evidence.append((kind, subject, detail))

    def made(self, *scopes: str, name: str = "Till", lasts_s: float = 0) -> MadeProgram:
        ends_ms = self.clock.wall_ms() + round(lasts_s * 1000) if lasts_s else 0
        return self.programs.make(name, scopes or (LIST_CALLS,), ends_ms, DORA)

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        return [detail for each, _, detail in self.evidence if each == kind]


@given(given=st.lists(scopes, min_size=1, max_size=8), asked=scopes)
def test_a_program_may_what_it_was_given_and_nothing_that_only_looks_like_it(given: list[str], asked: str) -> None:
    office = Office()
    made = office.made(*given, *([LIST_CALLS] if SEE_NUMBERS in given else []))
    if asked in made.program.scopes:
        assert office.programs.admit(made.token, asked, "something").program_id == made.program.program_id
    else:
        with pytest.raises(NotAllowed, match="does not have the scope"):
            office.programs.admit(made.token, asked, "something")
    assert set(given) <= set(made.program.scopes) <= {*given, LIST_CALLS}


@given(text=st.text(max_size=30))
def test_whatever_is_typed_is_a_scope_only_if_it_names_one_narrow_thing(text: str) -> None:
    for each in (text, f"pause:{text}"):
        if is_scope(each):
            assert each in PLAIN_SCOPES or extensions_of([each]) == (each.removeprefix("pause:"),)
            assert "*" not in each
        else:
            with pytest.raises(SettingsError):
                checked_scopes([each])


def test_numbers_are_part_of_the_list_of_calls() -> None:
    with pytest.raises(SettingsError, match="Numbers are seen in the list"):
        checked_scopes([SEE_NUMBERS])
    assert checked_scopes([SEE_NUMBERS, LIST_CALLS, LIST_CALLS]) == (LIST_CALLS, SEE_NUMBERS)


def test_the_box_keeps_nothing_from_which_a_token_could_be_had() -> None:
    office = Office()
    made = office.made()
    assert made.token.startswith("earmark_")
    assert len(made.token) >= len("earmark_") + 43  # 32 bytes
    assert made.token not in repr(office.shelf.kept)
    assert made.token not in repr(made)
    assert made.token not in repr(office.evidence)
    with pytest.raises(SignInRefused):
        office.programs.admit(made.program.token_hash, "", "something")


def test_a_revoked_token_and_one_that_has_expired_open_nothing_and_the_evidence_says_whose_they_were() -> None:
    office = Office()
    till, crm = office.made(), office.made(name="CRM", lasts_s=60)
    office.programs.revoke(till.program.program_id, DORA)
    office.clock.now_s += 60
    for each in (till, crm):
        with pytest.raises(SignInRefused):
            office.programs.admit(each.token, LIST_CALLS, "listed calls")
    with pytest.raises(SignInRefused):
        office.programs.admit("earmark_none", LIST_CALLS, "listed calls")
    refused = [(each["name"], each["why"]) for each in office.told("program-refused")]
    assert refused == [
        ("Till", "it was revoked"),
        ("CRM", "it has expired"),
        ("an unknown token", "the token is not known"),
    ]
    with pytest.raises(NoSuchProgram):
        office.programs.revoke(till.program.program_id, DORA)
    assert [each.name for each in office.programs.listed()] == ["CRM"]
    assert office.made(name="Till").program.program_id != till.program.program_id


def test_an_expiry_that_is_past_and_a_name_taken_twice_are_refused() -> None:
    office = Office()
    with pytest.raises(SettingsError, match="past"):
        office.programs.make("Till", [LIST_CALLS], office.clock.wall_ms(), DORA)
    office.made()
    with pytest.raises(SettingsError, match="already"):
        office.made()


def test_a_till_that_asks_every_minute_is_told_twice_an_hour_with_how_often_it_was() -> None:
    office = Office()
    made = office.made()
    office.clock.now_s = -office.clock.epoch_ms / 1000 + 3600 * 500_000  # on the hour
    for _ in range(30):
        office.programs.admit(made.token, LIST_CALLS, "listed calls")
        office.clock.now_s += 60
    assert [dict(each) for each in office.told("program-used")] == [{"name": "Till", "what": "listed calls"}]
    office.clock.now_s += HOUR_S
    office.uses.tell_due()
    assert [each.get("times_more") for each in office.told("program-used")] == [None, 29]
    (listed,) = office.programs.listed()
    assert listed.last_used_at_ms == office.clock.wall_ms() - round(HOUR_S * 1000) - 60_000


def test_asking_too_often_is_refused_for_that_program_alone_and_ends_by_itself() -> None:
    office = Office((Rate(3, 1.0), Rate(1, 1.0)))
    till, crm = office.made(), office.made(name="CRM")
    for _ in range(3):
        office.programs.admit(till.token, LIST_CALLS, "listed calls")
    for token in (till.token, "unknown", "another"):
        with pytest.raises((TooBusy, SignInRefused)):
            office.programs.admit(token, LIST_CALLS, "listed calls")
    with pytest.raises(TooBusy):
        office.programs.admit("a third", LIST_CALLS, "listed calls")
    assert office.programs.admit(crm.token, LIST_CALLS, "listed calls").name == "CRM"
    office.clock.now_s += 1
    assert office.programs.admit(till.token, LIST_CALLS, "listed calls").name == "Till"


@given(steps=st.lists(st.floats(0, 5), max_size=60))
def test_no_more_is_ever_let_through_than_the_rate_allows(steps: list[float]) -> None:
    rate, now_s, let_through = Rate(5, 2.0), 0.0, 0
    allowance = Allowance.whole(rate, now_s)
    for step in steps:
        now_s += step
        allowance, wait_s = allowance.take(rate, now_s)
        let_through += not wait_s
    assert let_through <= rate.at_once + rate.a_second * now_s + 1e-6


def test_a_programs_document_gives_the_program_back() -> None:
    made = Office().made(WRITE_TAGS, pause_scope("201"), lasts_s=5).program
    assert Program.from_json(made.to_json() | {"of a later version": 1}) == made


@pytest.mark.parametrize("tag", ["order-4711", "#vip", "A.1/2_3", "123456789012"])
def test_one_word_is_a_tag(tag: str) -> None:
    assert checked_tag(tag) == tag.removeprefix("#")


@pytest.mark.parametrize("tag", ["", "two words", "#", "a" * 41, "é", "4111111111111111", "x4111-1111-1111-1111"])
def test_what_is_no_word_or_might_be_a_cards_number_is_none(tag: str) -> None:
    with pytest.raises(SettingsError):
        checked_tag(tag)


def test_nothing_is_given_that_is_not_on_record_and_what_is_taken_away_goes_all_the_same() -> None:
    office = Office()
    made, hook = office.made(), office.web_hooks.set("CRM", "https://crm.example.org/calls", False, DORA)
    office.is_away = True
    with pytest.raises(ServiceAway):
        office.made(name="CRM")
    with pytest.raises(ServiceAway):
        office.web_hooks.set("Till", "https://till.example.org/calls", False, DORA)
    assert [each.name for each in office.programs.listed()] == ["Till"]
    assert [each.name for each in office.web_hooks.hooks()] == ["CRM"]
    office.programs.revoke(made.program.program_id, DORA)
    office.web_hooks.remove(hook.hook_id, DORA)
    assert (office.programs.listed(), office.web_hooks.hooks()) == ((), ())
    assert [kind for kind, _, _ in office.evidence] == [
        *("program-made", "web-hook-set", "program-revoked", "web-hook-removed"),
    ]


def test_a_token_that_could_not_be_kept_is_on_record_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()

    def full(program: Program) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(office.shelf, "put", full)
    with pytest.raises(StorageError):
        office.made()
    assert [kind for kind, _, _ in office.evidence] == ["program-made", "program-not-made"]


def test_how_many_rows_a_program_was_shown_is_told_at_once_when_they_are_many_and_else_by_the_hour() -> None:
    office = Office()
    token = office.made(LIST_CALLS).token
    for rows in (600, 399, 1, 7):
        office.programs.shown(token, LIST_CALLS, "listed calls", rows)
    assert [each["rows"] for each in office.told("program-used")] == [1000]
    office.clock.now_s += HOUR_S
    office.uses.tell_due()
    assert [each["rows"] for each in office.told("program-used")] == [1000, 7]
    with pytest.raises(NotAllowed):
        office.programs.shown(office.made(WRITE_TAGS, name="CRM").token, LIST_CALLS, "listed calls", 1)
