"""The keeper's duty of erasing: what its time is over for, and what somebody has ordered."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.ports.erasing import ErasureTables
from firmware.services.clock_watch import ClockWatch
from firmware.services.erasing import Erasing
from firmware.services.retention_classes import ClassesInEffect

_ORDERED_AT_ONCE = 500


class RetentionSweep:
    """A ``KeeperTask``. Orders of people are carried out whatever the clock shows; expiry only while it is believed."""

    name = "retention and erasure"
    every_s = 60.0

    def __init__(self, clock: ClockWatch, classes: ClassesInEffect, tables: ErasureTables, erasing: Erasing) -> None:
        self._clock = clock
        self._classes = classes
        self._tables = tables
        self._erasing = erasing
        self._doubt = ""

    @property
    def attention(self) -> Sequence[str]:
        if not self._doubt:
            return self._classes.attention
        return (
            f"The box's clock is not believed: {self._doubt}. Nothing is erased by it. Set the clock right; if it is "
            "right: earmark retention trust-clock",
            *self._classes.attention,
        )

    def run(self, now_ms: int) -> None:
        self._doubt = self._clock.doubt()
        if not self._doubt:
            self._classes.take_in(now_ms)
            while self._tables.order_expired(now_ms, _ORDERED_AT_ONCE):
                self._erasing.carry_out(now_ms)
        self._erasing.carry_out(now_ms)
