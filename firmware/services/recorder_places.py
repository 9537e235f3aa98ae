"""Where the recorder records: on the data disk, or in the spool while that is away or full, or for a while in both.

New calls go to the data disk as soon as it is there and has room. A call that cannot be stored any more where it was
begun goes over to the spool with a new segment, from the last sample that is durable; the ring still has what came
since. What is in the spool ends there, and is taken in then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from firmware.core.call_record import CallRecord
from firmware.core.errors import StorageError, StorageFull
from firmware.ports.audio_ring import AudioRingReader
from firmware.ports.erasing import Erasure
from firmware.ports.evidence_log import EvidenceLog
from firmware.ports.office_keys import RewrappedSlot
from firmware.ports.space_meter import Space, SpaceMeter
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.local_evidence import LocalEvidenceDesk
from firmware.services.spool_gate import SpoolGate


@dataclass(frozen=True)
class Place:
    """Everything that recording needs in one place.

    Args:
        holds: tells whether a recording, by its id and start in Unix ms, is there in part.
        has_room: whether a new recording may begin there. Raises StorageError when that cannot be told.
    """

    calls: CallRecorder
    recovery: CrashRecovery
    evidence: EvidenceLog
    desk: LocalEvidenceDesk
    space: SpaceMeter
    holds: Callable[[str, int], bool]
    has_room: Callable[[], bool]
    close: Callable[[], None]


class RecorderPlaces:
    """The recorder's main thread, but for ``desk``'s entries, which may come from any."""

    def __init__(self, spool: Place | None, data: Place | None, gate: SpoolGate) -> None:
        """At least one of the two places is there."""
        self._spool = spool
        self._data = data
        self._gate = gate
        self._spool_wanted = self._doubtful = False

    # --- which places there are

    @property
    def spool(self) -> Place | None:
        return self._spool

    @property
    def data(self) -> Place | None:
        return self._data

    @property
    def main(self) -> Place:
        """Where new recordings and entries go."""
        place = self._data or self._spool
        if place is None:
            raise RuntimeError("there is nowhere to record to")
        return place

    def data_was_tried(self) -> None:
        """It could be written. Any thread."""
        self._doubtful = False

    def data_is_there(self, data: Place) -> None:
        """From now on new recordings go there."""
        self._data = data

    def spool_is_there(self, spool: Place) -> None:
        """What cannot be stored on the data disk goes there."""
        self._spool, self._spool_wanted = spool, False

    @property
    def spool_wanted(self) -> bool:
        """Whether calls wait for a spool that is not open. Any thread."""
        return self._spool_wanted

    @property
    def data_is_doubtful(self) -> bool:
        """Whether something could not be written on a data disk that has room. Any thread."""
        return self._doubtful

    def leave_spool(self) -> None:
        """Nothing is in the spool any more. Raises StorageError: its last checkpoint could not be written."""
        if self._spool is not None:
            spool, self._spool = self._spool, None
            spool.close()

    def close(self) -> None:
        """Let go of both places. Raises StorageError when a last checkpoint could not be written."""
        for place in self._places:
            place.close()

    @property
    def _places(self) -> Sequence[Place]:
        return [place for place in (self._spool, self._data) if place is not None]

    # --- what lines tells

    def offered(self, writer: int, record: CallRecord, ring: AudioRingReader) -> None:
        if self._spool is not None:
            self._gate.record(record.recording_id)
        self._place_of(record, ring).calls.offered(writer, record, ring)

    def _place_of(self, record: CallRecord, ring: AudioRingReader) -> Place:
        for place in self._places:
            if record.recording_id in place.calls.recording_ids:
                return place
        if self._spool is not None:
            is_new = ring.files_so_far() is None
            if self._spool.holds(record.recording_id, record.started_at_ms) or (is_new and not _has_room(self.main)):
                return self._spool
        return self.main

    def updated(self, record: CallRecord) -> None:
        for place in self._places:
            place.calls.updated(record)

    def closed(self, record: CallRecord) -> None:
        for place in self._places:
            place.calls.closed(record)

    def not_recorded(self, writer: int, record: CallRecord) -> None:
        self.main.calls.not_recorded(writer, record)

    def writer_gone(self, writer: int) -> None:
        for place in self._places:
            place.calls.writer_gone(writer)

    # --- the work

    def tick(self, now_s: float) -> None:
        """Raises StorageError as ``CallRecorder.tick`` does."""
        for place in self._places:
            place.calls.tick(now_s)
        if self._spool is not None:
            self._gate.recorded(self._spool.calls.recording_ids)

    def move_over(self) -> None:
        """Whatever waits for room in one place goes on in the other, if that has some. Now and then, between ticks."""
        if self._data is None:
            return
        waiting = self._data.calls.waiting
        self._doubtful = self._doubtful or self._data.calls.owes or (bool(waiting) and _has_room(self._data))
        if self._spool is None:
            self._spool_wanted = bool(waiting)
        elif waiting:
            if _has_room(self._spool):
                self._move(waiting, self._data, self._spool)
        elif (stuck := self._spool.calls.waiting_from_the_start) and _has_room(self._data):
            self._move(stuck, self._spool, self._data)

    def _move(self, recordings: Sequence[str], source: Place, target: Place) -> None:
        for recording_id in recordings:
            self._gate.record(recording_id)
            call = source.calls.release(recording_id)
            target.calls.offered(call.writer, call.record, call.ring, call.ending)

    def stop(self, now_s: float) -> None:
        for place in self._places:
            place.calls.stop(now_s)

    def give_up_waiting(self) -> int:
        return sum(place.recovery.give_up_waiting() for place in self._places)

    def checkpoint(self) -> None:
        for place in self._places:
            place.evidence.checkpoint()

    @property
    def recording_ids(self) -> Set[str]:
        return {each for place in self._places for each in place.calls.recording_ids}

    def status(self) -> dict[str, Any]:
        """Of both places as one; see ``CallRecorder.status``."""
        found = [place.calls.status() for place in self._places]
        states = [each["state"] for each in found]
        return {
            "state": next((state for state in ("fault", "recording") if state in states), "ok"),
            "attention": sorted({words for each in found for words in each["attention"]}),
            "recordings": [recording for each in found for recording in each["recordings"]],
            "lost_samples": sum(each["lost_samples"] for each in found),
        }

    # --- where there is room, and where to enter

    def measure(self) -> Space:
        """The ``SpaceMeter`` of where new recordings go."""
        return self.main.space.measure()

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        """The ``EvidenceDesk``: on a full data disk, the spool's, from where it is taken in. Any thread."""
        spool, place = self._spool, self.main
        try:
            return place.desk.enter(kind, subject, detail)
        except StorageFull:
            if spool is None or spool is place:
                raise
            return spool.desk.enter(kind, subject, detail)
        except StorageError:
            self._doubtful = True
            raise

    def erased(self, recordings: Sequence[Erasure]) -> None:
        """The ``ErasureEvidence``. Any thread.

        Raises:
            StorageError: the data disk is not there: nothing on it can have been erased.
        """
        self._on_the_disk().desk.erased(recordings)

    def details_erased(self, first: int, last: int) -> None:
        """Of these lines, but of those about a recording. Any thread. Raises StorageError likewise."""
        self._on_the_disk().desk.details_erased(first, last)

    def rewrapped(self, slots: Sequence[RewrappedSlot]) -> None:
        """The ``RewrapEvidence``. Any thread. Raises StorageError likewise."""
        self._on_the_disk().desk.rewrapped(slots)

    def _on_the_disk(self) -> Place:
        if self._data is None:
            raise StorageError("The data disk is not there.", "Unlock it, or plug it in.")
        return self._data


def _has_room(place: Place) -> bool:
    try:
        return place.has_room()
    except StorageError:
        return False
