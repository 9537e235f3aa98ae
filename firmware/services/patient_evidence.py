"""Keeps the opener's evidence entries in order while the recorder is away; nothing opens before they are written."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

from firmware.core.errors import EarmarkError, StorageError
from firmware.core.evidence_chain import ENTRY_ID
from firmware.ports.listening_keys import EvidenceDesk, WaitingEntry, WaitingShelf

_LOG = logging.getLogger(__name__)
_MOST_WAITING_ENTRIES = 1000


class PatientEvidence:
    """Entries by way of an ``EvidenceDesk``. Any thread.

    Args:
        shelf: where entries wait that must outlive this process, and from where those of an earlier one come.
    """

    def __init__(self, desk: EvidenceDesk, shelf: WaitingShelf | None = None) -> None:
        self._desk = desk
        self._shelf = shelf
        self._delivering = threading.Lock()
        self._shelving = threading.Lock()
        self._lost = 0
        self._away = False
        self._kept = self._of_earlier()
        self._waiting: deque[WaitingEntry] = deque(self._kept)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> int:
        """Write what waits, then this. Raises as ``EvidenceDesk.enter``."""
        with self._delivering:
            self._deliver()
            return self._desk.enter(kind, subject, detail)

    def enter_or_keep(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> bool:
        """Write it now, or have it wait on disk until the recorder takes it: False.

        Raises:
            StorageError: it can be kept nowhere.
        """
        entry = (kind, {**subject, ENTRY_ID: secrets.token_hex(8)}, detail)
        try:
            self.enter(*entry)
        except EarmarkError:
            if self._shelf is None:
                raise
            with self._shelving:
                self._shelf.keep([*self._kept, entry])
                self._kept.append(entry)
            self._waiting.append(entry)
            return False
        return True

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
            entry = self._waiting[0]
            self._desk.enter(*entry)
            self._waiting.popleft()
            self._put_away(entry)
        if self._lost:
            lost = self._lost
            self._desk.enter("entries-lost", {"person": "unknown"}, {"count": lost})
            self._lost -= lost

    def _put_away(self, entry: WaitingEntry) -> None:
        """It is in the log. One that stays on disk is brought again, and known by its id."""
        with self._shelving:
            if self._shelf is None or entry not in self._kept:
                return
            self._kept.remove(entry)
            try:
                self._shelf.keep(self._kept)
            except StorageError as error:
                _LOG.warning("an entry that is in the evidence is still kept beside it: %s", error.what)

    def _of_earlier(self) -> list[WaitingEntry]:
        try:
            return self._shelf.entries() if self._shelf else []
        except StorageError as error:
            _LOG.error("evidence that waited is lost: %s", error.what)
            self._lost += 1
            return []
