"""After a crash or a power cut: what was being recorded is closed as it stands, or gone on with. Needs no key.

A sealed file is never appended to by another process. If lines still holds the call's ring, the call goes on in a new
segment from where the file ends; if not, the recording ends there, marked interrupted. Each step may be repeated: a
crash during recovery is recovered from in the same way.

====================================  ============================================================================
crash after …                         found as
====================================  ============================================================================
the segment's file was made           a file without a row (perhaps shorter than its header: it is removed)
frames were appended, not flushed     kill: all there; power cut: the last flush's frames, perhaps a torn one after
the flush, before evidence            a file whose final frame nobody told of: entered now
evidence, before the catalogue        a row still "recording": entered again with the same digest, and saved
====================================  ============================================================================
"""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from firmware.core.evidence_chain import ENTRY_ID
from firmware.core.sealed_format import NO_PREVIOUS, FormatError
from firmware.core.sealed_scan import Scan
from firmware.ports.catalogue import (
    CatalogueChange,
    CatalogueWriter,
    RecordingState,
    SaveRecording,
    SaveSegment,
    SegmentRow,
    SegmentState,
    Unfinished,
)
from firmware.ports.evidence_log import EvidenceEntry, EvidenceLog
from firmware.ports.recording_store import RecordingStore, SegmentDigest, StoredSegment
from firmware.services.recording_parts import Earlier

_LOG = logging.getLogger(__name__)
_LOOK_BACK_MS = 2 * 24 * 3600 * 1000
_SETTLED = ("closed", "cut", "damaged")


@dataclass(frozen=True)
class _Left:
    """What a recording consists of now: its files, the last of which was scanned."""

    stored: Sequence[StoredSegment]
    last: Scan | None
    damaged: bool


class CrashRecovery:
    """The recorder's main thread; but ``claim`` is for the worker that begins a recording, ``settle_before`` for the
    intake of the spool."""

    def __init__(self, store: RecordingStore, catalogue: CatalogueWriter, evidence: EvidenceLog) -> None:
        self._store = store
        self._catalogue = catalogue
        self._evidence = evidence
        self._unclaimed: dict[str, int] = {}

    def survey(self, now_ms: int, taken_in: Collection[str] = ()) -> int:
        """Find what the last process left unfinished; returns how many recordings that is. ``taken_in``: these are
        being taken in from the spool, and their rows are on the way."""
        unfinished = (left for left in self._catalogue.unfinished() if left.recording_id not in taken_in)
        self._unclaimed = {left.recording_id: left.started_at_ms for left in unfinished}
        for stored in self._store.recent(now_ms - _LOOK_BACK_MS):
            if stored.recording_id in taken_in:
                continue
            known = self._catalogue.known(stored.recording_id)
            if not _is_settled(known, stored):
                self._unclaimed.setdefault(stored.recording_id, _began(stored, known))
        return len(self._unclaimed)

    def expect(self, recording_id: str) -> None:
        """Lines still has this call's ring: do not give it up."""
        self._unclaimed.pop(recording_id, None)

    def claim(self, recording_id: str, started_at_ms: int, sample_rate_hz: int) -> Earlier:
        """Where to go on with a call. What was left of it is settled first.

        Raises:
            StorageError: the files cannot be read, or evidence and catalogue cannot be written.
        """
        known = self._catalogue.known(recording_id)
        left = self._settle(recording_id, started_at_ms, known)
        if not left.stored:
            return Earlier()
        return Earlier(
            left.stored[-1].segment + 1,
            left.last.end_sample if left.last else 0,
            left.last.chain if left.last else NO_PREVIOUS,
            (known.not_stored_ms if known else 0) * sample_rate_hz // 1000,
            left.last is not None and left.last.complete,
        )

    def settle_before(self, recording_id: str, started_at_ms: int, segment: int) -> None:
        """Enter what there is of a recording that went on elsewhere with that segment. Raises as ``claim``."""
        self._settle(recording_id, started_at_ms, self._catalogue.known(recording_id), segment)

    def give_up_waiting(self) -> int:
        """Nobody has claimed the rest: they end where their files end. Returns how many. Raises as ``claim``."""
        count = 0
        while self._unclaimed:
            recording_id, started_at_ms = next(iter(self._unclaimed.items()))
            known = self._catalogue.known(recording_id)
            left = self._settle(recording_id, started_at_ms, known)
            self._catalogue.apply([_ending(recording_id, started_at_ms, left, known)])
            del self._unclaimed[recording_id]
            count += 1
        return count

    def _settle(
        self, recording_id: str, started_at_ms: int, known: Unfinished | None, before: float = math.inf
    ) -> _Left:
        """Enter in evidence and catalogue what every file of a recording, up to one of its segments, holds now."""
        stored = [
            each
            for each in self._store.segments(recording_id, started_at_ms)
            if each.segment < before and not self._store.discard_empty(each)
        ]
        entries: list[EvidenceEntry] = []
        changes: list[CatalogueChange] = []
        last: Scan | None = None
        damaged = False
        for each in stored:
            if _is_settled(known, each) and each is not stored[-1]:
                continue
            last = self._scan(each)
            state = _state(last)
            damaged = damaged or state == "damaged"
            if not _is_settled(known, each):
                digest = self._store.digest(each)
                entry = _evidence(each, state, last, digest)
                if self._evidence.line_of(entry.subject) is None:  # killed after it, its row may lack
                    entries.append(entry)
                changes.append(SaveSegment(_row(each, state, last, digest)))
                _LOG.warning("recording %s segment %d was left %s", recording_id, each.segment, state)
        if changes:
            self._store.flush()
            if entries:
                self._evidence.enter(entries)
            self._catalogue.apply([SaveRecording(recording_id, started_at_ms, "recording"), *changes])
        return _Left(stored, last, damaged)

    def _scan(self, stored: StoredSegment) -> Scan | None:
        try:
            return self._store.scan(stored)
        except FormatError as fault:
            _LOG.error("%s: %s", stored.path, fault)
            return None


