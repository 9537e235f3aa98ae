"""Where sealed segments are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from firmware.core.sealed_scan import Scan


@dataclass(frozen=True)
class StoredSegment:
    """One segment's file in the store. ``path`` is relative to the data folder; the keyslot lies beside it."""

    recording_id: str
    segment: int
    path: Path


@dataclass(frozen=True)
class SegmentDigest:
    """What evidence says about a segment's files: anybody can check it with sha256sum."""

    bytes: int
    sha256: str
    keyslot_sha256: str


class SegmentFile(Protocol):
    """One segment being written. Append-only, by one thread at a time."""

    @property
    def stored(self) -> StoredSegment: ...

    @property
    def digest(self) -> SegmentDigest:
        """Of what was appended so far."""
        ...

    def append(self, content: bytes) -> None:
        """Add to the file; not yet durable. After an error the file is as it was before.

        Raises:
            StorageFull: no room; try again with the same bytes.
            StorageError: it cannot be written.
        """
        ...

    def close(self) -> None: ...


class StoredSegments(Protocol):
    """Finds and reads segments; needs no right to write."""

    def segments(self, recording_id: str, started_at_ms: int) -> Sequence[StoredSegment]:
        """The recording's segments, in order."""
        ...

    def recent(self, since_ms: int) -> Sequence[StoredSegment]:
        """All segments of recordings that began on the UTC day of ``since_ms`` or later."""
        ...

    def everything(self) -> Sequence[StoredSegment]:
        """All segments there are."""
        ...

    def strangers(self) -> Sequence[Path]:
        """Files among the recordings that are neither segment nor keyslot of one, relative to the data folder."""
        ...

    def scan(self, stored: StoredSegment) -> Scan:
        """What a segment holds.

        Raises:
            StorageError: it cannot be read.
            FormatError: it is not a segment, or was cut off within its header.
        """
        ...

    def digest(self, stored: StoredSegment) -> SegmentDigest:
        """Of the files as they are now; a missing keyslot has an empty digest. Raises StorageError."""
        ...


class RecordingStore(StoredSegments, Protocol):
    """Creates and flushes segments, too."""

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> SegmentFile:
        """A new segment with its keyslot; neither is durable yet.

        Raises:
            StorageError: it exists already or cannot be made; StorageFull when there is no room. Nothing is left
            behind.
        """
        ...

    def flush(self) -> None:
        """Make everything written so far durable, all segments together.

        Raises:
            StorageError: nothing is promised about what was written since the last flush.
        """
        ...

    def discard_empty(self, stored: StoredSegment) -> bool:
        """Remove a segment that a crash cut off before its header was whole, keyslot and all. False: it holds more."""
        ...
