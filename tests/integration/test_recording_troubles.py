"""What goes wrong while a call is recorded: a full disk, audio changed under the reader, faults between two steps.

The disk that fills and the ring that is wiped are played; rings, encoder, sealer, files and catalogue are real.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.encoding.speech_opus import SpeechOpusEncoder
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.evidence_files import EvidenceFiles, EvidenceFilesReader
from firmware.adapters.store.segment_files import SegmentFiles, SegmentFilesReader
from firmware.cli.verify import verify_home
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import StorageError, StorageFull
from firmware.core.home import Home
from firmware.core.recording_id import recording_id
from firmware.ports.catalogue import CatalogueChange
from firmware.ports.evidence_log import EvidenceEntry
from firmware.ports.recording_store import SegmentDigest, SegmentFile, StoredSegment
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.recording_in_progress import RecordingParts
from tests.integration.recorder_at_work import RATE, Office, Pcm, decode, likeness, speech

BEGAN_MS = 1_772_000_000_000


class FillingDisk(SegmentFilesReader):
    """A store whose disk has no room while ``full``."""

    full = False

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._real = SegmentFiles(home)

    def flush(self) -> None:
        self._real.flush()

    def discard_empty(self, stored: StoredSegment) -> bool:
        return self._real.discard_empty(stored)

    def close(self) -> None:
        self._real.close()

    def create(
        self, recording_id: str, segment: int, started_at_ms: int, keyslot: bytes, header_block: bytes
    ) -> FillingFile:
        if self.full:
            raise StorageFull("There is no room left.")
        return FillingFile(self, self._real.create(recording_id, segment, started_at_ms, keyslot, header_block))


class FillingFile:
    def __init__(self, disk: FillingDisk, real: SegmentFile) -> None:
        self._disk = disk
        self._real = real

    @property
    def stored(self) -> StoredSegment:
        return self._real.stored

    @property
    def digest(self) -> SegmentDigest:
        return self._real.digest

    def append(self, content: bytes) -> None:
        if self._disk.full:
            raise StorageFull("There is no room left.")
        self._real.append(content)

    def close(self) -> None:
        self._real.close()


class Power(Exception):
    """Somebody pulled the plug."""


class FragileEvidence(EvidenceFiles):
    cut_after = False

    def enter(self, entries: Sequence[EvidenceEntry]) -> int:
        line = super().enter(entries)
        if self.cut_after:
            raise Power
        return line


class FragileCatalogue(SqliteCatalogueWriter):
    unwritable = False

    def apply(self, changes: Sequence[CatalogueChange]) -> None:
        if self.unwritable:
            raise StorageError("The catalogue cannot be written.")
        super().apply(changes)


class Told:
    """What lines would have been told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def taken(self, writer: int, recording_id: str) -> None:
        self.words.append("taken")

    def finished(self, writer: int, recording_id: str) -> None:
        self.words.append("finished")

    def fault(self, writer: int, recording_id: str, text: str) -> None:
        self.words.append(text)


class Bench:
    """A recorder without its process, ticked by hand."""

    def __init__(self, office: Office) -> None:
        self.office = office
        home = office.home
        self.store = FillingDisk(home)
        self.catalogue = FragileCatalogue(home.catalogue)
        self.evidence = FragileEvidence(home, load_device_key(home.device_key))
        self.evidence.checkpoint()
        self.recovery = CrashRecovery(self.store, self.catalogue, self.evidence)
        self.recovery.survey(BEGAN_MS)
        self.told = Told()
        self.now_s = 1000.0
        parts = RecordingParts(self.store, PublicKeySealer.from_home(home), SpeechOpusEncoder)
        self.calls = CallRecorder(parts, self.catalogue, self.evidence, self.recovery, self.told, workers=2)

    def tick(self) -> None:
        self.now_s += 10.0
        self.calls.tick(self.now_s)

    def close(self) -> None:
        self.store.close()
        self.catalogue.close()
        self.evidence.close()


class Ringing:
    """A call whose ring a test fills."""

    def __init__(self, voice: Pcm, number: int = 1) -> None:
        self.record = CallRecord(
            recording_id(BEGAN_MS, bytes([number] * 10)),
            f"call-{number}",
            "main",
            "inbound",
            Party("+441632960123"),
            Party("202"),
            BEGAN_MS,
            "always",
        )
        self.ring = RingWriter.create(self.record.recording_id)
        self.voice = voice
        self.said = 0

    @property
    def id(self) -> str:
        return self.record.recording_id

    def reader(self) -> RingReader:
        ring, ack = self.ring.descriptors()
        return RingReader(os.dup(ring), os.dup(ack))

    def say(self, seconds: float) -> None:
        piece = self.voice[self.said : self.said + int(seconds * RATE)].tobytes()
        for channel in (0, 1):
            self.ring.write_pcm(channel, piece)
        self.said += len(piece) // 2

    def hang_up(self, calls: CallRecorder) -> None:
        self.ring.close(self.said)
        calls.closed(self.record)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.found(tmp_path / "var")


