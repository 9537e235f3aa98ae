"""The Information Commissioner is told of a breach within 72 hours, or it is written down why that is not needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.compliance.breach import WITHIN_MS, Answer, Breach
from firmware.core.errors import ActionRefused, SettingsError

HOUR_MS = 3_600_000
AWARE_MS = 1_790_000_000_000
BREACH = Breach("b", AWARE_MS, "A copy was sent astray.", "One caller's.", "None known.", "dora", AWARE_MS)
NOT_NEEDED = Answer(False, AWARE_MS, "It was encrypted.", "dora")


@pytest.mark.parametrize(
    ("hours", "urgency", "left"),
    [(0, "open", 72), (47, "open", 25), (48, "now", 24), (72, "now", 0), (73, "overdue", -1), (100, "overdue", -28)],
)
def test_the_clock_runs_72_hours_from_when_the_office_knew(hours: int, urgency: str, left: int) -> None:
    now_ms = AWARE_MS + hours * HOUR_MS
    assert (BREACH.urgency(now_ms), BREACH.hours_left(now_ms)) == (urgency, left)


def test_whoever_was_told_in_time_or_need_not_be_stops_it() -> None:
    in_time = Answer(True, AWARE_MS + WITHIN_MS, "IC-1234", "dora")
    late = replace(in_time, at_ms=AWARE_MS + WITHIN_MS + 1)
    for answer, was_late in ((in_time, False), (late, True), (NOT_NEEDED, False)):
        answered = BREACH.answered("commissioner", answer)
        assert answered.urgency(AWARE_MS + 100 * HOUR_MS) == "answered"
        assert answered.told_late is was_late
    with pytest.raises(SettingsError, match="before the office knew"):
        BREACH.answered("people", replace(in_time, at_ms=AWARE_MS - 1))


def test_it_is_closed_only_once_it_is_decided_whom_to_tell_and_written_down_what_was_done() -> None:
    now_ms = AWARE_MS + HOUR_MS
    half = BREACH.answered("commissioner", NOT_NEEDED)
    for undecided in (BREACH, half, BREACH.answered("people", NOT_NEEDED)):
        with pytest.raises(ActionRefused, match="stays open"):
            undecided.closed(now_ms, "The address book was put right.")
    decided = half.answered("people", NOT_NEEDED)
    with pytest.raises(SettingsError):
        decided.closed(now_ms, " ")
    closed = decided.closed(now_ms, "The address book was put right.")
    assert (closed.urgency(now_ms + WITHIN_MS), closed.is_open) == ("closed", False)
    with pytest.raises(ActionRefused, match="closed"):
        closed.answered("people", NOT_NEEDED)


def test_a_breach_s_answer_is_kept_as_it_was_given() -> None:
    assert Answer.from_json(NOT_NEEDED.to_json()) == NOT_NEEDED
