"""When the disk will be full, told months ahead: what is recorded a day against what retention frees a day.

Day by day from today on: what was recorded lately goes on being recorded, in the same classes; what is there now goes
when its time is over; what is recorded from now on goes when its class's time is over. What else grows on the disk is
told by samples taken over weeks. All sizes in bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from itertools import pairwise

#: So far ahead it looks: a little beyond six years, by when even the standard class frees as much as it takes.
HORIZON_DAYS = 2400
#: The evidence line in which a person chose what a full disk means.
SPACE_CHOICE = "space-choice"
_DAY_MS = 86_400_000
_FEWEST_DAYS = 3
_MONTHS_FROM_DAYS = 70
_AHEAD_DAYS = 30


class Shortage(IntEnum):
    """How soon somebody must do something. Each is an alarm of its own."""

    NONE = 0
    IN_MONTHS = 1
    IN_WEEKS = 2
    IN_DAYS = 3
    NOW = 4

    @property
    def word(self) -> str:
        """As an evidence line says it."""
        return self.name.lower().replace("_", "-")


#: Full within so many days: which alarm.
_THRESHOLDS = ((14, Shortage.IN_DAYS), (60, Shortage.IN_WEEKS), (270, Shortage.IN_MONTHS))


@dataclass(frozen=True)
class SpaceSample:
    """The disk at one moment (Unix ms). ``recordings_bytes`` is what sealed files take of it."""

    taken_at_ms: int
    total_bytes: int
    free_bytes: int
    recordings_bytes: int
    recordings: int

    @property
    def other_bytes(self) -> int:
        return self.total_bytes - self.free_bytes - self.recordings_bytes


@dataclass(frozen=True)
class Outlook:
    """What a forecast is made of.

    Args:
        a_day: bytes recorded a day, by retention class.
        kept_days: for how many days each class keeps; a class that is not named keeps for ever.
        freed: bytes of what is there now whose time is over in so many days (0: today), holds taken into account.
        other_a_day: by how much everything else on the disk grows a day.
    """

    a_day: Mapping[str, float] = field(default_factory=dict)
    kept_days: Mapping[str, int] = field(default_factory=dict)
    freed: Mapping[int, int] = field(default_factory=dict)
    other_a_day: float = 0.0


@dataclass(frozen=True)
class SpaceForecast:
    """``full_in_days`` is None when the disk lasts as far as anybody can see; ``needed_bytes`` is the room that keeping
    everything for its time takes at most, the reserve included; ``fullest_in_days`` when that is. ``ahead``: bytes in
    use in so many days, a month apart, were the disk large enough."""

    now: SpaceSample
    reserve_bytes: int
    a_day: float
    full_in_days: int | None
    needed_bytes: int
    fullest_in_days: int
    ahead: tuple[tuple[int, int], ...] = ()

    @property
    def shortage(self) -> Shortage:
        if self.now.free_bytes < self.reserve_bytes:
            return Shortage.NOW
        if self.full_in_days is None:
            return Shortage.NONE
        return next((level for days, level in _THRESHOLDS if self.full_in_days <= days), Shortage.NONE)

    def words(self, today: date) -> str:
        """The forecast in one or two sentences."""
        if self.now.free_bytes < self.reserve_bytes:
            return f"The disk is full: {size(self.now.free_bytes)} are left, and {size(self.reserve_bytes)} are kept."
        if self.a_day <= 0:
            return f"Nothing was recorded lately: {size(self.now.free_bytes)} are left."
        takes = f"Recording takes about {size(round(self.a_day * 30))} a month"
        if self.full_in_days is None:
            return f"{takes}. The disk is large enough for what is to be kept: {self._fullest(today)}"
        on = today + timedelta(days=self.full_in_days)
        return (
            f"{takes}. At that rate the disk is full in about {_span(self.full_in_days)} ({on:%B %Y}). To keep "
            f"everything for its time takes {size(self.needed_bytes)}; it has {size(self.now.total_bytes)}."
        )

    def _fullest(self, today: date) -> str:
        on = today + timedelta(days=self.fullest_in_days)
        return f"at most {size(self.needed_bytes)} of {size(self.now.total_bytes)}, about {on:%B %Y}."


def forecast(now: SpaceSample, outlook: Outlook, reserve_bytes: int) -> SpaceForecast:
    """Look ahead from ``now``."""
    used, full_in_days = float(now.total_bytes - now.free_bytes), None
    needed, fullest = used, 0
    room = now.total_bytes - reserve_bytes
    ahead: list[tuple[int, int]] = []
    for day in range(HORIZON_DAYS):
        used += sum(_growth(outlook, day)) - outlook.freed.get(day, 0)
        if used > needed:
            needed, fullest = used, day
        if full_in_days is None and used >= room:
            full_in_days = day
        if day % _AHEAD_DAYS == _AHEAD_DAYS - 1:
            ahead.append((day + 1, round(used)))
    a_day = sum(outlook.a_day.values())
    return SpaceForecast(now, reserve_bytes, a_day, full_in_days, round(needed) + reserve_bytes, fullest, tuple(ahead))


def _growth(outlook: Outlook, day: int) -> Iterable[float]:
    """What a day adds; of a class whose first recordings of this forecast are going by then, nothing any more."""
    yield outlook.other_a_day
    for name, a_day in outlook.a_day.items():
        if day < outlook.kept_days.get(name, HORIZON_DAYS):
            yield a_day


def growth_of_others(samples: Sequence[SpaceSample]) -> float:
    """By how many bytes a day everything but recordings grows: the middle one of the rates between samples.

    A single jump (an update, a file copied here once) is no growth, and shrinking is not relied on.
    """
    ordered = sorted(samples, key=lambda sample: sample.taken_at_ms)
    if not ordered or ordered[-1].taken_at_ms - ordered[0].taken_at_ms < _FEWEST_DAYS * _DAY_MS:
        return 0.0
    rates = sorted(
        (later.other_bytes - earlier.other_bytes) * _DAY_MS / (later.taken_at_ms - earlier.taken_at_ms)
        for earlier, later in pairwise(ordered)
        if later.taken_at_ms > earlier.taken_at_ms and later.total_bytes == earlier.total_bytes
    )
    return max(0.0, rates[len(rates) // 2]) if rates else 0.0


def size(count: int) -> str:
    """``1.4 TB``, ``12 GB``, ``300 MB``: as disks are sold, in thousands."""
    for unit, name in ((10**12, "TB"), (10**9, "GB")):
        if count >= unit:
            shown = count / unit
            return f"{shown:.1f} {name}" if shown < 10 else f"{shown:.0f} {name}"
    return f"{count // 10**6} MB" if count >= 10**6 or not count else "less than 1 MB"


def _span(days: int) -> str:
    if days >= _MONTHS_FROM_DAYS:
        return f"{round(days / 30.44)} months"
    return f"{days // 7} weeks" if days >= 14 else f"{days} day{'' if days == 1 else 's'}"
