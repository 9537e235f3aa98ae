"""What goes wrong while a call is recorded: a full disk, audio changed under the reader, faults between two steps.

The disk that fills and the ring that is wiped are played; rings, encoder, sealer, files and catalogue are real.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware.adapters.catalogue.health_figures import HealthFigures
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.sealing.unsealer import unseal
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.cli.verify import verify_home
from firmware.core.errors import DamagedRecording, StorageError
from firmware.core.line_health import Unrecorded
from firmware.core.sealed_scan import scan
from tests.integration.recorder_at_work import RATE, Office, decode, likeness, speech
from tests.integration.troubled_recorder import Bench, Power, Ringing


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
    figures = HealthFigures(bench.office.home.catalogue)
    assert figures.unrecorded(0) == {row.line: Unrecorded(1, "it could not be stored", go_on=True)}
    assert figures.unrecorded(call.record.started_at_ms + 1) == {}
    bench.store.full = False
    later = Ringing(speech(3), 2)
    later.record = replace(later.record, started_at_ms=call.record.started_at_ms + 1000)
    bench.calls.offered(1, later.record, later.reader())
    later.say(3)
    later.hang_up(bench.calls)
    bench.tick()
    assert not figures.unrecorded(0)["main"].go_on
    later.ring.release()
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


def test_a_disk_that_goes_away_between_writing_and_flushing_leaves_a_recording_that_fits_together(
    bench: Bench, call: Ringing, tmp_path: Path
) -> None:
    """What was written there and not flushed may be in the file, or not: the next segment begins before it."""
    bench.calls.offered(1, call.record, call.reader())
    call.say(5)
    bench.tick()
    call.say(3)
    bench.store.gone = True
    with pytest.raises(StorageError):
        bench.tick()
    elsewhere = Bench(Office.found(tmp_path / "elsewhere"))
    elsewhere.calls.offered(1, call.record, call.reader())
    call.say(4)
    call.hang_up(elsewhere.calls)
    elsewhere.tick()
    elsewhere.close()
    first, second = bench.office.sealed(call.id)[0], elsewhere.office.sealed(call.id)[0]
    whole = unseal([first, second])
    assert (whole.samples, whole.gaps, whole.state) == (call.said, (), "complete")
    assert likeness(call.voice[: call.said], decode(whole.ogg)[0]) > 0.9
    content = first.path.read_bytes()
    first.path.write_bytes(content[: scan(content).frames[2].end])
    with pytest.raises(DamagedRecording, match="does not end where"):
        unseal([first, second])


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
