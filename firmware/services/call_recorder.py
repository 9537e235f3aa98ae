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

from firmware.core.call_record import NOT_RECORDED, CallRecord
from firmware.core.errors import DamagedCatalogue, StorageError
from firmware.core.ring_layout import RingState
from firmware.ports.audio_ring import AudioRingReader
from firmware.ports.catalogue import (
    CatalogueChange,
    CatalogueWriter,
    RecordingState,
    SaveRecording,
)
from firmware.ports.evidence_log import EvidenceEntry, EvidenceLog
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.recording_in_progress import RecordingInProgress
from firmware.services.recording_parts import Earlier, RecordingParts
from firmware.services.recording_told import begun, closed, save, save_segment, worth_saving

_LOG = logging.getLogger(__name__)
_WORTH_SPREADING = 8
#: For so long what a ring still holds of a call that is over waits for room. Rings are memory, and calls go on coming.
_IN_VAIN_FOR_S = 600.0
NOT_STORED = f"{NOT_RECORDED}it could not be stored"


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


@dataclass(frozen=True)
class Released:
    """A call that one place lets go of for another: as it was offered, and how it ended if it has."""

    writer: int
    record: CallRecord
    ring: AudioRingReader
    ending: str


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

    def offered(self, writer: int, record: CallRecord, ring: AudioRingReader, ending: str = "") -> None:
        """A ring to record from; or one offered again, by a lines process that lost us or that we lost.

        ``ending``: the call is over already, complete or interrupted.
        """
        entry = self._entries.get(record.recording_id)
        if entry:
            entry.writer = writer
            entry.recording.call_on(ring)
            entry.recording.update(record)
            self._replies.taken(writer, record.recording_id)
            return
        self._recovery.expect(record.recording_id)
        recording = RecordingInProgress(record, ring, self._parts, partial(self._claim, record, ring))
        self._entries[record.recording_id] = _Entry(writer, recording)
        if ending:
            recording.end(ending)

    def _claim(self, record: CallRecord, ring: AudioRingReader) -> Earlier:
        """What was left of the call: here, or by what its ring says in a place that is out of reach."""
        rate_hz = ring.header.sample_rate_hz
        here = self._recovery.claim(record.recording_id, record.started_at_ms, rate_hz)
        elsewhere = ring.files_so_far()
        if elsewhere is None and ring.acknowledged() and not here.next_segment:
            raise StorageError("The beginning of this call is out of reach: the rest waits in its ring.")
        if elsewhere is None or elsewhere.segments <= here.next_segment:
            return here
        return Earlier(elsewhere.segments, ring.acknowledged(), elsewhere.chain, elsewhere.gap_samples)

    def release(self, recording_id: str) -> Released:
        """Let another place go on with it from what is durable here. Between ticks; the ring is not let go of."""
        entry = self._entries.pop(recording_id)
        recording = entry.recording
        recording.let_go_of_the_file()
        _LOG.warning("recording %s goes on elsewhere: %s", recording_id, recording.fault)
        return Released(entry.writer, recording.record, recording.ring, recording.ending)

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
    def waiting(self) -> Sequence[str]:
        """Which recordings cannot be stored now."""
        return [recording_id for recording_id, entry in self._entries.items() if entry.recording.fault]

    @property
    def waiting_from_the_start(self) -> Sequence[str]:
        """Those of them for which not even a file could be made here."""
        return [recording_id for recording_id in self.waiting if self._entries[recording_id].recording.file is None]

    @property
    def owes(self) -> bool:
        """Whether something in the store must still be told to evidence and catalogue. Any thread."""
        return bool(self._owed)

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
        entries = self._entries.values()
        written = [each for each in entries if each.recording.to_flush or (each.recording.file and not each.begun)]
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
            entry.saved = worth_saving(recording)
            self._owe(begun(recording), [save(recording, "recording"), save_segment(recording, "open")])
            self._replies.taken(entry.writer, recording.recording_id)
        if recording.finished:
            self._end(entry)
        elif entry.begun and entry.saved != worth_saving(recording):
            entry.saved = worth_saving(recording)
            self._owe(None, [save(recording, "recording")])

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
        """No recorder before this one has begun it, here or elsewhere."""
        if recording.ring.files_so_far() is not None:
            return False
        try:
            return self._catalogue.known(recording.recording_id) is None
        except (StorageError, DamagedCatalogue):
            return False

    def _end(self, entry: _Entry) -> None:
        recording = entry.recording
        del self._entries[recording.recording_id]
        recording.close()
        changes: list[CatalogueChange] = [save(recording, cast(RecordingState, recording.state))]
        evidence = None
        if recording.file:
            changes.append(save_segment(recording, "closed"))
            evidence = closed(recording)
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
