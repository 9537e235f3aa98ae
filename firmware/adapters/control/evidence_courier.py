"""Takes evidence entries to the recorder behind the back of whoever made them, in order, however long it is away.

Each gets an id of its own. One that the recorder took without the courier hearing of it is brought again, and by its id
the recorder knows that it has it.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from firmware.core.errors import EarmarkError, ServiceAway, StorageError
from firmware.core.evidence_chain import ENTRY_ID
from firmware.ports.listening_keys import EvidenceDesk

_LOG = logging.getLogger(__name__)
_MOST_WAITING = 1000
_AGAIN_AFTER_S = 2.0

_Entry = tuple[str, Mapping[str, str], Mapping[str, Any]]


class EvidenceCourier:
    """A thread with a bounded bag. What does not fit in is counted, and the count is entered when it can be.

    Args:
        desk: where the entries go.
    """

    def __init__(self, desk: EvidenceDesk, again_after_s: float = _AGAIN_AFTER_S) -> None:
        self._desk = desk
        self._again_after_s = again_after_s
        self._changed = threading.Condition()
        self._waiting: deque[_Entry] = deque()
        self._lost = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._carry, name="evidence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Deliver what waits, if the recorder takes it now, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        """Hand an entry over. Any thread; never waits for the recorder."""
        with self._changed:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append((kind, {**subject, ENTRY_ID: secrets.token_hex(8)}, detail))
            else:
                self._lost += 1
            self._changed.notify()

    def _carry(self) -> None:
        away = last = False
        while not last:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
                last = self._stopping
            was_away, away = away, not self._deliver_all(told_of=away)
            if was_away and not away:
                _LOG.info("the evidence entries that waited are written")
            if away and not last:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, self._again_after_s)

    def _deliver_all(self, told_of: bool) -> bool:
        """False: the recorder does not take them now."""
        while (entry := self._next()) is not None:
            try:
                self._desk.enter(*entry)
            except (ServiceAway, StorageError) as error:
                if not told_of:
                    _LOG.warning("evidence entries wait: %s", error.what)
                return False
            except EarmarkError as error:
                _LOG.error("an evidence entry (%s) was not taken: %s", entry[0], error)
            self._delivered(entry)
        return True

    def _next(self) -> _Entry | None:
        with self._changed:
            if self._waiting:
                return self._waiting[0]
            return ("entries-lost", {}, {"count": self._lost}) if self._lost else None

    def _delivered(self, entry: _Entry) -> None:
        with self._changed:
            if self._waiting and self._waiting[0] is entry:
                self._waiting.popleft()
            else:
                self._lost -= int(entry[2]["count"])
