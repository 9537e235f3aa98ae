"""Follows one process's event stream for ever, through its restarts."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firmware.adapters.control.client import ControlClient, RequestRefused
from firmware.core.errors import ServiceAway

_AGAIN_AFTER_S = 0.3
_SILENCE_S = 5.0  # heartbeats come each second; silence itself is judged elsewhere


@dataclass(frozen=True)
class StreamOpened:
    """A new stream begins: what it tells first is everything that holds now."""

    process: str


@dataclass(frozen=True)
class StreamSaid:
    """One event."""

    process: str
    kind: str
    data: Mapping[str, Any]


Heard = StreamOpened | StreamSaid


class StreamFollower:
    """A thread that puts what it hears into a queue.

    Args:
        process: the process's name, for those who read the queue.
        client: of its control socket.
        heard: the queue; several followers may share one.
    """

    def __init__(self, process: str, client: ControlClient, heard: queue.SimpleQueue[Heard]) -> None:
        self._process = process
        self._client = client
        self._heard = heard
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"follow-{process}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does at the next event. Does not wait."""
        self._stop.set()

    def _follow(self) -> None:
        while not self._stop.is_set():
            # Away or restarting: whoever reads the queue notices the silence.
            with contextlib.suppress(ServiceAway, RequestRefused):
                self._listen()
            self._stop.wait(_AGAIN_AFTER_S)

    def _listen(self) -> None:
        opened = False
        for event in self._client.events(silence_s=_SILENCE_S):
            if self._stop.is_set():
                return
            if not opened:
                opened = True
                self._heard.put(StreamOpened(self._process))
            self._heard.put(StreamSaid(self._process, event.kind, event.data))