@pytest.fixture
def bench(office: Office) -> Iterator[Bench]:
    made = Bench(office)
    yield made
    made.close()


@pytest.fixture
def call() -> Iterator[Ringing]:
    made = Ringing(speech(70))
    yield made
    made.ring.release()


def wrong(office: Office) -> list[str]:
    return [each.text for each in verify_home(office.home) if each.severity == "wrong"]


def test_a_disk_full_for_a_while_costs_nothing(bench: Bench, call: Ringing) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(5)
    bench.tick()
    bench.store.full = True
    for _ in range(3):
        call.say(5)
        bench.tick()
    assert bench.calls.status()["state"] == "fault"
    assert "There is no room left." in bench.told.words
    assert call.ring.acknowledged() == 8 * 3840
    bench.store.full = False
    bench.tick()
    assert bench.calls.status()["state"] == "recording"
    call.hang_up(bench.calls)
    bench.tick()
    whole = bench.office.unseal(call.id)
    assert (whole.samples, whole.gaps) == (call.said, ())
    assert likeness(call.voice[: call.said], decode(whole.ogg)[0]) > 0.9
    assert wrong(bench.office) == []


def test_a_disk_full_for_longer_is_a_gap_written_down(bench: Bench, call: Ringing) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(5)
    bench.tick()
    bench.store.full = True
    for _ in range(8):
        call.say(5)
        bench.tick()
    sealed = bench.office.unseal(call.id)
    assert sealed.state == "interrupted"
    assert likeness(call.voice[: sealed.samples], decode(sealed.ogg)[0]) > 0.9
    bench.store.full = False
    call.say(5)
    bench.tick()
    bench.tick()
    call.say(5)
    call.hang_up(bench.calls)
    bench.tick()
    whole = bench.office.unseal(call.id)
    assert whole.samples == call.said
    (gap,) = whole.gaps
    assert gap.cause == "could not be stored"
    assert 20 * RATE < gap.samples < 40 * RATE
    heard = decode(whole.ogg)[0]
    assert likeness(call.voice[50 * RATE : 54 * RATE], heard[50 * RATE : 54 * RATE], within=4) > 0.9
    row = bench.office.row(call.id)
    assert row is not None
    assert row.not_stored_s == pytest.approx(gap.samples / RATE, abs=0.01)
    assert wrong(bench.office) == []


def test_a_call_that_begins_on_a_full_disk_is_recorded_from_when_there_is_room(bench: Bench, call: Ringing) -> None:
    bench.store.full = True
    bench.calls.offered(1, call.record, call.reader())
    for _ in range(6):
        call.say(5)
        bench.tick()
    assert bench.office.sealed_files(call.id) == []
    assert bench.told.words == ["There is no room left."]
    bench.store.full = False
    bench.tick()
    bench.tick()
    call.hang_up(bench.calls)
    bench.tick()
    assert bench.told.words[-2:] == ["taken", "finished"]
    whole = bench.office.unseal(call.id)
    assert whole.samples == call.said
    heard = decode(whole.ogg)[0]
    assert likeness(call.voice[20 * RATE : 28 * RATE], heard[20 * RATE : 28 * RATE], within=4) > 0.9


def test_a_call_of_which_nothing_could_be_stored_is_listed_as_not_recorded_and_its_ring_let_go(
    bench: Bench, call: Ringing
) -> None:
    bench.store.full = True
    bench.calls.offered(1, call.record, call.reader())
    call.say(5)
    bench.tick()
    call.hang_up(bench.calls)
    bench.tick()
    for _ in range(55):
        bench.tick()
    assert bench.told.words == ["There is no room left."]
    assert call.id in bench.calls.recording_ids
    for _ in range(6):
        bench.tick()
    assert bench.told.words[-1] == "finished"
    assert call.id not in bench.calls.recording_ids
    row = bench.office.row(call.id)
    assert row is not None
    assert (row.state, row.end_cause) == ("not_recorded", "not recorded: it could not be stored")
    bench.store.full = False
    bench.tick()
    assert bench.office.sealed_files(call.id) == []
    assert wrong(bench.office) == []


