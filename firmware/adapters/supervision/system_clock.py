"""The machine's own clocks."""

from __future__ import annotations

import time

from firmware.adapters.supervision.kernel_clock import KernelClock


class SystemClock:
    """The :class:`~firmware.ports.clock.Clock` of this machine. Any thread may use it."""

    def __init__(self) -> None:
        self._kernel = KernelClock()

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def is_set(self) -> bool:
        """True once the kernel's clock is disciplined, or systemd-timesyncd has set it since the start."""
        return self._kernel.quality().synchronised
