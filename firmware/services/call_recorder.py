"""The recorder: every call that lines offers is sealed into the store, catalogued, and entered in the evidence log.

One main thread hears of rings and runs ``tick`` eight times a second; the encoding of a tick is spread over a few
workers, a recording always to one at a time. The order within a tick is what a power cut is measured by:

1. every recording seals and appends what is due;
2. **one** flush makes all of it durable; only then may the rings forget it;
3. what began or ended goes into the evidence log (durable) and then into the catalogue (one transaction);
4. lines is told.

A crash between any two of these is put right by ``crash_recovery``: evidence never speaks of a file that is not
there, and the catalogue, which is last, is the only thing that can be behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol, cast

from firmware.core.call_record import CallRecord
from firmware.core.errors import DamagedCatalogue, StorageError
from firmware.core.ring_layout import RingState
from firmware.ports.audio_ring import AudioRingReader
from firmware.ports.catalogue import (
    CatalogueChange,
    CatalogueWriter,
    RecordingState,
    SaveRecording,
    SaveSegment,
    SegmentRow,
    SegmentState,
)
from firmware.ports.evidence_log import EvidenceEntry, EvidenceLog
from firmware.ports.recording_store import SegmentDigest, StoredSegment
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.recording_in_progress import RecordingInProgress
from firmware.services.recording_parts import RecordingParts

_LOG = logging.getLogger(__name__)
_WORTH_SPREADING = 8
#: For so long what a ring still holds of a call that is over waits for room. Rings are memory, and calls go on coming.
_IN_VAIN_FOR_S = 600.0
NOT_STORED = "not recorded: it could not be stored"


class Replies(Protocol):
    """What the recorder tells the lines process ``writer``. None of it waits."""

    def taken(self, writer: int, recording_id: str) -> None: ...

    def finished(self, writer: int, recording_id: str) -> None: ...

    def fault(self, writer: int, recording_id: str, text: str) -> None: ...


@dataclass
class _Entry:
    """One recording and how far the world has been told of it."""

    writer: int
    recording: RecordingInProgress
    begun: bool = False
    saved: tuple[CallRecord, int, int, int] | None = None
    fault_told: str = ""
    in_vain_since_s: float | None = None


@dataclass
class _Owed:
    """Something durable in the store that evidence and catalogue must still be told."""

    evidence: EvidenceEntry | None
    changes: Sequence[CatalogueChange]
    then: Callable[[], None]


class CallRecorder:
    """All recordings in progress. One thread calls it; see the module for what a tick does."""

    def __init__(
        self,
        parts: RecordingParts,
        catalogue: CatalogueWriter,
        evidence: EvidenceLog,
        recovery: CrashRecovery,
        replies: Replies,
        workers: int = 2,
    ) -> None:
        self._parts = parts
        self._catalogue = catalogue
        self._evidence = evidence
        self._recovery = recovery
        self._replies = replies
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="seal")
        self._entries: dict[str, _Entry] = {}
        self._owed: list[_Owed] = []
        self._entered = 0
        self._trouble = ""

    # --- what lines tells

    def offered(self, writer: int, record: CallRecord, ring: AudioRingReader) -> None:
        """A ring to record from; or one offered again, by a lines process that lost us or that we lost."""
        entry = self._entries.get(record.recording_id)
        if entry:
            entry.writer = writer
            entry.recording.call_on(ring)
            entry.recording.update(record)
            self._replies.taken(writer, record.recording_id)
            return
        self._recovery.expect(record.recording_id)
        claim = partial(self._recovery.claim, record.recording_id, record.started_at_ms, ring.header.sample_rate_hz)
        recording = RecordingInProgress(record, ring, self._parts, claim)
        self._entries[record.recording_id] = _Entry(writer, recording)

    def updated(self, record: CallRecord) -> None:
        """What is known of a call has changed."""
        if entry := self._entries.get(record.recording_id):
            entry.recording.update(record)

    def closed(self, record: CallRecord) -> None:
        """The call is over: its ring is closed and this is its final record."""
        if entry := self._entries.get(record.recording_id):
            entry.recording.update(record)
            entry.recording.end("complete")

    def not_recorded(self, writer: int, record: CallRecord) -> None:
        """A call that was not recorded is over: it gets a row all the same, so that its share can be told."""
        began_ms = record.answered_at_ms or record.started_at_ms
        duration_ms = max(0, (record.ended_at_ms or began_ms) - began_ms)
        row = SaveRecording(record.recording_id, record.started_at_ms, "not_recorded", record, duration_ms)
        self._owe(None, [row], lambda: self._replies.finished(writer, record.recording_id))

    def writer_gone(self, writer: int) -> None:
        """The lines process died: its calls end where it stopped writing."""
        for entry in self._entries.values():
            if entry.writer == writer:
                ended = entry.recording.ring.writer_state() is RingState.CLOSED
                entry.recording.end("complete" if ended else "interrupted")

    # --- what there is to know

    @property
    def _starting(self) -> bool:
        """Whether lines waits to hear that a ring was taken."""
        return any(not entry.begun for entry in self._entries.values())

    @property
    def recording_ids(self) -> Set[str]:
        """Of all recordings in progress."""
        return self._entries.keys()

    @property
    def idle(self) -> bool:
        """Whether nothing is recorded, and all that was is entered and told."""
        return not self._entries and not self._owed

    def status(self) -> dict[str, Any]:
        """A snapshot for the control socket: state, words for the operator, and how far each recording is."""
        recordings = [entry.recording for entry in self._entries.values()]
        attention = sorted({recording.fault for recording in recordings if recording.fault} | {self._trouble} - {""})
        return {
            "state": "fault" if attention else ("recording" if recordings else "ok"),
            "attention": attention,
            "recordings": [
                {"recording_id": each.recording_id, "sealed_ms": each.sealed_ms, "behind_ms": each.behind_ms}
                for each in recordings
            ],
            "lost_samples": sum(sum(each.ring.lost_samples()) for each in recordings),
        }

    # --- the work

    def tick(self, now_s: float) -> None:
        """Seal, flush, enter, tell: see the module. ``now_s`` is a monotonic clock.

        Raises:
            StorageError: the flush failed. Nothing that was written since the last one can be trusted, so the process
            must
                end; the next one goes on from what is in the files.
        """
        self._advance(now_s)
        self._flush()
        for entry in list(self._entries.values()):
            self._note(entry)
            self._give_up_in_time(entry, now_s)
        self._pay()

    def stop(self, now_s: float) -> None:
        """Seal and flush what can be; calls that go on are taken up by the next recorder."""
        self.tick(now_s)
        self._pool.shutdown()
        for entry in self._entries.values():
            entry.recording.close()

    def _advance(self, now_s: float) -> None:
        recordings = [entry.recording for entry in self._entries.values()]
        if len(recordings) < _WORTH_SPREADING or self._workers == 1:
            _advance_all(recordings, now_s)
            return
        shares = [recordings[number :: self._workers] for number in range(self._workers)]
        for outcome in [self._pool.submit(_advance_all, share, now_s) for share in shares]:
            outcome.result()

    def _flush(self) -> None:
        written = [entry for entry in self._entries.values() if entry.recording.to_flush]
        if written or self._starting:
            self._parts.store.flush()
        for entry in written:
            entry.recording.flushed()

    def _note(self, entry: _Entry) -> None:
        """What evidence, catalogue and lines must be told of a recording now that its bytes are durable."""
        recording = entry.recording
        if recording.fault and recording.fault != entry.fault_told:
            self._replies.fault(entry.writer, recording.recording_id, recording.fault)
        entry.fault_told = recording.fault
        if recording.file and not entry.begun:
            entry.begun = True
            entry.saved = _worth_saving(recording)
            self._owe(_begun(recording), [_save(recording, "recording"), _save_segment(recording, "open")])
            self._replies.taken(entry.writer, recording.recording_id)
        if recording.finished:
            self._end(entry)
        elif entry.begun and entry.saved != _worth_saving(recording):
            entry.saved = _worth_saving(recording)
            self._owe(None, [_save(recording, "recording")])

    def _give_up_in_time(self, entry: _Entry, now_s: float) -> None:
        """A call of which nothing could ever be stored is listed as not recorded, and its ring let go."""
        recording = entry.recording
        if not recording.in_vain:
            entry.in_vain_since_s = None
        elif entry.in_vain_since_s is None:
            entry.in_vain_since_s = now_s
        elif now_s - entry.in_vain_since_s >= _IN_VAIN_FOR_S and self._nothing_is_known_of(recording):
            del self._entries[recording.recording_id]
            recording.close()
            self.not_recorded(entry.writer, replace(recording.record, end_cause=NOT_STORED))
            _LOG.error("recording %s was given up: nothing of it could be stored", recording.recording_id)

    def _nothing_is_known_of(self, recording: RecordingInProgress) -> bool:
        """No recorder before this one has begun it."""
        try:
            return self._catalogue.known(recording.recording_id) is None
        except (StorageError, DamagedCatalogue):
            return False

    def _end(self, entry: _Entry) -> None:
        recording = entry.recording
        del self._entries[recording.recording_id]
        recording.close()
        changes: list[CatalogueChange] = [_save(recording, cast(RecordingState, recording.state))]
        evidence = None
        if recording.file:
            changes.append(_save_segment(recording, "closed"))
            evidence = _closed(recording)
        self._owe(evidence, changes, lambda: self._replies.finished(entry.writer, recording.recording_id))
        _LOG.info("recording %s %s, %.1f s", recording.recording_id, recording.state, recording.sealed_ms / 1000)

    def _owe(
        self,
        evidence: EvidenceEntry | None,
        changes: Sequence[CatalogueChange],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._owed.append(_Owed(evidence, changes, then))

    def _pay(self) -> None:
        """Evidence first, then the catalogue, then lines. What fails is kept and tried again at the next tick."""
        try:
            entries = [owed.evidence for owed in self._owed[self._entered :] if owed.evidence]
            if entries:
                self._evidence.enter(entries)
            self._entered = len(self._owed)
            if self._owed:
                self._catalogue.apply([change for owed in self._owed for change in owed.changes])
        except (StorageError, DamagedCatalogue) as error:
            if not self._trouble:
                _LOG.error("%s", error)
            self._trouble = str(error)
            return
        paid, self._owed, self._entered, self._trouble = self._owed, [], 0, ""
        for owed in paid:
            owed.then()


def _advance_all(recordings: Sequence[RecordingInProgress], now_s: float) -> None:
    for recording in recordings:
        recording.advance(now_s)


def _begun(recording: RecordingInProgress) -> EvidenceEntry:
    stored, digest = _file(recording)
    subject = {"recording": stored.recording_id, "segment": str(stored.segment), "keyslot": digest.keyslot_sha256}
    if stored.segment:
        return EvidenceEntry("recording-resumed", subject)
    return EvidenceEntry("recording-started", subject | _clock(recording.record))


def _clock(record: CallRecord) -> dict[str, str]:
    """How well the time of the recording's start was known: nobody's name, and no number of theirs."""
    if record.clock is None:
        return {}
    error = {} if record.clock.error_ms is None else {"clock_error_ms": str(record.clock.error_ms)}
    return {"clock": record.clock.source.replace(" ", "-"), **error}


def _closed(recording: RecordingInProgress) -> EvidenceEntry:
    stored, digest = _file(recording)
    subject = {
        "recording": stored.recording_id,
        "segment": str(stored.segment),
        "state": recording.state,
        "samples": str(recording.samples),
        "bytes": str(digest.bytes),
        "sha256": digest.sha256,
    }
    return EvidenceEntry("recording-closed", subject)


def _worth_saving(recording: RecordingInProgress) -> tuple[CallRecord, int, int, int]:
    """What the row of a recording in progress must not lose if this process dies."""
    return recording.record, recording.not_taken_ms, recording.not_stored_ms, recording.pause_news


def _save(recording: RecordingInProgress, state: RecordingState) -> SaveRecording:
    return SaveRecording(
        recording.recording_id,
        recording.started_at_ms,
        state,
        recording.record,
        recording.sealed_ms,
        recording.not_taken_ms,
        recording.not_stored_ms,
        paused_ms=recording.paused_ms,
        speech_ms=recording.speech_ms,
    )


def _save_segment(recording: RecordingInProgress, state: SegmentState) -> SaveSegment:
    stored, digest = _file(recording)
    closed = state == "closed"
    row = SegmentRow(
        stored.recording_id,
        stored.segment,
        str(stored.path),
        recording.segment_start,
        recording.samples - recording.segment_start if closed else 0,
        digest.bytes if closed else 0,
        state,
        recording.chain.hex() if closed else "",
        digest.sha256 if closed else "",
        digest.keyslot_sha256,
    )
    return SaveSegment(row)


def _file(recording: RecordingInProgress) -> tuple[StoredSegment, SegmentDigest]:
    if recording.file is None:
        raise RuntimeError("the recording has no file yet")
    return recording.file.stored, recording.file.digest
