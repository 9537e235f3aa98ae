"""Follow one process's event stream, across its restarts."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import closing

from firmware.adapters.control.client import ControlClient, Event
from firmware.core.errors import EarmarkError

_LOG = logging.getLogger(__name__)

_TRY_AGAIN_S = 0.3
_SILENT_S = 5.0  # heartbeats come every second


class EventFollower:
    """A thread that hands on every event of one control socket.

    Args:
        name: the thread's.
        client: the process's control socket.
        connected: called when the first event of a connection has come, before that event is handed on. What it asks of
            the process then is at least as new as that event, so nothing falls between.
        happened: called with each event.
        away: called when the connection is lost or cannot be made, again for each time that it is tried in vain.

    All three are called in the follower's own thread.
    """

    def __init__(
        self,
        name: str,
        client: ControlClient,
        connected: Callable[[], None],
        happened: Callable[[Event], None],
        away: Callable[[], None],
    ) -> None:
        self._client = client
        self._connected = connected
        self._happened = happened
        self._away = away
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so at the next heartbeat. Does not wait."""
        self._stop.set()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow_once()
            except EarmarkError as error:
                _LOG.debug("%s: %s", self._thread.name, error.what)
            if not self._stop.is_set():
                self._away()
                self._stop.wait(_TRY_AGAIN_S)

    def _follow_once(self) -> None:
        with closing(self._client.events(_SILENT_S)) as events:
            for number, event in enumerate(events):
                if self._stop.is_set():
                    return
                if number == 0:
                    self._connected()
                self._happened(event)
