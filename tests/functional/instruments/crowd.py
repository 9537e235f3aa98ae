"""What a crowded machine adds to what is measured: the time that a process was ready to run and others ran instead."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path


def kept_waiting_s(pid: int) -> float:
    """Of all a process's threads together, since each began (/proc/PID/task/TID/schedstat; 0 where there is none)."""
    return sum(_waited_s(task) for task in Path(f"/proc/{pid}/task").iterdir())


def _waited_s(task: Path) -> float:
    with contextlib.suppress(OSError):  # the thread has ended meanwhile
        return int((task / "schedstat").read_text().split()[1]) / 1e9
    return 0.0


class Stopwatch:
    """Seconds from a moment on, without those that the process ``pid`` or the test's own thread was kept waiting."""

    def __init__(self, pid: int, since: float | None = None) -> None:
        self._pid = pid
        self._since = time.monotonic() if since is None else since
        self._waited_before = self._waited()

    def took_s(self) -> float:
        return time.monotonic() - self._since - (self._waited() - self._waited_before)

    def _waited(self) -> float:
        return kept_waiting_s(self._pid) + _waited_s(Path(f"/proc/self/task/{threading.get_native_id()}"))
