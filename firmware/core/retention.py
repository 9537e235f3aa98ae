"""How long recordings are kept: periods by the calendar, classes of recordings, and what a regulated class forbids.

A recording is kept through the whole of the day that bears the same date when the period is over, by the office's
clock: one of 22 November 2026 that is kept six years is kept through 22 November 2032, whenever in the day it was
made. Where there is no such date (29 February, the 31st of a shorter month) the month's last day takes its place, as
the corresponding-date rule has it (Dodds v Walker [1981] UKHL 4).

A regulated class is one that a regulator prescribes (in the United Kingdom, FCA Handbook SYSC 10A.1.6 and 10A.1.13:
five years, seven where the FCA asks): whatever would let such a call go unrecorded, or be kept shorter, is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property

from firmware.core.recording_decision import RecordingMode

STANDARD = "standard"
#: Of a recording whose class was lost with its row. No settings say how long it keeps, so it stays until somebody does.
UNKNOWN = "unknown"
#: In an evidence line of a changed class: which class a recording was given by hand.
CLASS = "class"
CLASS_CHANGED = "retention-changed"
_LEAP_CYCLE_DAYS = 4 * 365 + 1
_SOME_DAY = date(2024, 1, 1)
_LAST_YEAR = 9000  # beyond it no date can be reckoned with


@dataclass(frozen=True)
class Period:
    """Years and months by the calendar, then days. Raises ValueError when it is none at all, or not to be reckoned."""

    years: int = 0
    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if min(self.years, self.months, self.days) < 0 or max(self.years, self.months, self.days) == 0:
            raise ValueError("a period is some years, months or days")

    def after(self, day: date) -> date:
        """The date on which the period that began on ``day`` is over."""
        months = (day.year + self.years) * 12 + day.month - 1 + self.months
        year, month = months // 12, months % 12 + 1
        if year > _LAST_YEAR:
            raise ValueError("a period that long cannot be reckoned")
        return date(year, month, min(day.day, _days_in(year, month))) + timedelta(days=self.days)

    def is_shorter_than(self, other: Period) -> bool:
        """Whether some recording would be kept shorter by it: months differ, so every day of a leap cycle is tried."""
        days = (_SOME_DAY + timedelta(days=number) for number in range(_LEAP_CYCLE_DAYS))
        return any(self.after(day) < other.after(day) for day in days)

    @property
    def shown(self) -> str:
        """``6 years``; ``1 year and 180 days``."""
        counted = [
            (self.years, f"{self.years} year" if self.years == 1 else f"{self.years} years"),
            (self.months, f"{self.months} month" if self.months == 1 else f"{self.months} months"),
            (self.days, f"{self.days} day" if self.days == 1 else f"{self.days} days"),
        ]
        parts = [words for number, words in counted if number]
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


@dataclass(frozen=True)
class RetentionClass:
    """One class of recordings, by its name in the rules."""

    name: str
    period: Period
    regulated: bool = False

    def expires_at_ms(self, started_at_ms: int, zone: tzinfo) -> int:
        """The first moment (Unix ms) at which a recording that began then is no longer kept."""
        return _start_of_day_ms(self.last_day(started_at_ms, zone) + timedelta(days=1), zone)

    def last_day(self, started_at_ms: int, zone: tzinfo) -> date:
        """The last day, by the office's clock, through which such a recording is kept."""
        return self.period.after(datetime.fromtimestamp(started_at_ms / 1000, zone).date())


SIX_YEARS = RetentionClass(STANDARD, Period(years=6))


@dataclass(frozen=True)
class RetentionClasses:
    """All classes of an office. There is always a standard one; where none was set it keeps six years."""

    given: tuple[RetentionClass, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, RetentionClass]:
        return {STANDARD: SIX_YEARS} | {each.name: each for each in self.given}

    def find(self, name: str) -> RetentionClass | None:
        return self.by_name.get(name)

    @property
    def regulated(self) -> frozenset[str]:
        """The names of those that are."""
        return frozenset(name for name, each in self.by_name.items() if each.regulated)


def why_not_in_regulated(mode: RecordingMode, share: float = 1.0) -> str:
    """Why calls of a regulated class may not be treated so; empty when they may."""
    if mode == "never":
        return "its calls must be recorded, so never is not possible"
    if mode == "on_demand":
        return "its calls must be recorded from their beginning, so on_demand is not possible"
    if share < 1:
        return "all its calls must be recorded, so a share of them is not possible"
    return ""


def why_not_change(now: RetentionClass, wanted: RetentionClass, held: bool) -> str:
    """Why a recording may not be moved by hand from one class to another; empty when it may.

    Longer is always possible. Shorter is not for a regulated recording, nor for one under a legal hold.
    """
    if not wanted.period.is_shorter_than(now.period):
        leaves = now.regulated and not wanted.regulated
        return f"It is of the regulated class {now.name} and must stay in a regulated one." if leaves else ""
    if now.regulated:
        return f"It is of the regulated class {now.name}, which may not be shortened."
    return "It is under a legal hold: nothing about it may be shortened." if held else ""


def why_not_erase(
    kept_as: RetentionClass | None, expires_at_ms: int | None, held_for: Iterable[str], now_ms: int
) -> str:
    """Why a recording may not be erased on somebody's request before its time; empty when it may."""
    purposes = sorted(held_for)
    if purposes:
        return f"It is under a legal hold: {'; '.join(purposes)}."
    if kept_as is not None and kept_as.regulated and (expires_at_ms is None or expires_at_ms > now_ms):
        return f"It is of the regulated class {kept_as.name} and must be kept until its time is over."
    return ""


def _start_of_day_ms(day: date, zone: tzinfo) -> int:
    """Where the clock is put forward at midnight, the day begins an hour late; the offset before it says when."""
    return int(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC).timestamp() * 1000)


def _days_in(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day
