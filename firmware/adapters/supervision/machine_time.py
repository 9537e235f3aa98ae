"""Both clocks of this machine, and which of its starts this is."""

from __future__ import annotations

import time
from pathlib import Path

from firmware.core.clock_doubt import Moment
from firmware.ports.clock import Clock

_START = Path("/proc/sys/kernel/random/boot_id")


class KernelTime:
    """The ``MachineTime`` of a Linux machine."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = _START.read_text().strip()

    def now(self) -> Moment:
        since_start_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        return Moment(self._clock.wall_ms(), since_start_ms, self._start, self._clock.is_set())
