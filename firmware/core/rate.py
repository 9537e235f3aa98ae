"""How often something may be asked: so many at once, and then so many a second (a token bucket)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Rate:
    at_once: int
    a_second: float


@dataclass(frozen=True)
class Allowance:
    """What is left at a moment, by a clock that never jumps."""

    left: float
    at_s: float

    @classmethod
    def whole(cls, rate: Rate, now_s: float) -> Allowance:
        return cls(float(rate.at_once), now_s)

    def take(self, rate: Rate, now_s: float) -> tuple[Allowance, float]:
        """One is asked for. What is left then, and in how many seconds to ask again; 0: it may be had now."""
        passed_s = max(0.0, now_s - self.at_s)
        left = min(float(rate.at_once), self.left + passed_s * rate.a_second)
        if left >= 1.0:
            return replace(self, left=left - 1.0, at_s=now_s), 0.0
        return replace(self, left=left, at_s=now_s), (1.0 - left) / rate.a_second
