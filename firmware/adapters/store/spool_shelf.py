"""The ``Shelf``: everything of the spool in one place, as it is taken in."""

from __future__ import annotations

import filecmp
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from firmware.adapters.store.durable_files import file_mode, key_mode, make_folders, storage_errors, sync_file_system
from firmware.adapters.store.erasable_files import ErasableSegmentFiles
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.adapters.store.spool_journal import SpooledJournal
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.adapters.store.whole_file import write_whole
from firmware.core.home import Home
from firmware.ports.catalogue import CatalogueChange
from firmware.ports.erasing import Erasure
from firmware.ports.recording_store import SegmentDigest, StoredSegment
from firmware.ports.spool import SpooledCall, SpooledDetail, SpooledLine

_LOG = logging.getLogger(__name__)
_PIECE_BYTES = 1 << 18


class _GivenUp(Exception):
    """Somebody else needs the file now."""


class SpoolShelf:
    """One thread, apart from ``calls``."""

    def __init__(self, home: Home, rows: SpooledRows) -> None:
        self._home = home
        self._rows = rows
        self._journal = SpooledJournal(home)
        self._spooled = SegmentFilesReader(home.spooled)
        self._stored = SegmentFilesReader(home)
        self._erasable = ErasableSegmentFiles(home.spooled)

    def calls(self) -> Sequence[SpooledCall]:
        return self._rows.calls()

    def changes(self, recording_id: str) -> Sequence[CatalogueChange]:
        return self._rows.changes(recording_id)

    def segments(self, recording_id: str, started_at_ms: int) -> Sequence[StoredSegment]:
        return self._spooled.segments(recording_id, started_at_ms)

    def lines(self) -> Sequence[SpooledLine]:
        return self._journal.lines()

    def detail(self, commitment: str) -> SpooledDetail | None:
        return self._rows.detail(commitment)

    @property
    def told_until(self) -> int:
        return self._journal.told_until

    def tell_until(self, line: int) -> None:
        before = self._journal.told_until
        self._journal.tell_until(line)
        told = [each.commitment for each in self.lines() if before < each.number <= line and each.commitment]
        self._rows.forget_details(told)

    def copy(self, stored: StoredSegment, go_on: Callable[[int], bool]) -> SegmentDigest | None:
        source, target = self._home.spool / stored.path, self._home.data / stored.path
        keyslot = self._home.keyslot_of(source)
        with storage_errors("copied", target):
            make_folders(target.parent)
            try:
                if target.exists() and not filecmp.cmp(source, target, shallow=False):
                    _LOG.warning("%s was begun and never flushed: it gives way to what was spooled", stored.path)
                    self._home.keyslot_of(target).unlink(missing_ok=True)
                    target.unlink()
                if not target.exists():
                    write_whole(target, lambda: _pieces(source, go_on), file_mode(target.parent))
                beside = self._home.keyslot_of(target)
                if keyslot.exists() and not beside.exists():
                    write_whole(beside, lambda: [keyslot.read_bytes()], key_mode(target.parent))
            except _GivenUp:
                return None
        return self._stored.digest(stored)

    def flush(self) -> None:
        with storage_errors("flushed", self._home.recordings):
            folder = os.open(self._home.recordings, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                sync_file_system(folder)
            finally:
                os.close(folder)

    def forget(self, call: SpooledCall) -> None:
        gone = [Erasure(call.recording_id, call.started_at_ms, "space")]  # why is told to nobody
        if self.segments(call.recording_id, call.started_at_ms):
            self._erasable.destroy_keys(gone)
            self._erasable.remove(gone)
        self._rows.forget(call.recording_id)


def _pieces(path: Path, go_on: Callable[[int], bool]) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            if not go_on(len(piece)):
                raise _GivenUp
            yield piece
