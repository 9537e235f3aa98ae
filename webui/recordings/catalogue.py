"""The catalogue as the page reads it: opened when first needed, because the recorder makes it and may start later, and
because the data disk, which it lies on, may still be locked."""

from __future__ import annotations

import threading

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery, RecordingRow, SegmentRow
from firmware.core.errors import StorageError
from firmware.core.home import Home
from webui.translation import gettext as _


class Catalogue:
    """Reads rows. Safe to use from any thread; a box that has recorded nothing yet has no rows.

    Every method raises ``StorageError`` when the data disk is away, and that or ``DamagedCatalogue`` when there is a
    catalogue that cannot be read.
    """

    def __init__(self, home: Home) -> None:
        self._path = home.catalogue
        self._mark = home.data_mark
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
            elif self._reader is None and not self._mark.exists():
                raise StorageError(
                    _("The data disk is locked or missing, so recorded calls cannot be listed or heard."),
                    _("Unlock it or plug it in. Calls are recorded all the same, and are listed once it is there."),
                )
            return self._reader
