"""The catalogue as the page reads it: opened when first needed, because the recorder makes it and may start later."""

from __future__ import annotations

import threading
from pathlib import Path

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery, RecordingRow, SegmentRow


class Catalogue:
    """Reads rows. Safe to use from any thread; a box that has recorded nothing yet has no rows.

    Every method raises ``StorageError`` or ``DamagedCatalogue`` when there is a catalogue that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._reader: CatalogueReader | None = None

    def recordings(self, query: RecordingQuery) -> list[RecordingRow]:
        reader = self._opened()
        return reader.recordings(query) if reader else []

    def recording(self, recording_id: str) -> RecordingRow | None:
        reader = self._opened()
        return reader.recording(recording_id) if reader else None

    def segments(self, recording_id: str) -> list[SegmentRow]:
        reader = self._opened()
        return reader.segments(recording_id) if reader else []

    def close(self) -> None:
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _opened(self) -> CatalogueReader | None:
        with self._lock:
            if self._reader is None and self._path.exists():
                self._reader = CatalogueReader(self._path)
            return self._reader
