"""Which days a report is about, and where the office's days lie on the line of time. Pure.

A day is the office's own, from midnight to midnight by the clock on the wall: on the day on which the clock goes
forward it has 23 hours, and on that on which it goes back 25. The figures of a day are counted by moving each moment by
as much as the office's clock is ahead of UTC at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from firmware.core.errors import SettingsError

#: Longer than calls are kept anywhere.
MOST_DAYS = 3660
#: From so many days on a picture shows weeks, and from so many on months.
_WEEKS_FROM_DAYS = 63
_MONTHS_FROM_DAYS = 400
_EPOCH = date(1970, 1, 1)
_STEP = timedelta(hours=12)


@dataclass(frozen=True)
class Stretch:
    """From ``from_ms`` (Unix ms) on, until the next begins, the office's clock is ``ahead_ms`` ahead of UTC."""

    from_ms: int
    ahead_ms: int


@dataclass(frozen=True)
class Period:
    """Whole days of the office, both included. ``key`` is how an address names them; empty for days of one's own."""

    first: date
    last: date
    key: str = ""

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def shown(self) -> str:
        """``1 to 30 November 2026``."""
        end = f"{self.last.day} {self.last:%B} {self.last.year}"
        if self.first == self.last:
            return end
        same_month = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        month = "" if same_month else f" {self.first:%B}"
        year = "" if self.first.year == self.last.year else f" {self.first.year}"
        return f"{self.first.day}{month}{year} to {end}"

    def bounds_ms(self, zone: tzinfo) -> tuple[int, int]:
        """Unix ms of the first moment that belongs to it, and of the first that no longer does."""
        return _midnight_ms(self.first, zone), _midnight_ms(self.last + timedelta(days=1), zone)

    def stretches(self, zone: tzinfo) -> tuple[Stretch, ...]:
        """How far ahead the clock is, from the beginning on."""
        from_ms, until_ms = self.bounds_ms(zone)
        at, end = _moment(from_ms), _moment(until_ms)
        found = [Stretch(from_ms, _ahead_ms(at, zone))]
        while at < end:
            after = min(at + _STEP, end)
            if _ahead_ms(after, zone) != found[-1].ahead_ms:
                changed = _change(at, after, zone)
                found.append(Stretch(round(changed.timestamp() * 1000), _ahead_ms(changed, zone)))
            at = after
        return tuple(found)


def day_of(number: int) -> date:
    """A day by how many days it comes after 1 January 1970."""
    return _EPOCH + timedelta(days=number)


def named_period(key: str, today: date) -> Period | None:
    """``this-week``, ``last-week``, ``this-month`` or ``last-month``; None for what is none of them."""
    found = PERIODS.get(key)
    return found(today) if found else None


def own_period(first: date, last: date) -> Period:
    """Days of somebody's own.

    Raises:
        SettingsError: these cannot be; in words for who typed them.
    """
    if first > last:
        raise SettingsError("The first day is after the last.", "Exchange the two.")
    if not 2000 <= first.year <= last.year <= 2200:
        raise SettingsError("These days are too far away.", "Choose some of this century.")
    period = Period(first, last)
    if period.days > MOST_DAYS:
        raise SettingsError("These are too many days at once.", "Choose ten years at most.")
    return period


def pooled(period: Period) -> Callable[[date], date]:
    """By the first day of which column a day's figures are shown: the day itself, its week's, or its month's."""
    if period.days < _WEEKS_FROM_DAYS:
        return lambda day: day
    if period.days < _MONTHS_FROM_DAYS:
        return lambda day: max(_monday(day), period.first)
    return lambda day: max(day.replace(day=1), period.first)


def pool_name(period: Period) -> str:
    """What one column of ``pooled`` is: ``day``, ``week`` or ``month``."""
    return "day" if period.days < _WEEKS_FROM_DAYS else "week" if period.days < _MONTHS_FROM_DAYS else "month"


def _week(today: date) -> Period:
    return Period(_monday(today), _monday(today) + timedelta(days=6))


def _month(today: date) -> Period:
    first = today.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


#: How a period that moves with time is had from today.
PERIODS: Mapping[str, Callable[[date], Period]] = {
    "this-week": lambda today: _keyed(_week(today), "this-week"),
    "last-week": lambda today: _keyed(_week(today - timedelta(days=7)), "last-week"),
    "this-month": lambda today: _keyed(_month(today), "this-month"),
    "last-month": lambda today: _keyed(_month(today.replace(day=1) - timedelta(days=1)), "last-month"),
}


def _keyed(period: Period, key: str) -> Period:
    return Period(period.first, period.last, key)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second at which the clock was set, somewhere after ``before`` and up to ``after``."""
    old = _ahead_ms(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _ahead_ms(middle, zone) == old else (before, middle)
    return after


def _ahead_ms(moment: datetime, zone: tzinfo) -> int:
    ahead = moment.astimezone(zone).utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds() * 1000)


def _midnight_ms(day: date, zone: tzinfo) -> int:
    """The first moment of a day. Where midnight itself is skipped, that at which the clock is set."""
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
