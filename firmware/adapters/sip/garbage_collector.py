"""Python's garbage collector, kept to one thread.

Left to itself it runs in whichever thread happens to make an object. What pjsua2 made must be ended by the thread that
made it, and a player or a port in a forgotten circle of references would be ended by a thread that serves the page.
"""

from __future__ import annotations

import gc

from firmware.ports.clock import Clock

_YOUNG = 1
_ALL_EVERY_S = 60.0


class GarbageCollector:
    """Collects in the thread that calls it. What is there when it takes over stays for as long as the process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all_due_s = 0.0

    def take_over(self) -> None:
        """From now on nothing is collected but here."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._all_due_s = self._clock.monotonic_s() + _ALL_EVERY_S

    def attend(self) -> None:
        """Collect what has come together. Call about once a second."""
        now_s = self._clock.monotonic_s()
        if now_s >= self._all_due_s:
            self._all_due_s = now_s + _ALL_EVERY_S
            gc.collect()
        else:
            gc.collect(_YOUNG)
