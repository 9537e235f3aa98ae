"""A store that begins no new recording in the last of its room.

What is being recorded goes on into the reserve, and so do evidence and catalogue, which must be able to say what
happened. A new call is recorded to the spool (``services/recorder_places.py``); where there is none, or none with room,
its recording begins as soon as there is.
"""

from __future__ import annotations

from firmware.adapters.store.segment_files import SegmentFiles
from firmware.core.errors import StorageFull
from firmware.core.home import Home
from firmware.ports.recording_store import SegmentFile
from firmware.ports.space_meter import SpaceMeter


class SegmentFilesInReserve(SegmentFiles):
    """The ``RecordingStore`` of one data folder, of which ``reserve_bytes`` stay free of new recordings."""

    def __init__(self, home: Home, meter: SpaceMeter, reserve_bytes: int) -> None:
        super().__init__(home)
        self._meter = meter
        self._reserve_bytes = reserve_bytes

    @property
    def has_room(self) -> bool:
        """Whether a new recording may begin. Raises StorageError when that cannot be told."""
        return self._meter.measure().free_bytes >= self._reserve_bytes

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> SegmentFile:
        if segment == 0 and not self.has_room:
            raise StorageFull(
                f"The data disk has only {self._meter.measure().free_bytes // 1_000_000} MB left, so no new recording "
                "begins there.",
                "Free space on the data disk, or put in a larger one. Calls go on, and are recorded to the spool.",
            )
        return super().create(recording_id, segment, started_at_ms, keyslot, header_block)
