"""Spans of the day and week by the clock on the office's wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.local_time import MINUTES_A_DAY, LocalTime, TimeOfWeek, local_time

LONDON = ZoneInfo("Europe/London")
MINUTES = st.integers(0, MINUTES_A_DAY - 1)
DAY_SETS = st.frozensets(st.integers(0, 6))


def at_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def minutes_of(start: str, minutes: int) -> list[LocalTime]:
    first = at_ms(start)
    return [local_time(first + minute * 60_000, LONDON) for minute in range(minutes)]


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        ("2026-11-23T09:30:59+00:00", LocalTime(0, 570, "2026-11-23")),
        ("2026-07-01T23:30:00+00:00", LocalTime(3, 30, "2026-07-02")),
        ("1969-12-31T23:59:59+00:00", LocalTime(3, 59, "1970-01-01")),
    ],
)
def test_local_time_is_that_of_the_clock_on_the_wall(moment: str, local: LocalTime) -> None:
    assert local_time(at_ms(moment), LONDON) == local


@given(st.integers(0, 4_102_444_800_000))
def test_local_time_knows_the_day_its_date_says(moment_ms: int) -> None:
    local = local_time(moment_ms, LONDON)
    assert datetime.fromisoformat(local.date).replace(tzinfo=UTC).weekday() == local.weekday
    assert 0 <= local.minute < MINUTES_A_DAY


@given(DAY_SETS, MINUTES, MINUTES)
def test_a_span_covers_as_many_minutes_of_the_week_as_it_says(days: frozenset[int], start: int, until: int) -> None:
    span = TimeOfWeek(days, start, until)
    covered = sum(span.covers(LocalTime(day, minute, "")) for day in range(7) for minute in range(MINUTES_A_DAY))
    assert covered == ((until - start) % MINUTES_A_DAY or MINUTES_A_DAY) * (len(days) or 7)


def test_a_span_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    friday_night = TimeOfWeek(frozenset({4}), 22 * 60, 6 * 60)
    assert friday_night.covers(LocalTime(4, 22 * 60, ""))
    assert friday_night.covers(LocalTime(5, 6 * 60 - 1, ""))
    assert not friday_night.covers(LocalTime(5, 6 * 60, ""))
    assert not friday_night.covers(LocalTime(4, 5 * 60, ""))
    assert not friday_night.covers(LocalTime(5, 23 * 60, ""))
    sunday_night = TimeOfWeek(frozenset({6}), 22 * 60, 6 * 60)
    assert sunday_night.covers(LocalTime(0, 60, ""))


def test_the_hour_that_comes_twice_counts_twice() -> None:
    hour = TimeOfWeek(frozenset({6}), 60, 120)
    assert sum(map(hour.covers, minutes_of("2026-10-24T23:00:00+00:00", 25 * 60))) == 120


def test_the_hour_that_never_comes_is_never_met() -> None:
    sunday = minutes_of("2026-03-29T00:00:00+00:00", 23 * 60)
    assert not any(map(TimeOfWeek(frozenset({6}), 60, 120).covers, sunday))
    assert sum(map(TimeOfWeek(frozenset({6}), 30, 150).covers, sunday)) == 60


@given(st.integers(at_ms("2026-01-01T00:00Z"), at_ms("2027-01-01T00:00Z")), MINUTES, MINUTES)
def test_a_span_and_the_rest_of_the_day_make_up_the_day(moment_ms: int, start: int, until: int) -> None:
    local = local_time(moment_ms, LONDON)
    if start != until:
        span, rest = TimeOfWeek(frozenset(), start, until), TimeOfWeek(frozenset(), until, start)
        assert span.covers(local) != rest.covers(local)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (TimeOfWeek(), "every day"),
        (TimeOfWeek(frozenset({0, 1, 2, 3, 4}), 540, 1050), "Monday to Friday, 09:00 to 17:30"),
        (TimeOfWeek(frozenset({5, 6})), "Saturday and Sunday"),
        (TimeOfWeek(frozenset({0, 2, 4}), 0, 720), "Monday, Wednesday and Friday, 00:00 to 12:00"),
        (TimeOfWeek(frozenset({4}), 1320, 360), "Friday, 22:00 to 06:00 the next day"),
        (TimeOfWeek(frozenset(), 1320, MINUTES_A_DAY), "22:00 to 24:00"),
    ],
)
def test_a_span_is_said_in_words(span: TimeOfWeek, words: str) -> None:
    assert span.shown == words


def test_a_week_later_is_the_same_time_of_the_week() -> None:
    now = datetime(2026, 11, 23, 9, 30, tzinfo=LONDON)
    there = [local_time(round(each.timestamp() * 1000), LONDON) for each in (now, now + timedelta(weeks=1))]
    assert there[0].shown == there[1].shown == "Monday 09:30"
