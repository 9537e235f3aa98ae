"""What the library told, until the dispatcher takes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from firmware.adapters.sip.arrivals import Arrivals
from firmware.ports.line_tap import CallHappening, CallOffered, Stamped

# Far above what a busy second brings; beyond it something is wrong that only a restart cures.
_MOST = 20_000


class TooManyEvents(RuntimeError):
    """The dispatcher does not keep up. Ends the process; its supervisor starts it again."""


class WaitingEvents:
    """For one thread, that looks after the library and dispatches."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._events: deque[Stamped] = deque()
        self._overrun = False

    def __bool__(self) -> bool:
        return bool(self._events)

    def put(self, what: CallOffered | CallHappening) -> None:
        """Stamped with when it may have come. Never raises: the library is in the middle of telling it."""
        if len(self._events) >= _MOST:
            self._overrun = True
            return
        self._events.append(Stamped(what, self._arrivals.moment()))

    def take(self) -> Sequence[Stamped]:
        """All that wait, oldest first. Raises TooManyEvents where some found no room."""
        if self._overrun:
            raise TooManyEvents(f"{_MOST} events wait to be dealt with")
        events = list(self._events)
        self._events.clear()
        return events

    def forget(self) -> None:
        self._events.clear()
