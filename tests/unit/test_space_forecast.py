"""When the disk is full is told months ahead, against what retention frees."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.space_forecast import (
    HORIZON_DAYS,
    Outlook,
    Shortage,
    SpaceForecast,
    SpaceSample,
    forecast,
    growth_of_others,
)

GB = 10**9
DAY_MS = 86_400_000
TODAY = date(2026, 3, 1)


def disk(total_gb: float = 100, free_gb: float = 60, at_day: int = 0, recordings_gb: float = 30) -> SpaceSample:
    return SpaceSample(at_day * DAY_MS, int(total_gb * GB), int(free_gb * GB), int(recordings_gb * GB), 1000)


def look(outlook: Outlook, now: SpaceSample | None = None) -> SpaceForecast:
    return forecast(now or disk(), outlook, reserve_bytes=GB)


def test_a_disk_that_takes_a_gigabyte_a_day_is_full_when_only_the_reserve_is_left() -> None:
    ahead = look(Outlook({"standard": GB}, {"standard": 2192}))
    assert ahead.full_in_days == 58
    assert ahead.words(TODAY) == (
        "Recording takes about 30 GB a month. At that rate the disk is full in about 8 weeks (April 2026). To keep "
        "everything for its time takes 2.2 TB; it has 100 GB."
    )


def test_what_retention_frees_each_day_keeps_a_disk_from_filling() -> None:
    freed = dict.fromkeys(range(HORIZON_DAYS), GB)
    ahead = look(Outlook({"standard": GB}, {"standard": 2192}, freed))
    assert ahead.full_in_days is None
    assert ahead.shortage is Shortage.NONE
    assert "large enough for what is to be kept" in ahead.words(TODAY)


def test_a_class_that_keeps_a_month_takes_a_month_and_no_more() -> None:
    ahead = look(Outlook({"sampling": GB}, {"sampling": 30}))
    assert ahead.full_in_days is None
    assert ahead.needed_bytes == (40 + 30 + 1) * GB
    assert look(Outlook({"sampling": 2 * GB}, {"sampling": 30})).full_in_days == 29


def test_a_class_of_which_nobody_says_how_long_it_keeps_is_kept_for_ever() -> None:
    assert look(Outlook({"forgotten": GB / 20})).full_in_days == 1179


def test_what_else_grows_on_the_disk_counts_too() -> None:
    assert look(Outlook({"standard": GB}, other_a_day=GB)).full_in_days == 29


@pytest.mark.parametrize(
    ("a_day_gb", "shortage", "spoken"),
    [
        (0.1, Shortage.NONE, "19 months"),
        (0.5, Shortage.IN_MONTHS, "4 months"),
        (1, Shortage.IN_WEEKS, "8 weeks"),
        (5, Shortage.IN_DAYS, "11 days"),
        (100, Shortage.IN_DAYS, "0 days"),
    ],
)
def test_the_sooner_it_is_full_the_louder_it_is_said(a_day_gb: float, shortage: Shortage, spoken: str) -> None:
    ahead = look(Outlook({"standard": a_day_gb * GB}))
    assert ahead.shortage is shortage
    assert f"in about {spoken} (" in ahead.words(TODAY)


def test_a_disk_with_less_than_its_reserve_is_full_now() -> None:
    ahead = look(Outlook(), disk(free_gb=0.5))
    assert ahead.shortage is Shortage.NOW
    assert ahead.words(TODAY) == "The disk is full: 500 MB are left, and 1.0 GB are kept."


def test_a_new_box_says_that_nothing_was_recorded() -> None:
    assert look(Outlook()).words(TODAY) == "Nothing was recorded lately: 60 GB are left."


def test_other_growth_is_the_middle_rate_so_that_one_jump_is_none() -> None:
    weekly = [disk(free_gb=60 - week * 0.7, at_day=7 * week) for week in range(8)]
    assert growth_of_others(weekly) == pytest.approx(0.1 * GB)
    jumped = [*weekly[:4], *(disk(free_gb=40 - week * 0.7, at_day=7 * week) for week in range(4, 8))]
    assert growth_of_others(jumped) == pytest.approx(0.1 * GB)
    assert growth_of_others(weekly[:1]) == 0
    assert growth_of_others([disk(at_day=0), disk(free_gb=61, at_day=9)]) == 0


@given(st.floats(0, 5), st.floats(0, 5), st.integers(0, 100))
def test_recording_more_never_makes_a_disk_last_longer(less: float, more: float, free_gb: int) -> None:
    less, more = sorted((less, more))
    slow, fast = (look(Outlook({"standard": each * GB}), disk(free_gb=free_gb)) for each in (less, more))
    assert (fast.full_in_days if fast.full_in_days is not None else HORIZON_DAYS) <= (
        slow.full_in_days if slow.full_in_days is not None else HORIZON_DAYS
    )
    assert fast.needed_bytes >= slow.needed_bytes
    assert fast.shortage >= slow.shortage
