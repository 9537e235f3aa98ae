"""A clock for tests of whatever goes by time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class HandSetClock:
    """Shows what a test sets. ``now_s`` is since some moment, ``epoch_ms`` what people's clocks showed then."""

    now_s: float = 1000.0
    epoch_ms: int = 1_800_000_000_000
    set_from_network: bool = True

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_ms(self) -> int:
        return self.epoch_ms + int(self.now_s * 1000)

    def is_set(self) -> bool:
        return self.set_from_network
