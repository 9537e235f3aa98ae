"""The sign on the office's door: what it says is so, on every day of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.local_time import MINUTES_A_DAY, LocalTime, local_time
from firmware.core.office_hours import Holiday, OfficeHours, OpenOrClosed, OpenSpan

LONDON = ZoneInfo("Europe/London")
NINE_TO_FIVE = (OpenSpan.parse("09:00-17:00"),)
WEEKDAYS = OfficeHours(
    weekly=(NINE_TO_FIVE,) * 5 + ((), ()),
    holidays={
        "2026-12-25": Holiday("Christmas Day"),
        "2026-12-24": Holiday("Christmas Eve", (OpenSpan.parse("09:00-12:30"),)),
    },
)

spans = st.builds(
    lambda start, length: OpenSpan(start, (start + length) % MINUTES_A_DAY or MINUTES_A_DAY),
    st.integers(0, MINUTES_A_DAY - 1),
    st.integers(1, MINUTES_A_DAY - 1),
)
days = st.lists(spans, max_size=3).map(tuple)
dates = st.dates(date(2026, 1, 1), date(2026, 1, 28))
all_hours = st.builds(
    OfficeHours,
    weekly=st.lists(days, min_size=7, max_size=7).map(tuple),
    holidays=st.dictionaries(dates.map(date.isoformat), st.builds(Holiday, name=st.just("a holiday"), spans=days)),
)


def at(text: str) -> LocalTime:
    """The office's clock at a moment given as that clock shows it."""
    return local_time(int(datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp() * 1000), LONDON)


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        ("2026-11-23T08:59:59", OpenOrClosed(False, "hours of Monday")),
        ("2026-11-23T09:00:00", OpenOrClosed(True, "hours of Monday")),
        ("2026-11-23T16:59:59", OpenOrClosed(True, "hours of Monday")),
        ("2026-11-23T17:00:00", OpenOrClosed(False, "hours of Monday")),
        ("2026-11-22T12:00:00", OpenOrClosed(False, "hours of Sunday")),
        ("2026-12-24T12:29:00", OpenOrClosed(True, "holiday: Christmas Eve")),
        ("2026-12-24T12:30:00", OpenOrClosed(False, "holiday: Christmas Eve")),
        ("2026-12-25T12:00:00", OpenOrClosed(False, "holiday: Christmas Day")),
    ],
)
def test_the_office_is_open_as_the_sign_on_its_door_says(moment: str, answer: OpenOrClosed) -> None:
    assert WEEKDAYS.at(at(moment)) == answer


def test_the_sign_holds_in_summer_and_in_winter_alike() -> None:
    for day in (datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)):  # clocks change in between
        opens = [
            minute
            for minute in range(MINUTES_A_DAY)
            if WEEKDAYS.at(local_time(int((day + timedelta(minutes=minute)).timestamp() * 1000), LONDON)).open
        ]
        shown = (day + timedelta(minutes=opens[0])).astimezone(LONDON)
        assert (f"{shown:%H:%M}", len(opens)) == ("09:00", 8 * 60)


def test_hours_that_the_clock_skips_are_not_kept_and_those_that_come_twice_are_kept_twice() -> None:
    night = OfficeHours(((OpenSpan.parse("01:00-02:00"),),) * 7)

    def open_minutes(day: datetime) -> int:
        moments = (int((day + timedelta(minutes=minute)).timestamp() * 1000) for minute in range(4 * 60))
        return sum(night.at(local_time(moment, LONDON)).open for moment in moments)

    assert open_minutes(datetime(2026, 3, 29, tzinfo=UTC)) == 0
    assert open_minutes(datetime(2026, 10, 24, 23, tzinfo=UTC)) == 120
    assert open_minutes(datetime(2026, 11, 1, tzinfo=UTC)) == 60


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    friday_night = OfficeHours(((), (), (), (), (OpenSpan.parse("22:00-02:00"),), (), ()))
    assert not friday_night.at(at("2026-11-27T01:00:00")).open  # the night to Friday
    assert friday_night.at(at("2026-11-27T23:00:00")).open
    assert friday_night.at(at("2026-11-28T01:59:00")) == OpenOrClosed(True, "hours of Friday")
    assert not friday_night.at(at("2026-11-28T02:00:00")).open


def test_the_night_before_a_holiday_goes_on_until_its_end() -> None:
    every_night = OfficeHours(((OpenSpan.parse("22:00-02:00"),),) * 7, {"2026-12-25": Holiday("Christmas Day")})
    assert every_night.at(at("2026-12-25T01:00:00")) == OpenOrClosed(True, "hours of Thursday")
    assert not every_night.at(at("2026-12-25T23:00:00")).open
    assert not every_night.at(at("2026-12-26T01:00:00")).open


@given(all_hours, dates, st.integers(0, MINUTES_A_DAY - 1))
def test_the_office_is_open_exactly_in_the_minutes_that_its_spans_hold(
    hours: OfficeHours, day: date, minute: int
) -> None:
    def minutes_of(start_day: date) -> set[tuple[date, int]]:
        holiday = hours.holidays.get(start_day.isoformat())
        held = hours.weekly[start_day.weekday()] if holiday is None else holiday.spans
        return {
            (start_day + timedelta(days=each // MINUTES_A_DAY), each % MINUTES_A_DAY)
            for span in held
            for each in range(span.start, span.until + (MINUTES_A_DAY if span.until < span.start else 0))
        }

    local = LocalTime(day.weekday(), minute, day.isoformat())
    expected = (day, minute) in minutes_of(day) | minutes_of(day - timedelta(days=1))
    assert hours.at(local).open == expected


@given(spans)
def test_a_span_is_read_as_it_is_written(span: OpenSpan) -> None:
    start, until = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in (span.start, span.until))
    assert OpenSpan.parse(f"{start}-{until}") == span


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9-5", "such as 09:00-17:30"),
        ("", "such as 09:00-17:30"),
        ("09:00-17:60", "no clock shows"),
        ("24:01-01:00", "no clock shows"),
        ("09:00-25:00", "no clock shows"),
        ("09:00-09:00", "all day is 00:00-24:00"),
        ("24:00-01:00", "its day is over"),
        ("24:00-00:00", "all day is 00:00-24:00"),
        ("٠٩:00-17:00", "such as 09:00-17:30"),
    ],
)
def test_hours_that_make_no_sense_are_refused_in_words_that_help(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OpenSpan.parse(text)


def test_midnight_may_be_written_either_way() -> None:
    assert OpenSpan.parse("18:00-00:00") == OpenSpan.parse("18:00-24:00") == OpenSpan(1080, 1440)
    assert OpenSpan.parse("00:00-24:00").covers(1439)


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days"):
        OfficeHours((NINE_TO_FIVE,))
