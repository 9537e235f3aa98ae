"""The two ends of a sealed file: its header, and its final frame if it has one. 68 KB at most are read of it.

Nothing between is looked at: whether the file holds together is for ``verify``.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.core.home import Home
from firmware.core.sealed_format import CORE_BYTES, HEADER_BYTES, FrameType, SegmentHeader, read_header
from firmware.core.sealed_scan import FrameAt, frames_anywhere
from firmware.ports.recording_store import StoredSegment
from firmware.ports.segment_ends import SegmentSummary

_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class SegmentEnds:
    """``final`` is where the final frame lies in the file, unverified; ``ciphertext`` is what it holds."""

    header: SegmentHeader
    core: bytes
    length: int
    final: FrameAt | None = None
    ciphertext: bytes = b""


def read_ends(path: Path) -> SegmentEnds:
    """
    Raises:
        StorageError: the file cannot be read.
        FormatError: it does not begin as a sealed segment does.
    """
    with storage_errors("read", path), path.open("rb", buffering=0) as file:
        head = file.read(HEADER_BYTES)
        size = os.fstat(file.fileno()).st_size
        header, core = read_header(head), head[:CORE_BYTES]
        tail_at = max(HEADER_BYTES, size - _TAIL_BYTES)
        tail = os.pread(file.fileno(), size - tail_at, tail_at)
    for frame in frames_anywhere(tail, 0):
        if frame.header.kind.ends and frame.end == len(tail):
            placed = FrameAt(tail_at + frame.offset, frame.header, frame.chain)
            return SegmentEnds(header, core, size, placed, tail[frame.ciphertext_at : frame.end])
    return SegmentEnds(header, core, size)


class SegmentFileSummaries:
    """The ``SegmentSummaries`` of one data folder."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def summary(self, stored: StoredSegment) -> SegmentSummary:
        path = self._home.data / stored.path
        ends, keyslot = read_ends(path), self._home.keyslot_of(path)
        with storage_errors("read", keyslot):
            beside = hashlib.sha256(keyslot.read_bytes()).hexdigest() if keyslot.exists() else ""
        final = ends.final.header if ends.final else None
        return SegmentSummary(
            ends.header.started_at_ms,
            ends.header.start_sample,
            ends.header.sample_rate_hz,
            ends.length,
            beside,
            None if final is None else "complete" if final.kind is FrameType.FINAL else "interrupted",
            final.start_sample if final else None,
            ends.final.chain.hex() if ends.final else "",
        )
