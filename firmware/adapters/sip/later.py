"""What is to be done in the dispatcher's thread, outside the library's callbacks: soon, or a while later."""

from __future__ import annotations

import heapq
import itertools
import queue
from collections.abc import Callable
from functools import partial

from firmware.ports.clock import Clock

Deed = Callable[[], None]
# pjmedia may still be telling that a player came to its end when the player is no longer wanted.
_REST_S = 2.0


class Later:
    """Deeds waiting for their time. ``soon`` may be called from any thread, the rest from the dispatcher's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._soon: queue.SimpleQueue[Deed] = queue.SimpleQueue()
        self._waiting: list[tuple[float, int, Deed]] = []
        self._numbers = itertools.count()

    def soon(self, deed: Deed) -> None:
        """Have it done at the next poll."""
        self._soon.put(deed)

    def after(self, seconds: float, deed: Deed) -> None:
        heapq.heappush(self._waiting, (self._clock.monotonic_s() + seconds, next(self._numbers), deed))

    def lay_to_rest(self, source: object) -> None:
        """Let go of something that made sound, once the library has surely done with it."""
        self.after(_REST_S, partial(_drop, source))

    def attend(self) -> None:
        """Do what is due. What it brings about is done at the next call."""
        for _ in range(self._soon.qsize()):
            self._soon.get()()
        now_s = self._clock.monotonic_s()
        while self._waiting and self._waiting[0][0] <= now_s:
            heapq.heappop(self._waiting)[2]()

    def forget(self) -> None:
        """Nothing of it is wanted any more."""
        self._waiting.clear()
        while not self._soon.empty():
            self._soon.get()


def _drop(source: object) -> None:
    """Nothing to do: the last reference goes with the deed."""
