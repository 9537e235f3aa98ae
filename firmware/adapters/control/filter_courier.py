"""Takes to the box's own process what the packet filter is to drop, so that no call waits for it."""

from __future__ import annotations

import logging
import queue
import threading
from pathlib import Path

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.scanner_watch import Network

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 64
_ANSWER_WITHIN_S = 10.0


class FilterCourier:
    """A thread that begins with the first errand. Where there is no such process, as in a clone, nothing comes of it.

    What is too much to carry is left: the lines themselves do not hear those places either.
    """

    def __init__(self, box_socket: Path) -> None:
        self._box = ControlClient(box_socket, _ANSWER_WITHIN_S)
        self._errands: queue.Queue[tuple[Network, float] | None] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None

    def ask(self, place: Network, for_s: float) -> None:
        """Never waits. One thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="filter-courier", daemon=True)
            self._thread.start()
        try:
            self._errands.put_nowait((place, for_s))
        except queue.Full:
            _LOG.debug("%s is not taken to the packet filter: too many wait", place)

    def close(self) -> None:
        """What waits is left. Safe to call twice."""
        if self._thread is not None:
            while not self._errands.empty():
                self._errands.get_nowait()
            self._errands.put(None)
            self._thread.join(_ANSWER_WITHIN_S)
            self._thread = None

    def _run(self) -> None:
        while (errand := self._errands.get()) is not None:
            place, for_s = errand
            body = {"address": str(place.network_address), "seconds": round(for_s)}
            try:
                self._box.post("/block-address", body)
            except EarmarkError as error:
                _LOG.debug("the packet filter does not drop %s: %s", place, error)
