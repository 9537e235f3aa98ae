"""A store that begins no new recording in the last of its room.

What is being recorded goes on into the reserve, and so do evidence and catalogue, which must be able to say what
happened. A new call waits as on a full disk: it goes on, its recorder says why nothing is kept of it, and its recording
begins as soon as there is room.
"""

from __future__ import annotations

from firmware.adapters.store.segment_files import OpenSegmentFile, SegmentFiles
from firmware.core.errors import StorageFull
from firmware.core.home import Home
from firmware.ports.space_meter import SpaceMeter


class SegmentFilesInReserve(SegmentFiles):
    """The ``RecordingStore`` of one data folder, of which ``reserve_bytes`` stay free of new recordings."""

    def __init__(self, home: Home, meter: SpaceMeter, reserve_bytes: int) -> None:
        super().__init__(home)
        self._meter = meter
        self._reserve_bytes = reserve_bytes

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> OpenSegmentFile:
        if segment == 0 and (free := self._meter.measure().free_bytes) < self._reserve_bytes:
            raise StorageFull(
                f"The data disk has only {free // 1_000_000} MB left, so no new recording begins.",
                "Free space on the data disk, or put in a larger one. Calls go on; they are not recorded until then.",
            )
        return super().create(recording_id, segment, started_at_ms, keyslot, header_block)
