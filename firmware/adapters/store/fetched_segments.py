"""Sealed files that come back from the archive, on their way to their places."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from firmware.adapters.store.durable_files import file_mode, make_folders, storage_errors, sync_folder
from firmware.core.archive_names import ArchivedSegment
from firmware.core.home import Home
from firmware.ports.remote_storage import RemoteStorage


class FetchedSegments:
    """``SegmentPlaces`` of one data folder. Names say the day, as the files' own headers do."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._folder = home.fetched

    def is_here(self, archived: ArchivedSegment) -> bool:
        return self._place(archived).exists()

    def has_keyslot(self, archived: ArchivedSegment) -> bool:
        return Home.keyslot_of(self._place(archived)).exists()

    def fetch(self, storage: RemoteStorage, batch: Sequence[ArchivedSegment]) -> None:
        with storage_errors("removed", self._folder):
            shutil.rmtree(self._folder, ignore_errors=True)
        storage.fetch([each.name for each in batch], self._folder)

    def put(self, archived: ArchivedSegment, sha256: str) -> bool:
        fetched, place = self._folder / archived.name, self._place(archived)
        with storage_errors("written", place):
            with fetched.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
                if sha256 and found != sha256:
                    fetched.unlink()
                    return False
                os.fsync(file.fileno())
            make_folders(place.parent)
            fetched.chmod(file_mode(place.parent))
            fetched.rename(place)
            sync_folder(place.parent)
            return True

    def done(self) -> None:
        """Remove the folder they came by."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _place(self, archived: ArchivedSegment) -> Path:
        day = Path(archived.name).parent
        return self._home.data / day / f"{archived.recording_id}.{archived.segment}.ear"
