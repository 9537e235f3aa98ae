"""The office's own time of day and week, and spans of it: rules and opening hours go by the clock on the wall.

The clock on the wall jumps twice a year. Where it goes back, an hour comes twice and both count; where it goes forward,
an hour never comes, and a span that lies wholly within it is not met that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

MINUTES_A_DAY = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class LocalTime:
    """A moment by the office's clock: ``weekday`` 0 (Monday) to 6, ``minute`` of the day (0 to 1439), ISO ``date``."""

    weekday: int
    minute: int
    date: str

    @property
    def shown(self) -> str:
        """``Monday 09:30``."""
        return f"{DAY_NAMES[self.weekday]} {clock_time(self.minute)}"


def local_time(at_ms: int, zone: tzinfo) -> LocalTime:
    """The office's time at a moment in Unix milliseconds."""
    there = datetime.fromtimestamp(at_ms / 1000, zone)
    return LocalTime(there.weekday(), there.hour * 60 + there.minute, there.date().isoformat())


@dataclass(frozen=True)
class TimeOfWeek:
    """A span of the day on some days of the week.

    ``until_minute`` (up to 1440) is the first that no longer belongs to it. A span that ends no later than it starts
    runs over midnight and belongs to the day it starts on: Friday 22:00 to 06:00 ends on Saturday morning. No ``days``
    means every day.
    """

    days: frozenset[int] = frozenset()
    from_minute: int = 0
    until_minute: int = MINUTES_A_DAY

    def covers(self, at: LocalTime) -> bool:
        if self.from_minute < self.until_minute:
            return self._is_on(at.weekday) and self.from_minute <= at.minute < self.until_minute
        if at.minute >= self.from_minute:
            return self._is_on(at.weekday)
        return at.minute < self.until_minute and self._is_on((at.weekday - 1) % 7)

    @property
    def shown(self) -> str:
        """``Monday to Friday, 09:00 to 17:30``."""
        days = _days_shown(self.days)
        if self.from_minute == 0 and self.until_minute == MINUTES_A_DAY:
            return days or "every day"
        over_midnight = " the next day" if self.until_minute <= self.from_minute else ""
        hours = f"{clock_time(self.from_minute)} to {clock_time(self.until_minute)}{over_midnight}"
        return f"{days}, {hours}" if days else hours

    def _is_on(self, weekday: int) -> bool:
        return not self.days or weekday in self.days


def clock_time(minute: int) -> str:
    """``09:30``; the end of the day is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _days_shown(days: frozenset[int]) -> str:
    """Empty for every day."""
    if not days or len(days) == len(DAYS):
        return ""
    in_order = sorted(days)
    names = [DAY_NAMES[day] for day in in_order]
    if len(names) > 2 and in_order[-1] - in_order[0] == len(names) - 1:
        return f"{names[0]} to {names[-1]}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
