"""What calls and their absence tell of a line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from firmware.core.line_health import HeardCall, judge_hearing, judge_quiet
from firmware.core.office_hours import OfficeHours, OpenSpan

WEEK = OfficeHours(((OpenSpan(9 * 60, 17 * 60),),) * 5 + ((), ()))
FRIDAY = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def test_a_line_is_heard_to_be_one_sided_or_dead_only_by_several_calls_in_a_row() -> None:
    both, far_only, office_only, nobody = (
        HeardCall(60_000, *spoke) for spoke in ((20_000, 15_000), (20_000, 0), (0, 20_000), (100, 0))
    )
    short, mixed, dead = HeardCall(4_000, 0, 0), HeardCall(60_000, 30_000, None), HeardCall(60_000, 0, None)

    def heard(*calls: HeardCall) -> list[str]:
        found = list(judge_hearing("main", calls))
        return [each.check for each in found]

    assert heard(both, far_only, far_only, far_only) == []
    assert heard(far_only, short, far_only, far_only, both) == ["one-sided"]
    assert heard(office_only, office_only, office_only) == ["one-sided"]
    assert heard(far_only, office_only, far_only) == []
    assert heard(nobody, nobody, nobody) == heard(dead, dead, dead) == ["no-speech"]
    assert heard(mixed, mixed, mixed) == heard(nobody, nobody) == heard(short, short, short) == []


@pytest.mark.parametrize(
    ("until", "hours", "quiet"),
    [
        (timedelta(hours=3), WEEK, False),  # one hour until it closes
        (timedelta(days=2, hours=17), WEEK, False),  # Monday at nine: nobody calls at the weekend
        (timedelta(days=4, hours=2), WEEK, True),  # Tuesday at six
        (timedelta(hours=3), None, False),
        (timedelta(hours=19), None, True),
    ],
)
def test_a_line_is_quiet_for_too_long_only_by_the_hours_in_which_people_call(
    until: timedelta, hours: OfficeHours | None, quiet: bool
) -> None:
    found = list(judge_quiet("main", FRIDAY, FRIDAY + until, hours, timedelta(hours=12)))
    assert [each.check for each in found] == (["line-quiet"] if quiet else [])
