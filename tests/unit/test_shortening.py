"""What a shorter retention period takes: the same as looking at each recording, one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.retention import Period, RetentionClass
from firmware.core.shortening import SOON_DAYS, Starts, shortened_starts

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2028, 3, 1, 15, 30, tzinfo=LONDON)
PERIODS = st.builds(Period, st.integers(0, 2), st.integers(0, 13), st.integers(1, 40))


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def taken(starts: list[int], span: Starts) -> list[int]:
    return [start for start in starts if span[0] <= start < span[1]]


@given(one=PERIODS, other=PERIODS, minutes_ago=st.lists(st.integers(0, 3 * 366 * 1440), min_size=1, max_size=40))
def test_it_takes_what_each_recording_s_dates_say(one: Period, other: Period, minutes_ago: list[int]) -> None:
    old = partial(RetentionClass("x", one).expires_at_ms, zone=LONDON)
    new = partial(RetentionClass("x", other).expires_at_ms, zone=LONDON)
    now_ms, soon_ms = ms(NOW), ms(NOW) + SOON_DAYS * 86_400_000
    starts = [now_ms - minutes * 60_000 for minutes in minutes_ago]
    found = shortened_starts(old, new, min(starts), now_ms, LONDON)
    before_today = ms(NOW.replace(hour=0, minute=0))
    there = [start for start in starts if start < before_today and old(start) > now_ms]
    assert taken(starts, found.at_once) == [start for start in there if new(start) <= now_ms]
    assert taken(starts, found.soon) == [start for start in there if now_ms < new(start) <= soon_ms]
    sooner = [start for span in found.sooner for start in taken(starts, span)]
    assert sorted(sooner) == sorted(start for start in there if new(start) < old(start))


def test_what_becomes_due_tomorrow_is_told_although_nothing_goes_at_once() -> None:
    old = partial(RetentionClass("x", Period(years=6)).expires_at_ms, zone=LONDON)
    new = partial(RetentionClass("x", Period(years=1)).expires_at_ms, zone=LONDON)
    start = ms(NOW - timedelta(days=366 - 1))
    found = shortened_starts(old, new, start, ms(NOW), LONDON)
    assert taken([start], found.at_once) == []
    assert taken([start], found.soon) == [start]
    assert [taken([start], each) for each in found.sooner] == [[start]]
