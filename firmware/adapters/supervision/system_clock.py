"""The machine's own clocks."""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from pathlib import Path

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised


class SystemClock:
    """The :class:`~firmware.ports.clock.Clock` of this machine. Any thread may use it."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def is_set(self) -> bool:
        """True once the kernel's clock is disciplined, or systemd-timesyncd has set it since the start."""
        return Path("/run/systemd/timesync/synchronized").exists() or _kernel_clock_is_synchronised()


def _kernel_clock_is_synchronised() -> bool:
    """Ask adjtimex(2) without changing anything (modes = 0)."""
    library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    timex = ctypes.create_string_buffer(512)  # larger than struct timex on every architecture; zeroed, so modes = 0
    state: int = library.adjtimex(timex)
    return 0 <= state < _TIME_ERROR