def test_audio_wiped_while_it_is_encoded_is_encoded_again(bench: Bench, call: Ringing) -> None:
    wiped = Ringing(np.concatenate([call.voice[: 4 * RATE], np.zeros(4 * RATE, np.int16)]), 2)

    class WipedOnce(RingReader):
        """The lines process wipes what is in the ring just after it was read."""

        asked = 0

        def generation(self) -> int:
            self.asked += 1
            if self.asked == 2:
                wiped.ring._memory[4096 : 4096 + 2 * 3840] = bytes(2 * 3840)
            return min(self.asked // 2, 1)

    ring, ack = wiped.ring.descriptors()
    bench.calls.offered(1, wiped.record, WipedOnce(os.dup(ring), os.dup(ack)))
    wiped.say(6)
    bench.tick()
    wiped.hang_up(bench.calls)
    bench.tick()
    heard = decode(bench.office.unseal(wiped.id).ogg)
    assert np.abs(heard[0][: 3840 - 60]).max() <= 1
    assert np.abs(heard[1][: 3840 - 60]).max() > 1000
    wiped.ring.release()


def test_a_catalogue_that_cannot_be_written_is_written_when_it_can_and_lines_waits(bench: Bench, call: Ringing) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(3)
    bench.catalogue.unwritable = True
    call.hang_up(bench.calls)
    bench.tick()
    bench.tick()
    assert bench.told.words == ["taken"]
    assert bench.calls.status()["attention"] == ["The catalogue cannot be written."]
    bench.catalogue.unwritable = False
    bench.tick()
    assert bench.told.words == ["taken", "finished"]
    kinds = [line.kind for line in EvidenceFilesReader(bench.office.home).lines()]
    assert kinds == ["recording-started", "recording-closed"]
    assert bench.calls.status()["state"] == "ok"


def test_power_lost_between_evidence_and_catalogue_is_put_right(bench: Bench, call: Ringing) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(3)
    bench.tick()
    call.hang_up(bench.calls)
    bench.evidence.cut_after = True
    with pytest.raises(Power):
        bench.tick()
    bench.close()
    again = Bench(bench.office)
    row = bench.office.row(call.id)
    assert row is not None
    assert row.state == "recording"
    assert again.recovery.give_up_waiting() == 1
    row = bench.office.row(call.id)
    assert row is not None
    assert (row.state, row.duration_s) == ("complete", 3.0)
    assert again.recovery.give_up_waiting() == 0
    assert wrong(bench.office) == []
    bench.store, bench.catalogue, bench.evidence = again.store, again.catalogue, again.evidence


def test_a_recording_that_was_whole_when_the_recorder_was_killed_is_only_reported(bench: Bench, call: Ringing) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(3.03)
    call.hang_up(bench.calls)
    bench.catalogue.unwritable = True
    bench.tick()
    bench.close()
    again = Bench(bench.office)
    again.calls.offered(2, call.record, call.reader())
    again.calls.closed(call.record)
    again.tick()
    assert again.told.words == ["finished"]
    assert len(bench.office.sealed_files(call.id)) == 1
    row = bench.office.row(call.id)
    assert row is not None
    assert (row.state, row.duration_s, row.segments) == ("complete", 3.03, 1)
    assert wrong(bench.office) == []
    bench.store, bench.catalogue, bench.evidence = again.store, again.catalogue, again.evidence


def test_a_ring_offered_again_by_the_same_lines_process_goes_on_in_the_same_segment(
    bench: Bench, call: Ringing
) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(4)
    bench.tick()
    bench.calls.writer_gone(1)
    bench.calls.offered(2, call.record, call.reader())
    call.say(4)
    call.hang_up(bench.calls)
    bench.tick()
    assert bench.told.words == ["taken", "taken", "finished"]
    whole = bench.office.unseal(call.id)
    assert (whole.samples, whole.state) == (call.said, "complete")


def test_a_ring_offered_again_after_its_recording_was_closed_goes_on_in_a_new_segment(
    bench: Bench, call: Ringing
) -> None:
    bench.calls.offered(1, call.record, call.reader())
    call.say(4.01)
    bench.calls.writer_gone(1)
    bench.tick()
    assert bench.office.unseal(call.id).state == "interrupted"
    bench.calls.offered(2, call.record, call.reader())
    call.say(4)
    call.hang_up(bench.calls)
    bench.tick()
    whole = bench.office.unseal(call.id)
    assert (whole.samples, whole.state, whole.gaps) == (call.said, "complete", ())
    assert likeness(call.voice[: call.said], decode(whole.ogg)[0]) > 0.9
    assert wrong(bench.office) == []


def test_many_recordings_are_shared_among_workers(bench: Bench) -> None:
    calls = [Ringing(speech(4, number / 3), number) for number in range(1, 21)]
    for call in calls:
        bench.calls.offered(1, call.record, call.reader())
    for _ in range(4):
        for call in calls:
            call.say(1)
        bench.tick()
    for call in calls:
        call.hang_up(bench.calls)
    bench.tick()
    for call in calls[::5]:
        assert likeness(call.voice[: call.said], decode(bench.office.unseal(call.id).ogg)[1]) > 0.9
    for call in calls:
        call.ring.release()
