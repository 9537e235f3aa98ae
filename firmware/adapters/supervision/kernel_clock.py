"""How well this machine's wall clock is known, by the kernel's own account of it: read, never set."""

from __future__ import annotations

import ctypes
import ctypes.util
from pathlib import Path

from firmware.core.clock_quality import ClockQuality, TimeSource

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_STA_UNSYNC = 0x0040
_SYSTEM = Path("/")
# As systemd-timesyncd says it (systemd-timesyncd.service(8)), for processes that may not ask the kernel.
_SET_BY_TIMESYNCD = Path("run/systemd/timesync/synchronized")
_CLOCKS = Path("sys/class/rtc")


class _Timex(ctypes.Structure):
    """The beginning of struct timex, adjtimex(2); what follows is room for the rest of it on any architecture."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 400),
    ]


class KernelClock:
    """Any thread. ``root`` is where the machine's file system begins."""

    def __init__(self, root: Path = _SYSTEM) -> None:
        self._root = root
        self._library = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)

    def quality(self) -> ClockQuality:
        """Asked of the kernel without changing anything (modes = 0)."""
        timex = _Timex()
        state: int = self._library.adjtimex(ctypes.byref(timex))
        if state < 0:  # a sandbox that forbids even asking
            return self._judged(self._set_by_timesyncd(), None)
        in_step = state < _TIME_ERROR and not timex.status & _STA_UNSYNC
        if in_step:
            return self._judged(True, -(-timex.maxerror // 1000))
        return self._judged(self._set_by_timesyncd(), None)

    def _judged(self, synchronised: bool, error_ms: int | None) -> ClockQuality:
        own: TimeSource = "own clock" if self._keeps_time_when_off() else "nothing"
        return ClockQuality(synchronised, "network" if synchronised else own, error_ms)

    def _set_by_timesyncd(self) -> bool:
        return (self._root / _SET_BY_TIMESYNCD).exists()

    def _keeps_time_when_off(self) -> bool:
        """A clock on a battery, from which the kernel took the time when it started."""
        for clock in (self._root / _CLOCKS).glob("rtc*"):
            try:
                if (clock / "hctosys").read_text().strip() == "1":
                    return True
            except OSError:
                continue
        return False
