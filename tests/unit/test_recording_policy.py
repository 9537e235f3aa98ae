"""Which calls are recorded, who is told, and that the record says why."""

from __future__ import annotations

from typing import get_args

import pytest

from firmware.core.call_record import Direction
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import LineNotices, NoticePlan, plan_notice
from firmware.core.recording_policy import CallFacts, Decision, RecordingPolicy

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
NOTICES = LineNotices(inbound="call-recorded", outbound="call-recorded-outbound")
RECORDED = Decision(True, "always", "line main: always recorded")
NOT_RECORDED = Decision(False, "never", "line main: never recorded")


NOON = LocalTime(0, 12 * 60, "2026-11-23")


def facts(direction: Direction = "inbound", *, emergency: bool = False) -> CallFacts:
    return CallFacts("main", direction, NOON, emergency)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_that_always_records_says_so(direction: Direction) -> None:
    assert RecordingPolicy("main", "always").decide(facts(direction)) == RECORDED


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_set_to_never_records_nothing(direction: Direction) -> None:
    policy = RecordingPolicy("main", "never")
    assert policy.decide(facts(direction)) == NOT_RECORDED
    assert not policy.decide(facts(direction, emergency=True)).record


def test_callers_are_told_before_they_are_put_through() -> None:
    plan = plan_notice("inbound", NOTICES, RECORDED, emergency=False)
    assert plan == NoticePlan("call-recorded", "far_party", "before_put_through")


def test_people_called_are_told_when_they_answer() -> None:
    plan = plan_notice("outbound", NOTICES, RECORDED, emergency=False)
    assert plan == NoticePlan("call-recorded-outbound", "far_party", "on_answer")


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_no_notice_delays_an_emergency_call(direction: Direction) -> None:
    assert plan_notice(direction, NOTICES, RECORDED, emergency=True) is None


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_nobody_is_told_of_a_recording_that_is_not_made(direction: Direction) -> None:
    assert plan_notice(direction, NOTICES, NOT_RECORDED, emergency=False) is None


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_without_notices_plays_none(direction: Direction) -> None:
    assert plan_notice(direction, LineNotices(), RECORDED, emergency=False) is None
