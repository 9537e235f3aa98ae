"""Keeps the opener's evidence entries in order while the recorder is away; nothing opens before they are written."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from firmware.core.errors import EarmarkError
from firmware.core.evidence_chain import ENTRY_ID
from firmware.ports.listening_keys import EvidenceDesk

_LOG = logging.getLogger(__name__)
_MOST_WAITING_ENTRIES = 1000


class PatientEvidence:
    """Entries by way of an ``EvidenceDesk``. Any thread."""

    def __init__(self, desk: EvidenceDesk) -> None:
        self._desk = desk
        self._delivering = threading.Lock()
        self._waiting: deque[tuple[str, Mapping[str, str], Mapping[str, Any]]] = deque()
        self._lost = 0
        self._away = False

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Write what waits, then this. Raises as ``EvidenceDesk.enter``."""
        with self._delivering:
            self._deliver()
            return self._desk.enter(kind, subject, detail)

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        if len(self._waiting) >= _MOST_WAITING_ENTRIES:
            # The newest repeats are dropped and counted: what came first tells most about an attack.
            self._lost += 1
        else:
            # By its id the recorder knows an entry that it took when its answer was lost.
            self._waiting.append((kind, {**subject, ENTRY_ID: secrets.token_hex(8)}, detail))
        self.deliver_waiting()

    def deliver_waiting(self) -> None:
        """Try to write what waits. A recorder that is away is logged, not raised; nobody waits for another's try."""
        if not self._waiting or not self._delivering.acquire(blocking=False):
            return
        try:
            self._deliver()
        except EarmarkError as error:
            if not self._away:
                _LOG.warning("evidence entries wait: %s", error.what)
            self._away = True
        else:
            self._away = False
        finally:
            self._delivering.release()

    def _deliver(self) -> None:
        while self._waiting:
            self._desk.enter(*self._waiting[0])
            self._waiting.popleft()
        if self._lost:
            lost = self._lost
            self._desk.enter("entries-lost", {"person": "unknown"}, {"count": lost})
            self._lost -= lost
