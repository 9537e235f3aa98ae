"""Times as people say them, by the office's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.cli.call_time import read_time, shown_time

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)  # a Wednesday, 11:00 in London


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("now", "2026-07-01T11:00:00+01:00"),
        ("09:30", "2026-07-01T09:30:00+01:00"),
        ("9:30", "2026-07-01T09:30:00+01:00"),
        ("mon 09:30", "2026-07-06T09:30:00+01:00"),
        ("Wednesday 09:30", "2026-07-01T09:30:00+01:00"),
        ("tues 09:30", "2026-07-07T09:30:00+01:00"),
        ("2026-12-25 22:15", "2026-12-25T22:15:00+00:00"),
        ("2026-12-25T22:15", "2026-12-25T22:15:00+00:00"),
        ("2026-07-01T22:15+00:00", "2026-07-01T23:15:00+01:00"),
        ("2026-10-25 01:30+00:00", "2026-10-25T01:30:00+00:00"),
    ],
)
def test_a_time_is_understood(said: str, moment: str) -> None:
    assert read_time(said, LONDON, NOW).isoformat() == moment


@pytest.mark.parametrize("said", ["", "soon", "25:00", "09:60", "mo 09:30", "someday 09:30", "2026-02-30 09:30", "mon"])
def test_what_is_no_time_is_refused_with_what_to_say(said: str) -> None:
    with pytest.raises(ValueError, match="mon 09:30"):
        read_time(said, LONDON, NOW)


def test_a_time_over_which_the_clock_goes_forward_never_comes() -> None:
    with pytest.raises(ValueError, match="never comes in Europe/London"):
        read_time("2026-03-29 01:30", LONDON, NOW)


def test_a_time_is_shown_in_full() -> None:
    assert shown_time(read_time("2026-12-25 22:15", LONDON, NOW)) == "Friday 25 December 2026 at 22:15"
