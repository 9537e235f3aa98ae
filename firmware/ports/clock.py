"""Time, asked of somebody else so that tests can say what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Moment:
    """One moment by both clocks: Unix milliseconds, and the clock that never jumps."""

    wall_ms: int
    monotonic_s: float


class Clock(Protocol):
    """Two clocks: one that never jumps, for durations, and one that people read."""

    def monotonic_s(self) -> float:
        """Seconds since some fixed moment; never goes back and is not moved when the time is set."""
        ...

    def wall_ms(self) -> int:
        """Unix time in milliseconds, UTC."""
        ...

    def is_set(self) -> bool:
        """Whether the wall clock was set from outside since the machine started (a Pi has no battery of its own)."""
        ...