def _is_settled(known: Unfinished | None, stored: StoredSegment) -> bool:
    return known is not None and any(row.n == stored.segment and row.state in _SETTLED for row in known.segments)


def _state(scan: Scan | None) -> SegmentState:
    if scan is None or scan.damage:
        return "damaged"
    return "closed" if scan.final else "cut"


def _evidence(stored: StoredSegment, state: str, scan: Scan | None, digest: SegmentDigest) -> EvidenceEntry:
    subject = {
        "recording": stored.recording_id,
        "segment": str(stored.segment),
        "state": state,
        "samples": str(scan.end_sample if scan else 0),
        "bytes": str(digest.bytes),
        "sha256": digest.sha256,
        **({"keyslot": digest.keyslot_sha256} if digest.keyslot_sha256 else {}),
        ENTRY_ID: f"recovered-{stored.recording_id}-{stored.segment}-{digest.sha256[:16]}",
    }
    return EvidenceEntry("recording-recovered", subject)


def _row(stored: StoredSegment, state: SegmentState, scan: Scan | None, digest: SegmentDigest) -> SegmentRow:
    start = scan.header.start_sample if scan else 0
    return SegmentRow(
        stored.recording_id,
        stored.segment,
        str(stored.path),
        start,
        scan.end_sample - start if scan else 0,
        digest.bytes,
        state,
        scan.chain.hex() if scan else "",
        digest.sha256,
        digest.keyslot_sha256,
    )


def _ending(recording_id: str, started_at_ms: int, left: _Left, known: Unfinished | None) -> SaveRecording:
    state: RecordingState = "interrupted"
    if left.damaged:
        state = "damaged"
    elif left.last and left.last.complete:
        state = "complete"
    duration_ms = left.last.end_sample * 1000 // left.last.header.sample_rate_hz if left.last else 0
    paused_ms = max(known.paused_ms, _paused_ms(known, started_at_ms + duration_ms)) if known else None
    return SaveRecording(recording_id, started_at_ms, state, duration_ms=duration_ms, paused_ms=paused_ms)


def _paused_ms(known: Unfinished, ended_at_ms: int) -> int:
    """By the words of the row; the exact spans are sealed inside. A pause that nobody ended lasts to the very end."""
    ends = ((pause.started_at_ms, pause.ended_at_ms or ended_at_ms) for pause in known.pauses)
    return sum(max(0, min(end, ended_at_ms) - start) for start, end in ends)


def _began(stored: StoredSegment, known: Unfinished | None) -> int:
    """When a recording began: as its row says, else as its id does (UUIDv7), else the day of its folder."""
    if known:
        return known.started_at_ms
    day = "/".join(stored.path.parts[-4:-1])
    if stored.recording_id[12] == "7":
        by_id_ms = int(stored.recording_id[:12], 16)
        if datetime.fromtimestamp(by_id_ms / 1000, tz=UTC).strftime("%Y/%m/%d") == day:
            return by_id_ms
    return int(datetime.strptime(day, "%Y/%m/%d").replace(tzinfo=UTC).timestamp() * 1000)
