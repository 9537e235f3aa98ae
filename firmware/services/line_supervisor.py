"""The dispatcher: the one thread that lets the lines work, steps the calls and keeps time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from firmware.core.line import LineHealth, LineState
from firmware.ports.clock import Clock
from firmware.ports.line_tap import LineTap
from firmware.services.call_control import CallControl

_LOG = logging.getLogger(__name__)

# How long the tap may sleep: timers, the page's wishes and the once-a-second work wait at most this long.
POLL_MS = 10
# No multiple of the bridge's 20 ms: what is looked at once a second is seen at every point of that beat.
SECOND_S = 1.007
GOODBYE_S = 3.0


class LineSupervisor:
    """Runs the lines until told to stop.

    Args:
        tap: the lines.
        control: the calls.
        clock: for the once-a-second work.
        heartbeat: called once a second from the dispatcher's thread: the sign that it is alive.
    """

    def __init__(
        self, tap: LineTap, control: CallControl, clock: Clock, heartbeat: Callable[[], None] = lambda: None
    ) -> None:
        self._tap = tap
        self._control = control
        self._clock = clock
        self._heartbeat = heartbeat
        self._health: tuple[LineHealth, ...] = ()
        self._recorder_connected = False

    def health(self) -> dict[str, Any]:
        """How the lines are, as JSON values. Any thread."""
        return {
            "state": _overall({line.state for line in self._health}),
            "lines": [
                {
                    "name": line.name,
                    "kind": line.kind,
                    "state": line.state,
                    "registered": line.registered,
                    "attention": list(line.attention),
                }
                for line in self._health
            ],
            "recorder_connected": self._recorder_connected,
            "calls": len(self._control.snapshot()),
        }

    def run(self, stop_asked: Callable[[], bool]) -> None:
        """Work until ``stop_asked``, then say goodbye on every leg. The thread that called ``tap.start``."""
        next_second_s = self._clock.monotonic_s() + SECOND_S
        while not stop_asked():
            self.turn()
            now_s = self._clock.monotonic_s()
            if now_s >= next_second_s:
                # After a stall (a suspended machine) one catch-up is enough.
                next_second_s = max(next_second_s + SECOND_S, now_s)
                self.attend()
        self.say_goodbye()

    def turn(self) -> None:
        """One turn of the dispatcher."""
        for stamped in self._tap.poll(POLL_MS):
            self._control.take(stamped)
        self._control.attend()

    def attend(self) -> None:
        """The once-a-second work."""
        self._tap.attend()
        self._health = tuple(self._tap.health())
        self._recorder_connected = self._tap.recorder_connected()
        self._heartbeat()

    def say_goodbye(self) -> None:
        """End every call and give the other sides a moment to hear of it."""
        if len(self._control):
            _LOG.info("stopping with %d calls in progress; ending them", len(self._control))
        self._control.end_all("the box was stopped")
        give_up_s = self._clock.monotonic_s() + GOODBYE_S
        while len(self._control) and self._clock.monotonic_s() < give_up_s:
            self.turn()


def _overall(states: set[LineState]) -> LineState:
    """The worst state of any line is the process's."""
    order: tuple[LineState, ...] = ("stopped", "degraded", "starting")
    return next((state for state in order if state in states), "working")
