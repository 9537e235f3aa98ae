"""Weekends and the bank holidays of England and Wales (Banking and Financial Dealings Act 1971, and proclamations)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import islice

_MONDAY, _SATURDAY = 0, 5
_DAY = timedelta(days=1)
#: Mondays that a proclamation moved, and to which day.
_MOVED = {date(2020, 5, 4): date(2020, 5, 8), date(2022, 5, 30): date(2022, 6, 2)}
#: Days that were proclaimed beside those of every year.
_PROCLAIMED = (date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8))


def is_day_off(day: date) -> bool:
    """A weekend or a bank holiday."""
    return day.weekday() >= _SATURDAY or day in _bank_holidays(day.year)


@lru_cache(maxsize=8)
def _bank_holidays(year: int) -> frozenset[date]:
    """Those that fall on weekdays, with the substitutes of those that do not."""
    easter = easter_sunday(year)
    mondays = (
        _first(_MONDAY, date(year, 5, 1)),
        _first(_MONDAY, date(year, 5, 25)),
        _first(_MONDAY, date(year, 8, 25)),
    )
    return frozenset(
        (
            *_working_days(1, date(year, 1, 1)),
            easter - 2 * _DAY,
            easter + _DAY,
            *(_MOVED.get(monday, monday) for monday in mondays),
            *_working_days(2, date(year, 12, 25)),
            *_PROCLAIMED,
        )
    )


def easter_sunday(year: int) -> date:
    """By the algorithm of J. Meeus, Astronomical Algorithms, chapter 8."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    lunar = century - (century + 8) // 25 + 1
    moon = (19 * golden + century - century // 4 - lunar // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - moon - of_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _first(weekday: int, since: date) -> date:
    return since + (weekday - since.weekday()) % 7 * _DAY


def _working_days(count: int, since: date) -> tuple[date, ...]:
    """New Year, Christmas and Boxing Day, or their substitutes: the first days from theirs that are no weekend."""
    days = (since + number * _DAY for number in range(7))
    return tuple(islice((day for day in days if day.weekday() < _SATURDAY), count))
