"""When what the library tells reached the box.

What comes while nobody looks waits in a socket or in the library, and nothing there says since when. While the library
is looked after all the time, that is now. After a stall it may be any moment since the last look, and the first is
taken: a pause must count from when it was asked for, and what sounded beside a key is looked for where the key was.
"""

from __future__ import annotations

import math

from firmware.ports.clock import Clock, Moment

#: Longer than two looks take that wait for something to come, and well within what anybody hears.
STALL_S = 0.04
#: What has come meanwhile is dealt with in several looks. Where it never ends the box is busy, not late.
_CATCHES_UP_S = 0.5


class Arrivals:
    """For one thread, that looks after the library."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_s = self._looked_s = clock.monotonic_s()
        # Everything that had come by then has been dealt with.
        self._dealt_with_s = self._looked_s
        self._catching_up_until_s = 0.0

    def looks(self) -> None:
        """The library is about to be looked after."""
        self._began_s = self._clock.monotonic_s()

    def looked(self, found_something: bool) -> None:
        """It was; if nothing was found, nothing waits any more of what had come when that began.

        Not of what has come by now: the stall may have been between the look itself and this.
        """
        now_s = self._clock.monotonic_s()
        stalled = now_s - self._looked_s > STALL_S
        if stalled:
            self._catching_up_until_s = now_s + _CATCHES_UP_S
        if not found_something or now_s >= self._catching_up_until_s:
            self._dealt_with_s = self._began_s
        if not (found_something or stalled):
            self._catching_up_until_s = 0.0
        self._looked_s = now_s

    def moment(self) -> Moment:
        """The earliest that what is told now may have come."""
        now_s, wall_ms = self._clock.monotonic_s(), self._clock.wall_ms()
        waited_s = self._waited_s(now_s)
        return Moment(wall_ms - round(1000 * waited_s), now_s - waited_s)

    def waited_ms(self) -> int:
        """For how long what is told now may have waited, at most."""
        return math.ceil(1000 * self._waited_s(self._clock.monotonic_s()))

    def _waited_s(self, now_s: float) -> float:
        waited_s = now_s - self._dealt_with_s
        return 0.0 if waited_s <= STALL_S else waited_s
