"""The PBX's call log, as the page has it: read from the catalogue, changed by the opener."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from firmware.adapters.catalogue.call_log_reader import CallLogReader, LoggedRow
from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.home import Home
from webui.access.opener import Visitor

MOST_SHOWN = 100


class CallLogDesk:
    """Safe to use from any thread. Every method raises ``StorageError`` and ``DamagedCatalogue`` as the catalogue does;
    a box that has recorded nothing yet has no rows.
    """

    def __init__(self, home: Home, opener: ControlClient) -> None:
        self._path = home.catalogue
        self._opener = opener
        self._lock = threading.Lock()
        self._reader: CallLogReader | None = None

    def missed(self, *, explained: bool) -> Sequence[LoggedRow]:
        reader = self._opened()
        return reader.missed(MOST_SHOWN, explained=explained) if reader else ()

    def matched(self) -> Sequence[LoggedRow]:
        reader = self._opened()
        return reader.in_state("matched", MOST_SHOWN // 4) if reader else ()

    def waiting(self) -> Sequence[LoggedRow]:
        reader = self._opened()
        return reader.in_state("waiting", MOST_SHOWN) if reader else ()

    def recordings_without(self, since_ms: int) -> Sequence[str]:
        """Ids of recordings that the log says nothing of."""
        reader = self._opened()
        return reader.recordings_without(since_ms, MOST_SHOWN) if reader else ()

    def is_empty(self) -> bool:
        reader = self._opened()
        return reader is None or reader.is_empty()

    def explain(self, who: Visitor, row_id: str, because: str) -> None:
        """Raises SettingsError, ActionRefused, NotAllowed and ServiceAway as the opener does."""
        self._opener.post(path_of("call-log", row_id, "explain"), {"because": because[:1000]}, token=who.token)

    def _opened(self) -> CallLogReader | None:
        with self._lock:
            if self._reader is None and self._path.exists():
                self._reader = CallLogReader(self._path)
            return self._reader
