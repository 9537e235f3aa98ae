"""What a shorter retention period takes earlier: at once, within the next days, and in all. Pure.

Recordings of today are left out, so that the numbers that somebody is asked to confirm stay true until midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

#: What "soon" means to who must confirm it.
SOON_DAYS = 30
_DAY_MS = 86_400_000

#: From the start of a recording (Unix ms) to the moment (Unix ms) from which it is no longer kept.
Expiry = Callable[[int], int]
#: From, to: starts of recordings (Unix ms), the last not included.
Starts = tuple[int, int]


@dataclass(frozen=True)
class Shortening:
    """How many recordings a shorter period takes: ``at_once``; so many more within ``SOON_DAYS`` (``soon``); and how
    many in all go ``sooner`` than they would have, those under a legal hold and those two included.
    """

    at_once: int
    soon: int
    sooner: int

    @property
    def words(self) -> str:
        return (
            f"would erase {self.at_once} recordings at once and {self.soon} more within {SOON_DAYS} days; in all "
            f"{self.sooner} would go sooner than now"
        )


@dataclass(frozen=True)
class ShortenedStarts:
    """When the recordings began that a shorter period takes, by the same three names."""

    at_once: Starts
    soon: Starts
    sooner: tuple[Starts, ...]


def shortened_starts(old: Expiry, new: Expiry, oldest_ms: int, now_ms: int, zone: tzinfo) -> ShortenedStarts:
    """``oldest_ms``: when the oldest recording began. Nobody who called later is kept less long by either period."""
    today = _midnight_ms(datetime.fromtimestamp(now_ms / 1000, zone).date(), zone)
    first = max(oldest_ms, _first_kept(old, now_ms))
    kept_now = _first_kept(new, now_ms)
    kept_soon = _first_kept(new, now_ms + SOON_DAYS * _DAY_MS)
    return ShortenedStarts(
        (first, min(kept_now, today)),
        (max(first, kept_now), min(kept_soon, today)),
        tuple(_sooner(old, new, first, today, zone)),
    )


def _sooner(old: Expiry, new: Expiry, first_ms: int, today_ms: int, zone: tzinfo) -> Iterator[Starts]:
    """Day by day, those that lie together as one: months differ, so the shorter period need not touch every day."""
    day, begun = datetime.fromtimestamp(first_ms / 1000, zone).date(), -1
    while (start := _midnight_ms(day, zone)) < today_ms:
        if new(start) < old(start):
            begun = max(start, first_ms) if begun < 0 else begun
        elif begun >= 0:
            yield begun, start
            begun = -1
        day += timedelta(days=1)
    if begun >= 0:
        yield begun, today_ms


def _first_kept(expires_at_ms: Expiry, at_ms: int) -> int:
    """The first start (Unix ms) whose recording is still kept at a moment."""
    low, high = 0, at_ms
    while low < high:
        middle = (low + high) // 2
        if expires_at_ms(middle) > at_ms:
            high = middle
        else:
            low = middle + 1
    return low


def _midnight_ms(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp() * 1000)
