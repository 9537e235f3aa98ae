"""How times and lengths read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from webui.wording import day_heading, length, local_day, local_time, lost, prompt_name, size, spoken_length

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("seconds", "clock", "words"),
    [
        (0, "0:00", "0 seconds"),
        (7.2, "0:07", "7 seconds"),
        (59.7, "1:00", "1 minute"),
        (61, "1:01", "1 minute 1 second"),
        (3723, "1:02:03", "1 hour 2 minutes"),
        (None, "–", "not known yet"),
    ],
)
def test_a_length_reads_as_a_clock_and_as_words(seconds: float | None, clock: str, words: str) -> None:
    assert length(seconds) == clock
    assert spoken_length(seconds) == words


def test_times_are_those_of_the_office() -> None:
    just_before_midnight_utc = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert local_time(just_before_midnight_utc, LONDON) == "00:30:00"
    assert local_day(just_before_midnight_utc, LONDON) == date(2026, 7, 2)


def test_days_near_today_say_so_and_other_years_are_named() -> None:
    today = date(2026, 11, 21)
    assert day_heading(today, today) == "Today, Saturday 21 November"
    assert day_heading(date(2026, 11, 20), today) == "Yesterday, Friday 20 November"
    assert day_heading(date(2025, 12, 31), today) == "Wednesday 31 December 2025"


def test_lost_sound_sizes_and_prompts_read_as_a_person_would_say_them() -> None:
    assert [lost(0), lost(0.04), lost(2.5)] == ["Nothing", "40 milliseconds", "2.5 seconds"]
    assert [size(999), size(2_500_000), size(3_200_000_000_000)] == ["999 bytes", "2.5 MB", "3.2 TB"]
    assert prompt_name("call-recorded") == "Call recorded"
