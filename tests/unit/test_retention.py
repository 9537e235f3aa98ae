"""Six calendar years to the day, by the office's own clock, and what a regulated class forbids."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.recording_decision import RecordingMode
from firmware.core.retention import (
    SIX_YEARS,
    Period,
    RetentionClass,
    RetentionClasses,
    why_not_change,
    why_not_erase,
    why_not_in_regulated,
)

LONDON = ZoneInfo("Europe/London")
ZONES = [ZoneInfo(name) for name in ("Europe/London", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "UTC")]

FIVE = RetentionClass("advice", Period(years=5), regulated=True)
SEVEN = RetentionClass("advice-asked", Period(years=7), regulated=True)
SHORT = RetentionClass("short", Period(days=180))
LONG = RetentionClass("long", Period(years=10))


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def shown(unix_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, zone).isoformat()


@pytest.mark.parametrize(
    ("period", "day", "over"),
    [
        (Period(years=6), "2026-11-22", "2032-11-22"),
        (Period(years=6), "2024-02-29", "2030-02-28"),  # no such date: the month's last day
        (Period(years=4), "2024-02-29", "2028-02-29"),
        (Period(years=6), "2026-02-28", "2032-02-28"),
        (Period(months=1), "2027-01-31", "2027-02-28"),
        (Period(months=1), "2028-01-31", "2028-02-29"),
        (Period(months=6), "2026-08-31", "2027-02-28"),
        (Period(months=13), "2026-12-31", "2028-01-31"),
        (Period(days=180), "2026-09-01", "2027-02-28"),
        (Period(years=1, days=1), "2026-12-31", "2028-01-01"),
        (Period(years=100), "2000-02-29", "2100-02-28"),  # no leap year
    ],
)
def test_periods_go_by_the_calendar(period: Period, day: str, over: str) -> None:
    assert period.after(date.fromisoformat(day)).isoformat() == over


@pytest.mark.parametrize(
    ("made", "gone"),
    [
        ("2026-11-22T00:00:00+00:00", "2032-11-23T00:00:00+00:00"),
        ("2026-11-22T23:59:59+00:00", "2032-11-23T00:00:00+00:00"),
        ("2026-06-30T23:30:00+00:00", "2032-07-02T00:00:00+01:00"),  # in London it was 1 July already
        ("2026-03-28T12:00:00+00:00", "2032-03-29T00:00:00+01:00"),  # the clock goes forward on 28 March 2032
        ("2024-02-29T12:00:00+00:00", "2030-03-01T00:00:00+00:00"),
    ],
)
def test_a_recording_is_kept_through_the_whole_day_by_the_clock_on_the_wall(made: str, gone: str) -> None:
    expires = SIX_YEARS.expires_at_ms(ms(datetime.fromisoformat(made)), LONDON)
    assert shown(expires, LONDON) == gone


def test_where_the_clock_goes_forward_at_midnight_the_day_begins_an_hour_late() -> None:
    """São Paulo, 21 October 2012: 00:00 never came, the day began at 01:00."""
    zone = ZoneInfo("America/Sao_Paulo")
    made = ms(datetime(2006, 10, 20, 12, tzinfo=zone))
    assert shown(SIX_YEARS.expires_at_ms(made, zone), zone) == "2012-10-21T01:00:00-02:00"


@given(
    st.integers(ms(datetime(2020, 1, 1, tzinfo=UTC)), ms(datetime(2090, 1, 1, tzinfo=UTC))),
    st.sampled_from(ZONES),
    st.builds(Period, st.integers(1, 10), st.integers(0, 30), st.integers(0, 400)),
)
def test_it_is_kept_on_its_last_day_and_gone_on_the_next_in_every_zone(
    made_ms: int, zone: ZoneInfo, period: Period
) -> None:
    kept = RetentionClass("any", period)
    expires = kept.expires_at_ms(made_ms, zone)
    last = kept.last_day(made_ms, zone)
    assert datetime.fromtimestamp(expires / 1000 - 1, zone).date() <= last
    assert datetime.fromtimestamp(expires / 1000, zone).date() > last


@given(
    st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    st.integers(0, 60),
    st.builds(Period, st.integers(1, 10), st.integers(0, 30), st.integers(0, 400)),
)
def test_whoever_called_later_is_never_kept_less_long(day: date, later: int, period: Period) -> None:
    assert period.after(day) <= period.after(day + timedelta(days=later))


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 200))
def test_months_end_in_the_right_month_on_the_same_date_or_the_last_there_is(day: date, months: int) -> None:
    over = Period(months=months, days=1).after(day) - timedelta(days=1)
    assert (over.year * 12 + over.month) - (day.year * 12 + day.month) == months
    assert over.day == day.day or (over.day < day.day and (over + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("one", "other", "shorter"),
    [
        (Period(years=1), Period(months=12), False),
        (Period(months=12), Period(years=1), False),
        (Period(days=365), Period(years=1), True),  # in a leap year
        (Period(days=366), Period(years=1), False),
        (Period(years=5), Period(years=6), True),
        (Period(months=1), Period(days=28), False),
        (Period(months=1), Period(days=29), True),
    ],
)
def test_one_period_is_shorter_when_some_recording_would_be_kept_less_long(
    one: Period, other: Period, shorter: bool
) -> None:
    assert one.is_shorter_than(other) is shorter


@pytest.mark.parametrize("none", [{}, {"years": -1}, {"days": 0}])
def test_no_period_is_no_period(none: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Period(**none)


def test_periods_are_shown_in_words() -> None:
    assert Period(years=6).shown == "6 years"
    assert Period(years=1, months=1, days=180).shown == "1 year, 1 month and 180 days"


def test_there_is_always_a_standard_class_which_the_office_may_set() -> None:
    assert RetentionClasses().find("standard") == SIX_YEARS
    seven = RetentionClass("standard", Period(years=7), regulated=True)
    assert RetentionClasses((seven,)).find("standard") == seven
    assert RetentionClasses((seven, SHORT)).regulated == {"standard"}
    assert RetentionClasses().find("claims") is None


@pytest.mark.parametrize(
    ("mode", "share", "forbidden"),
    [
        ("always", 1.0, False),
        ("pausable", 1.0, False),
        ("on_demand", 1.0, True),
        ("never", 1.0, True),
        ("always", 0.5, True),
    ],
)
def test_a_regulated_class_forbids_whatever_leaves_a_call_unrecorded(
    mode: RecordingMode, share: float, forbidden: bool
) -> None:
    assert bool(why_not_in_regulated(mode, share)) is forbidden


@pytest.mark.parametrize(
    ("now", "wanted", "held", "allowed"),
    [
        (SIX_YEARS, LONG, False, True),
        (SIX_YEARS, LONG, True, True),
        (SIX_YEARS, SHORT, False, True),
        (SIX_YEARS, SHORT, True, False),
        (FIVE, SEVEN, False, True),
        (FIVE, SHORT, False, False),
        (SEVEN, FIVE, False, False),
        (FIVE, LONG, False, False),  # longer, but no longer protected
    ],
)
def test_by_hand_longer_is_always_possible_and_shorter_only_where_neither_law_nor_hold_forbids(
    now: RetentionClass, wanted: RetentionClass, held: bool, allowed: bool
) -> None:
    assert (why_not_change(now, wanted, held) == "") is allowed


@pytest.mark.parametrize(
    ("kept_as", "expires_at_ms", "held_for", "refused"),
    [
        (SIX_YEARS, 100, (), ""),
        (None, None, (), ""),
        (SIX_YEARS, 100, ("claim 4711",), "claim 4711"),
        (FIVE, 100, (), "advice"),
        (FIVE, None, (), "advice"),
        (FIVE, 50, (), ""),
    ],
)
def test_an_erasure_is_refused_for_the_held_and_for_the_regulated_whose_time_is_not_over(
    kept_as: RetentionClass | None, expires_at_ms: int | None, held_for: tuple[str, ...], refused: str
) -> None:
    why = why_not_erase(kept_as, expires_at_ms, held_for, now_ms=60)
    assert (refused in why) if refused else why == ""
