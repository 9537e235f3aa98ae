"""Evidence entries that the recorder did not take yet, on disk: one file, there only while any waits."""

from __future__ import annotations

from pathlib import Path

import orjson

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.errors import StorageError
from firmware.ports.listening_keys import WaitingEntry


class WaitingEvidenceFile:
    """``WaitingShelf``. One writer; the file is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def entries(self) -> list[WaitingEntry]:
        try:
            kept = orjson.loads(self._path.read_bytes())
            return [(str(kind), dict(subject), dict(detail)) for kind, subject, detail in kept]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise StorageError(
                f"{self._path} cannot be read: {error}.", "Evidence that waited in it is lost."
            ) from error

    def keep(self, entries: list[WaitingEntry]) -> None:
        if entries:
            replace_file(self._path, orjson.dumps(entries))
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{self._path} cannot be removed: {error.strerror}.") from error
