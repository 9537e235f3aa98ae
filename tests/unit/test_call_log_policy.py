"""What the recording policy says of a logged call: exempt phones leave no trace, meant calls are told apart."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.core.call_log import LoggedCall
from firmware.core.call_log_policy import LogPolicy
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy, Rule

NOON = 1_795_348_800_000
CALL = LoggedCall(NOON, 60_000, "outbound", "201", "T1", "901632960123")
POLICY = RecordingPolicy("main", "always", extensions={"299": ExtensionMode("never", "299")})


def _policy(**changes: object) -> LogPolicy:
    plain = LogPolicy(
        "pbx", {"main": POLICY}, PhoneNumbers("GB").normalise, ZoneInfo("Europe/London"), "main", outside_prefix="9"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # named as its fields


def test_a_call_that_policy_records_is_meant_and_its_number_is_in_one_form() -> None:
    row = _policy().consider(CALL, "the line", NOON + 70_000)
    assert row is not None
    assert row.meant
    assert row.call.number == "+441632960123"
    assert (row.line, row.retention_class, row.decided_by) == ("main", "standard", "line main: always recorded")


@pytest.mark.parametrize(
    "call",
    [
        replace(CALL, extension="299"),
        replace(CALL, direction="internal"),
        replace(CALL, answered=False),
        replace(CALL, duration_ms=0),
    ],
)
def test_of_an_exempt_phone_and_of_a_call_nobody_recorded_nothing_is_kept(call: LoggedCall) -> None:
    assert _policy().consider(call, "the line", NOON) is None


def test_a_number_that_is_never_recorded_leaves_no_row() -> None:
    rule = Rule("HR", "never", numbers=(NumberPattern("+441632960123", shown="01632 960123"),))
    policy = replace(POLICY, rules=(rule,))
    assert _policy(policies={"main": policy}).consider(CALL, "the line", NOON) is None


def test_where_chance_may_leave_a_call_out_nothing_was_missed_and_nothing_is_kept_of_it() -> None:
    on_demand = replace(POLICY, mode="on_demand", rules=(Rule("a share", "always", share=0.5),))
    row = _policy(policies={"main": on_demand}).consider(CALL, "the line", NOON)
    assert row is not None
    assert not row.meant
    sampled = replace(POLICY, rules=(Rule("half not", "never", share=0.5),))
    assert _policy(policies={"main": sampled}).consider(CALL, "the line", NOON) is None


def test_a_call_of_a_second_is_no_missed_recording() -> None:
    row = _policy().consider(replace(CALL, duration_ms=1000), "the line", NOON)
    assert row is not None
    assert not row.meant


def test_a_trunk_says_whose_line_it_is_and_without_it_every_line_must_agree() -> None:
    quiet = RecordingPolicy("quiet", "never")
    both = {"main": POLICY, "quiet": quiet}
    by_trunk = _policy(policies=both, usual_line="", trunk_lines={"T1": "main", "T2": "quiet"})
    row = by_trunk.consider(CALL, "the line", NOON)
    assert row is not None
    assert row.line == "main"
    assert by_trunk.consider(replace(CALL, trunk="T2"), "the line", NOON) is None
    assert by_trunk.consider(replace(CALL, trunk="T9"), "the line", NOON) is None


def test_digits_that_no_number_has_are_not_kept() -> None:
    row = _policy().consider(replace(CALL, number="4929123412341234"), "the line", NOON)
    assert row is not None
    assert row.call.number is None


def test_the_same_line_again_is_the_same_row_and_another_pbx_has_others() -> None:
    first, again = (_policy().consider(CALL, "the  line ", received) for received in (NOON, NOON + 9))
    other = _policy(source="annexe").consider(CALL, "the line", NOON)
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.row_id == again.row_id != other.row_id
