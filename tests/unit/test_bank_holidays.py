"""Days off in England and Wales, as a library of all countries knows them that would take 16 MB of the box."""

from __future__ import annotations

from datetime import date, timedelta

import holidays

from firmware.core.bank_holidays import is_day_off

YEARS = range(2020, 2061)


def test_bank_holidays_are_those_that_everybody_knows() -> None:
    known = holidays.country_holidays("GB", subdiv="ENG", years=YEARS)
    days = [date(YEARS[0], 1, 1) + timedelta(days=number) for number in range(366 * len(YEARS) - 60)]
    weekdays = [day for day in days if day.year in YEARS and day.weekday() < 5]
    assert len(weekdays) > 10_000
    assert [day.isoformat() for day in weekdays if is_day_off(day) != (day in known)] == []


def test_weekends_are_days_off() -> None:
    assert [is_day_off(date(2026, 11, day)) for day in range(20, 25)] == [False, True, True, False, False]
