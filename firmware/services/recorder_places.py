"""Where the recorder records: on the data disk, or in the spool while that is away, or for a while in both.

New calls go to the data disk as soon as it is there. What was begun in the spool ends there, and is taken in then. A
call whose beginning is on a data disk that has gone waits in its ring: what comes of it must follow that beginning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, Protocol

from firmware.core.call_record import CallRecord
from firmware.core.errors import StorageError
from firmware.ports.audio_ring import AudioRingReader
from firmware.ports.erasing import Erasure
from firmware.ports.evidence_log import EvidenceLog
from firmware.ports.office_keys import RewrappedSlot
from firmware.ports.space_meter import Space, SpaceMeter
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.local_evidence import LocalEvidenceDesk
from firmware.services.spool_gate import SpoolGate

_LOG = logging.getLogger(__name__)


class Replies(Protocol):
    """What lines is told."""

    def fault(self, writer: int, recording_id: str, text: str) -> None: ...

    def part(self) -> None:
        """Leave every lines process: it comes back and offers its rings again."""
        ...


@dataclass(frozen=True)
class Place:
    """Everything that recording needs in one place. ``holds`` tells whether a recording, by its id and start in Unix
    ms, is there in part."""

    calls: CallRecorder
    recovery: CrashRecovery
    evidence: EvidenceLog
    desk: LocalEvidenceDesk
    space: SpaceMeter
    holds: Callable[[str, int], bool]
    close: Callable[[], None]


class RecorderPlaces:
    """The recorder's main thread, but for ``desk``'s entries, which may come from any."""

    def __init__(self, spool: Place | None, data: Place | None, gate: SpoolGate, replies: Replies) -> None:
        """At least one of the two places is there."""
        self._spool = spool
        self._data = data
        self._gate = gate
        self._replies = replies
        self._waiting: set[str] = set()

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

    def data_is_there(self, data: Place) -> None:
        """From now on new recordings go there. Calls that waited for it are offered again."""
        self._data = data
        if self._waiting:
            self._waiting.clear()
            self._replies.part()

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
            if self._spool.holds(record.recording_id, record.started_at_ms):
                self._spool.calls.offered(writer, record, ring)
                return
        if self._data is None and ring.acknowledged():
            self._waiting.add(record.recording_id)
            ring.close()
            words = "The beginning of this call is on the data disk, which is not there: the rest waits in its ring."
            self._replies.fault(writer, record.recording_id, words)
            return
        self.main.calls.offered(writer, record, ring)

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
        """The ``EvidenceDesk``. Any thread."""
        return self.main.desk.enter(kind, subject, detail)

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
