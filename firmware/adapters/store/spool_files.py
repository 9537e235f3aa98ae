"""Sealed segments in the spool: the store's own form, and no more of them than the spool has room for."""

from __future__ import annotations

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.core.errors import StorageFull
from firmware.core.home import Home
from firmware.ports.recording_store import SegmentDigest, SegmentFile, StoredSegment
from firmware.ports.space_meter import SpaceMeter

#: Left free on the state partition whatever the limit says: settings and people must stay writable.
_LEFT_FREE_BYTES = 64_000_000
#: Calls that are being recorded go on into the first half of that, and no further.
_NEVER_TAKEN_BYTES = _LEFT_FREE_BYTES // 2


class SpooledSegmentFiles(SegmentFiles):
    """The ``RecordingStore`` of the spool: no new recording begins once ``most_bytes`` are in it."""

    def __init__(self, home: Home, meter: SpaceMeter, most_bytes: int) -> None:
        super().__init__(home.spooled)
        self._meter = meter
        self._most_bytes = most_bytes

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> SegmentFile:
        if segment == 0 and self.is_full:
            raise StorageFull(
                "The spool is full, so no new recording begins.",
                "Unlock or plug in the data disk, or make room on it. Calls go on; they are not recorded until then.",
            )
        must_leave_room(self._meter)
        return _BoundedFile(super().create(recording_id, segment, started_at_ms, keyslot, header_block), self._meter)

    @property
    def is_full(self) -> bool:
        """Raises StorageError when that cannot be told."""
        with storage_errors("read", self._home.recordings):
            used = sum(path.stat().st_size for path in self._home.recordings.rglob("*") if path.is_file())
        return used >= self._most_bytes or self._meter.measure().free_bytes < _LEFT_FREE_BYTES


class _BoundedFile:
    """A ``SegmentFile`` that stops before the state partition is full."""

    def __init__(self, file: SegmentFile, meter: SpaceMeter) -> None:
        self._file = file
        self._meter = meter

    @property
    def stored(self) -> StoredSegment:
        return self._file.stored

    @property
    def digest(self) -> SegmentDigest:
        return self._file.digest

    def append(self, content: bytes) -> None:
        must_leave_room(self._meter)
        self._file.append(content)

    def close(self) -> None:
        self._file.close()


def must_leave_room(meter: SpaceMeter) -> None:
    """Raises StorageFull: what is left of the state partition is for settings, people and evidence."""
    if meter.measure().free_bytes < _NEVER_TAKEN_BYTES:
        raise StorageFull(
            "The state partition is full: the spool takes no more.",
            "Unlock or plug in the data disk, or make room on it. Calls go on; they are not recorded until then.",
        )
