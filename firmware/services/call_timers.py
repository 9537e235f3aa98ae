"""The timers of calls: each call has at most one of each name, and one started anew takes the place of the old."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator

from firmware.core.events import Timer
from firmware.ports.clock import Clock


class CallTimers:
    """For one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._alarms: list[tuple[float, int, str, Timer]] = []
        self._current: dict[tuple[str, Timer], int] = {}
        self._numbers = itertools.count()

    def start(self, call_id: str, timer: Timer, after_ms: int) -> None:
        number = next(self._numbers)
        self._current[call_id, timer] = number
        heapq.heappush(self._alarms, (self._clock.monotonic_s() + after_ms / 1000, number, call_id, timer))

    def cancel(self, call_id: str, timer: Timer) -> None:
        self._current.pop((call_id, timer), None)

    def due(self) -> Iterator[tuple[str, Timer]]:
        """The timers whose time has come, each told once. What is started meanwhile is seen too."""
        now_s = self._clock.monotonic_s()
        while self._alarms and self._alarms[0][0] <= now_s:
            _, number, call_id, timer = heapq.heappop(self._alarms)
            # A timer started anew or cancelled leaves its old alarm behind.
            if self._current.get((call_id, timer)) == number:
                del self._current[call_id, timer]
                yield call_id, timer
