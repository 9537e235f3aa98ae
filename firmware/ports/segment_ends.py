"""What a catalogue is rebuilt from: the ends of sealed files, and, with a key, the words sealed in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.core.call_record import CallRecord
from firmware.ports.recording_store import StoredSegment


@dataclass(frozen=True)
class SegmentSummary:
    """What one sealed file says in clear. ``final``: "complete", "interrupted", or None when nobody ended it;
    ``end_sample`` and ``chain`` are known at once of a file that has a final frame.
    """

    started_at_ms: int
    start_sample: int
    sample_rate_hz: int
    bytes: int
    keyslot_sha256: str
    final: str | None = None
    end_sample: int | None = None
    chain: str = ""


@dataclass(frozen=True)
class SealedWords:
    """What a segment tells whoever holds its key; ``final`` is its final frame's document, if it has one."""

    record: CallRecord
    final: Mapping[str, Any] | None


class SegmentSummaries(Protocol):
    def summary(self, stored: StoredSegment) -> SegmentSummary:
        """Raises StorageError, or FormatError for a file that is no segment."""
        ...


class WordsReader(Protocol):
    def words(self, stored: StoredSegment) -> SealedWords:
        """Raises DamagedRecording, KeyErased, NotAllowed or StorageError: the file's words cannot be had."""
        ...
