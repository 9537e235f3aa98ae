"""When the office is open: weekly hours and dated holidays, by the clock on its wall.

Hours are what a sign on the door says, and the sign does not change when clocks do: see ``local_time``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from firmware.core.local_time import DAY_NAMES, MINUTES_A_DAY, LocalTime

_SPAN = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)", re.ASCII)


@dataclass(frozen=True)
class OpenSpan:
    """Open from one minute of the day (0 to 1439) until before another (1 to 1440).

    One that ends before it starts runs over midnight and belongs to the day on which it starts.
    """

    start: int
    until: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < MINUTES_A_DAY and 0 < self.until <= MINUTES_A_DAY and self.start != self.until):
            raise ValueError("hours begin and end at different minutes of the day")

    @classmethod
    def parse(cls, text: str) -> OpenSpan:
        """``09:00-17:30``, ``22:00-02:00`` (into the next day) or ``00:00-24:00``.

        Raises:
            ValueError: it is none of these.
        """
        match = _SPAN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is not a time from and a time until, such as 09:00-17:30")
        start, until = _minute(text, match[1], match[2]), _minute(text, match[3], match[4]) or MINUTES_A_DAY
        if start == until:
            raise ValueError(f"{text!r} begins and ends at the same minute; all day is 00:00-24:00")
        if start == MINUTES_A_DAY:
            raise ValueError(f"{text!r} begins when its day is over; write 00:00, on the next day")
        return cls(start, until)

    def covers(self, minute: int) -> bool:
        """Whether it is open at this minute of the day it starts on."""
        return self.start <= minute and (self.until < self.start or minute < self.until)

    def covers_next_day(self, minute: int) -> bool:
        """Whether it is still open at this minute of the day after."""
        return minute < self.until < self.start


@dataclass(frozen=True)
class Holiday:
    """A day with hours of its own, without any closed all day. ``name`` is shown to people."""

    name: str
    spans: tuple[OpenSpan, ...] = ()


@dataclass(frozen=True)
class OpenOrClosed:
    """Whether the office is open, and what says so in words for a person."""

    open: bool
    why: str


@dataclass(frozen=True)
class OfficeHours:
    """The hours of each day of the week, Monday first, and holidays by ISO date, which replace their day's hours.

    What began on the evening before a holiday goes on until its end.
    """

    weekly: tuple[tuple[OpenSpan, ...], ...]
    holidays: Mapping[str, Holiday] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.weekly) != len(DAY_NAMES):
            raise ValueError("a week has seven days")

    def at(self, local: LocalTime) -> OpenOrClosed:
        """How it is at a moment."""
        today = date.fromisoformat(local.date)
        yesterday = today - timedelta(days=1)
        if any(span.covers(local.minute) for span in self._spans(today)):
            return OpenOrClosed(True, self._words(today))
        if any(span.covers_next_day(local.minute) for span in self._spans(yesterday)):
            return OpenOrClosed(True, self._words(yesterday))
        return OpenOrClosed(False, self._words(today))

    def _spans(self, day: date) -> tuple[OpenSpan, ...]:
        holiday = self.holidays.get(day.isoformat())
        return self.weekly[day.weekday()] if holiday is None else holiday.spans

    def _words(self, day: date) -> str:
        holiday = self.holidays.get(day.isoformat())
        return f"hours of {DAY_NAMES[day.weekday()]}" if holiday is None else f"holiday: {holiday.name}"


def _minute(text: str, hour: str, minute: str) -> int:
    result = int(hour) * 60 + int(minute)
    if int(minute) > 59 or result > MINUTES_A_DAY:
        raise ValueError(f"{text!r} has a time that no clock shows")
    return result
