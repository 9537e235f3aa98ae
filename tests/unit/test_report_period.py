"""Which days a report is about, and that no moment falls on another day than the office's clock says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.errors import SettingsError
from firmware.core.report_period import MOST_DAYS, Period, day_of, named_period, own_period, pool_name, pooled

SUNDAY = date(2026, 11, 22)
#: The last two set their clocks at midnight, and go by quarters of an hour.
ZONES = ("Europe/London", "America/New_York", "Africa/Cairo", "Asia/Kathmandu", "Australia/Lord_Howe")
days = st.dates(date(2020, 1, 1), date(2031, 12, 31))


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("this-week", date(2026, 11, 16), date(2026, 11, 22)),
        ("last-week", date(2026, 11, 9), date(2026, 11, 15)),
        ("this-month", date(2026, 11, 1), date(2026, 11, 30)),
        ("last-month", date(2026, 10, 1), date(2026, 10, 31)),
    ],
)
def test_a_named_period_is_whole_days_around_today(key: str, first: date, last: date) -> None:
    assert named_period(key, SUNDAY) == Period(first, last, key)
    assert named_period("next-year", SUNDAY) is None


@given(days)
def test_weeks_have_seven_days_and_months_all_of_theirs(today: date) -> None:
    for key in ("this-week", "last-week"):
        period = named_period(key, today)
        assert period is not None
        assert (period.days, period.first.weekday()) == (7, 0)
    last = named_period("last-month", today)
    this = named_period("this-month", today)
    assert last is not None
    assert this is not None
    assert this.first <= today <= this.last
    assert last.last + timedelta(days=1) == this.first
    assert (this.last + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("first", "last"),
    [(SUNDAY, date(2026, 11, 21)), (date(1999, 12, 31), SUNDAY), (date(2010, 1, 1), date(2021, 1, 1))],
)
def test_days_that_make_no_period_are_refused_in_words(first: date, last: date) -> None:
    with pytest.raises(SettingsError, match=r"\."):
        own_period(first, last)
    assert own_period(SUNDAY, SUNDAY).days == 1
    assert own_period(SUNDAY, SUNDAY + timedelta(days=MOST_DAYS - 1)).days == MOST_DAYS


@given(days, st.integers(0, 500), st.sampled_from(ZONES), st.data())
def test_each_moment_falls_on_the_day_that_the_clock_on_the_wall_says(
    first: date, more: int, name: str, data: st.DataObject
) -> None:
    zone, period = ZoneInfo(name), Period(first, first + timedelta(days=more))
    from_ms, until_ms = period.bounds_ms(zone)
    stretches = period.stretches(zone)
    edges = [each.from_ms for each in stretches] + [from_ms, until_ms - 1]
    near = st.builds(lambda edge, by: edge + by, st.sampled_from(edges), st.integers(-2000, 2000))
    at_ms = data.draw(st.integers(from_ms, until_ms - 1) | near)
    on_the_wall = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()
    if from_ms <= at_ms < until_ms:
        ahead = next(each.ahead_ms for each in reversed(stretches) if each.from_ms <= at_ms)
        assert day_of((at_ms + ahead) // 86_400_000) == on_the_wall
        assert period.first <= on_the_wall <= period.last
    else:
        assert not period.first <= on_the_wall <= period.last


def test_the_days_on_which_clocks_are_set_are_an_hour_shorter_and_longer() -> None:
    zone = ZoneInfo("Europe/London")
    hours = {
        day: (Period(day, day).bounds_ms(zone)[1] - Period(day, day).bounds_ms(zone)[0]) / 3_600_000
        for day in (date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25))
    }
    assert list(hours.values()) == [23, 24, 25]


@given(days, st.integers(0, 3000))
def test_long_periods_are_shown_by_weeks_and_months_each_day_in_one_of_them(first: date, more: int) -> None:
    period = Period(first, first + timedelta(days=more))
    column = pooled(period)
    shown = [column(first + timedelta(days=n)) for n in range(period.days)]
    assert shown == sorted(shown)
    assert shown[0] == first
    assert len(set(shown)) <= 101
    assert {"day": 1, "week": 7, "month": 31}[pool_name(period)] >= max(shown.count(each) for each in set(shown))
