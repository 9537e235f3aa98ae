"""When what the library tells reached the box.

What comes while nobody looks waits in a socket or in the library, and nothing there says since when. While the library
is looked after all the time, that is now. After a stall it may be any moment since the last look, and the first is
taken: a pause must count from when it was asked for.
"""

from __future__ import annotations

from firmware.ports.clock import Clock, Moment

#: Longer than a look takes that waits for something to come, and well within what anybody hears.
STALL_S = 0.03
#: What has come meanwhile is dealt with in several looks. Where it never ends the box is busy, not late.
_CATCHES_UP_S = 0.5


class Arrivals:
    """For one thread, that looks after the library."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked_s = clock.monotonic_s()
        # Everything that had come by then has been dealt with.
        self._dealt_with_s = self._looked_s
        self._catching_up_until_s = 0.0

    def looked(self, found_something: bool) -> None:
        """The library was just looked after; if nothing was found, nothing waits any more."""
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s > STALL_S:
            self._catching_up_until_s = now_s + _CATCHES_UP_S
        if not found_something or now_s >= self._catching_up_until_s:
            self._dealt_with_s = now_s
            self._catching_up_until_s = 0.0
        self._looked_s = now_s

    def moment(self) -> Moment:
        """The earliest that what is told now may have come."""
        now_s, wall_ms = self._clock.monotonic_s(), self._clock.wall_ms()
        if now_s - self._dealt_with_s <= STALL_S:
            return Moment(wall_ms, now_s)
        return Moment(wall_ms - round(1000 * (now_s - self._dealt_with_s)), self._dealt_with_s)
