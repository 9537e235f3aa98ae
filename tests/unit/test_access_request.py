"""Requests to hear calls: what may become of them, and who may decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.access_request import (
    LONGEST_GRANT_MS,
    MOST_CALLS,
    AccessRequest,
    CallState,
    RequestState,
    WantedCalls,
    approved,
    asked,
    ended,
    refused,
    withdrawn,
)
from firmware.core.errors import ActionRefused, NotAllowed, SettingsError

NOW = 1_800_000_000_000
LATER = NOW + 86_400_000
LINE_MANAGER = ("aa" * 16, "lena")
DIRECTOR = ("bb" * 16, "dora")
CALLS = ("01" * 16, "02" * 16, "03" * 16)
A_DAY = WantedCalls(first_day="2026-03-31")


def new_request() -> AccessRequest:
    return asked("cc" * 16, LINE_MANAGER, "complaint 4711", CALLS, WantedCalls(), NOW)


def test_all_calls_approved_is_approved() -> None:
    done = approved(new_request(), DIRECTOR, CALLS, LATER, NOW)
    assert done.state is RequestState.APPROVED
    assert done.approved_calls == CALLS
    assert (done.decided_by_name, done.ends_at_ms) == ("dora", LATER)


def test_some_calls_approved_is_partly_approved_and_the_rest_is_refused() -> None:
    done = approved(new_request(), DIRECTOR, CALLS[1:2], LATER, NOW, "only this one is about the complaint")
    assert done.state is RequestState.PARTLY_APPROVED
    assert done.approved_calls == CALLS[1:2]
    assert [done.calls[call] for call in (CALLS[0], CALLS[2])] == [CallState.REFUSED, CallState.REFUSED]


def test_the_approver_picks_the_calls_that_were_only_described() -> None:
    described = asked("cc" * 16, LINE_MANAGER, "complaint 4711", (), A_DAY, NOW)
    done = approved(described, DIRECTOR, CALLS[:2], LATER, NOW)
    assert done.state is RequestState.APPROVED
    assert done.approved_calls == CALLS[:2]


def test_nobody_decides_their_own_request() -> None:
    with pytest.raises(NotAllowed, match="own request"):
        approved(new_request(), LINE_MANAGER, CALLS, LATER, NOW)
    with pytest.raises(NotAllowed, match="own request"):
        refused(new_request(), LINE_MANAGER, "no", NOW)


def test_a_refusal_needs_a_reason() -> None:
    with pytest.raises(SettingsError, match="reason"):
        refused(new_request(), DIRECTOR, "  ", NOW)
    assert refused(new_request(), DIRECTOR, "not about work", NOW).state is RequestState.REFUSED


@pytest.mark.parametrize("ends_at_ms", [0, NOW, NOW - 1, NOW + LONGEST_GRANT_MS + 1])
def test_an_approval_ends_after_now_and_within_three_months(ends_at_ms: int) -> None:
    with pytest.raises(SettingsError, match="end"):
        approved(new_request(), DIRECTOR, CALLS, ends_at_ms, NOW)


def test_an_approval_of_nothing_or_of_far_too_much_is_none() -> None:
    with pytest.raises(SettingsError, match="chosen"):
        approved(new_request(), DIRECTOR, (), LATER, NOW)
    with pytest.raises(SettingsError, match="at once"):
        approved(new_request(), DIRECTOR, [f"{n:032x}" for n in range(MOST_CALLS + 1)], LATER, NOW)


def test_what_was_decided_or_withdrawn_is_decided_once() -> None:
    for done in (
        approved(new_request(), DIRECTOR, CALLS, LATER, NOW),
        refused(new_request(), DIRECTOR, "not about work", NOW),
        withdrawn(new_request()),
    ):
        with pytest.raises(ActionRefused):
            approved(done, DIRECTOR, CALLS, LATER, NOW)
        with pytest.raises(ActionRefused):
            refused(done, DIRECTOR, "changed my mind", NOW)
        with pytest.raises(ActionRefused):
            withdrawn(done)


def test_only_what_is_open_ends_and_it_ends_no_later_than_it_would() -> None:
    done = approved(new_request(), DIRECTOR, CALLS, LATER, NOW)
    assert ended(done, NOW + 5).ends_at_ms == NOW + 5
    assert ended(done, LATER + 5).ends_at_ms == LATER
    assert ended(done, LATER).state is RequestState.ENDED
    with pytest.raises(ActionRefused):
        ended(new_request(), NOW)


@pytest.mark.parametrize("purpose", ["", "  ", "ab", "x" * 501])
def test_a_purpose_is_a_few_words(purpose: str) -> None:
    with pytest.raises(SettingsError, match="purpose"):
        asked("cc" * 16, LINE_MANAGER, purpose, CALLS, WantedCalls(), NOW)


def test_calls_are_named_or_described() -> None:
    with pytest.raises(SettingsError, match="Which calls"):
        asked("cc" * 16, LINE_MANAGER, "complaint 4711", (), WantedCalls(from_time="09:00"), NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_day": "31.3.2026"},
        {"first_day": "2026-03-31", "last_day": "2026-03-30"},
        {"from_time": "9 o'clock"},
        {"from_time": "17:00", "until_time": "09:00"},
        {"extension": "reception"},
        {"number": "+"},
        {"words": "x" * 501},
    ],
)
def test_a_description_that_makes_no_sense_is_told(wrong: dict[str, str]) -> None:
    wanted = WantedCalls.from_json({"words": "the one about the boiler", **wrong})
    assert wanted.mistake
    with pytest.raises(SettingsError):
        asked("cc" * 16, LINE_MANAGER, "complaint 4711", (), wanted, NOW)


@given(st.dictionaries(st.sampled_from(["first_day", "number", "words", "other"]), st.text() | st.integers()))
def test_whatever_is_typed_a_description_can_be_read_and_kept(document: dict[str, object]) -> None:
    wanted = WantedCalls.from_json(document)
    assert WantedCalls.from_json(wanted.to_json()) == wanted
    assert isinstance(wanted.mistake, str)


def test_a_request_that_was_ended_opens_nothing() -> None:
    opens = {state for state in RequestState if state.opens}
    assert opens == {RequestState.APPROVED, RequestState.PARTLY_APPROVED}
    assert not replace(new_request(), state=RequestState.ENDED).state.opens
