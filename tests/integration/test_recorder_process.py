"""The recorder as a process: real rings, real files, real kills."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.cli.verify import verify_home
from firmware.core.call_record import CallRecord, Notice, Party, Pause
from firmware.core.errors import (
    AddressInUse,
    DamagedCatalogue,
    EarmarkError,
    OfficeIncomplete,
    PrivateKeyExposed,
    StorageError,
)
from firmware.core.ring_layout import BOTH_CHANNELS, GOES_ON, Marker, MarkerKind
from tests.integration.recorder_at_work import (
    RATE,
    Call,
    Lines,
    Office,
    Pcm,
    RecorderAtWork,
    decode,
    eventually,
    likeness,
    speech,
)

VERIFIER = Path(__file__).parents[2] / "scripts" / "verify-recordings"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.found(tmp_path / "var")


@pytest.fixture
def recorder(office: Office) -> Iterator[RecorderAtWork]:
    made = RecorderAtWork(office.home)
    yield made
    made.end()


@pytest.fixture
def lines(office: Office) -> Iterator[Lines]:
    made = Lines(office.home)
    yield made
    made.stop()


def must_hold_all_of_it(office: Office, call: Call, far: Pcm, other: Pcm) -> None:
    """Every sample of both parties is there, in its place."""
    whole = office.unseal(call.id)
    assert (whole.samples, whole.gaps, whole.state) == (call.said, (), "complete")
    heard = decode(whole.ogg)
    assert heard.shape[1] == call.said
    for sent, channel in ((far, heard[0]), (other, heard[1])):
        for start in range(0, call.said - RATE, RATE):
            piece = sent[start : start + RATE]
            if np.abs(piece).max() > 500:
                assert likeness(piece, channel[start : start + RATE], within=4) > 0.8, f"at {start / RATE} s"


def wrong(office: Office) -> list[str]:
    """What the box finds wrong with itself; the tool that proves it to others must agree that there is something."""
    found = [f"{each.subject}: {each.text}" for each in verify_home(office.home) if each.severity == "wrong"]
    home = office.home
    asked: list[str | Path] = [
        home.data,
        "--key",
        home.device_public_key,
        "--checkpoint",
        home.checkpoint,
        "--catalogue",
        "--json",
    ]
    proof = subprocess.run([sys.executable, VERIFIER, *asked], capture_output=True, text=True, check=False)
    assert bool(json.loads(proof.stdout)["findings"]) == bool(found), proof.stdout
    return found


def test_a_call_is_sealed_listed_and_entered(office: Office, recorder: RecorderAtWork, lines: Lines) -> None:
    recorder.start()
    far, other = speech(14), speech(14, 4.0)
    call = lines.call(far, other)
    call.wait_until_taken()
    eventually(lambda: getattr(office.row(call.id), "state", "") == "recording", 5, "it is not listed while it goes on")
    call.say(9)
    eventually(lambda: lines.sender.acknowledged(call.id) == 16 * 3840, 5, "what is a second old is not sealed")
    notice = Notice("call-recorded", "far_party", call.record.started_at_ms, call.record.started_at_ms + 3000, True)
    call.update(replace(call.record, answered_at_ms=call.record.started_at_ms + 500, notice=notice))
    call.say(5)
    call.hang_up()
    lines.wait_until_finished()
    must_hold_all_of_it(office, call, far, other)
    row = office.row(call.id)
    assert row is not None
    assert (row.state, row.duration_s, row.segments, row.end_cause) == ("complete", 14.0, 1, "caller hung up")
    assert row.notice is not None
    assert row.notice["completed"]
    assert office.unseal(call.id).record.notice == notice
    kinds = [line.kind for line in EvidenceFilesReader(office.home).lines()]
    assert kinds == ["recording-started", "recording-closed"]
    assert wrong(office) == []
    assert recorder.stop() == 0
    assert wrong(office) == []


def test_nothing_that_was_said_lies_readable_on_the_disk(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far = speech(6)
    call = lines.call(far, far)
    call.say(6)
    call.hang_up()
    lines.wait_until_finished()
    content = b"".join(path.read_bytes() for path in office.home.root.rglob("*") if path.is_file())
    loud = int(np.argmax(np.abs(far)))
    assert far[loud : loud + 16].tobytes() not in content
    assert b"OpusHead" not in content
    assert b"AGE-SECRET-KEY" not in content
    assert call.record.far_party.number is not None
    sealed = b"".join(path.read_bytes() for path in office.sealed_files(call.id))
    assert call.record.far_party.number.encode() not in sealed


def test_a_recorder_killed_again_and_again_misses_nothing(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far, other = speech(16), speech(16, 5.0)
    call = lines.call(far, other)
    call.wait_until_taken()
    speaking = call.say_in_background(16)
    chance = random.Random(7)
    for _ in range(4):
        time.sleep(chance.uniform(1.2, 2.6))
        recorder.kill()
        recorder.start()
    speaking.join()
    call.hang_up()
    lines.wait_until_finished()
    assert len(office.sealed_files(call.id)) == 5
    must_hold_all_of_it(office, call, far, other)
    row = office.row(call.id)
    assert row is not None
    assert (row.state, row.segments, row.missing_s) == ("complete", 5, 0.0)
    assert wrong(office) == []


def test_a_recorder_stopped_and_started_in_mid_call_misses_nothing(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far, other = speech(9), speech(9, 4.0)
    call = lines.call(far, other)
    call.wait_until_taken()
    call.say(4)
    assert recorder.stop() == 0
    call.say(3)
    recorder.start()
    call.say(2)
    call.hang_up()
    lines.wait_until_finished()
    must_hold_all_of_it(office, call, far, other)


def test_a_call_that_began_and_ended_without_a_recorder_is_recorded_when_it_comes(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    far, other = speech(12), speech(12, 4.0)
    call = lines.call(far, other)
    call.say(12)
    call.hang_up()
    recorder.start()
    lines.wait_until_finished()
    must_hold_all_of_it(office, call, far, other)


def test_a_recorder_away_for_too_long_leaves_a_gap_and_no_shift(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far, other = speech(60), speech(60, 4.0)
    call = lines.call(far, other)
    call.say(9)
    eventually(lambda: lines.sender.acknowledged(call.id) == 16 * 3840, 5, "not sealed")
    recorder.kill()
    call.say(31)
    recorder.start()
    eventually(lambda: (lines.sender.acknowledged(call.id) or 0) > 30 * RATE, 5, "not resumed")
    call.say(10)
    call.hang_up()
    lines.wait_until_finished()
    whole = office.unseal(call.id)
    assert whole.samples == call.said
    (gap,) = whole.gaps
    assert gap.start_sample == 16 * 3840
    assert 11 * RATE < gap.samples < 14 * RATE
    heard = decode(whole.ogg)
    assert np.abs(heard[:, gap.start_sample + 2000 : gap.start_sample + gap.samples - 600]).max() <= 1
    late = slice(45 * RATE, 48 * RATE)
    assert likeness(far[late], heard[0][late], within=4) > 0.9
    row = office.row(call.id)
    assert row is not None
    assert row.not_stored_s == pytest.approx(gap.samples / RATE, abs=0.01)
    assert wrong(office) == []


def test_calls_of_a_lines_process_that_died_end_where_it_stopped(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far, other = speech(8), speech(8, 4.0)
    call = lines.call(far, other)
    call.wait_until_taken()
    call.say(7.3)
    lines.stop()
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 5, "not marked interrupted")
    whole = office.unseal(call.id)
    assert (whole.samples, whole.state) == (call.said, "interrupted")
    assert whole.record.end_cause == "interrupted"
    assert likeness(far[: call.said], decode(whole.ogg)[0]) > 0.9
    assert wrong(office) == []


def test_losses_are_written_down_and_counted(office: Office, recorder: RecorderAtWork, lines: Lines) -> None:
    recorder.start()
    call = lines.call(speech(6), speech(6))
    call.say(6)
    call.ring.add_marker(Marker(MarkerKind.LOSS_NOT_TAKEN, 8000, 1600, BOTH_CHANNELS))
    call.ring.add_marker(Marker(MarkerKind.LOSS_NETWORK, 16_000, 8000, 0, 3))
    call.hang_up()
    lines.wait_until_finished()
    whole = office.unseal(call.id)
    assert [(loss.start_sample, loss.samples, loss.cause, loss.channel) for loss in whole.losses] == [
        (8000, 1600, "not taken off the call", None),
    ]
    assert [(loss.start_sample, loss.samples, loss.packets, loss.channel) for loss in whole.network_losses] == [
        (16_000, 8000, 3, 0),
    ]
    row = office.row(call.id)
    assert row is not None
    assert (row.not_taken_s, row.not_stored_s) == (0.2, 0.0)


def test_what_was_not_taken_is_in_the_catalogue_though_the_recorder_and_lines_died(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    call = lines.call(speech(6), speech(6))
    call.say(3)
    call.ring.add_marker(Marker(MarkerKind.LOSS_NOT_TAKEN, 8000, 1600, BOTH_CHANNELS))
    call.say(3)
    eventually(lambda: getattr(office.row(call.id), "not_taken_s", 0.0) == 0.2, 5, "the loss was not saved")
    recorder.kill()
    lines.stop()
    recorder.start()
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 15, "not marked interrupted")
    row = office.row(call.id)
    assert row is not None
    assert row.not_taken_s == 0.2


def test_a_pause_that_both_lines_and_the_recorder_died_in_is_no_loss_and_said_plainly(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    silence = np.zeros(4 * RATE, np.int16)
    call = lines.call(np.concatenate([speech(2), silence]), np.concatenate([speech(2), silence]))
    call.say(3)
    call.ring.add_marker(Marker(MarkerKind.WIPED, 12_000, 4_000, 0))
    call.ring.add_marker(Marker(MarkerKind.PAUSED, 16_000, 0, 0, GOES_ON))
    began = call.record.started_at_ms
    call.update(replace(call.record, pauses=(Pause(began + 1500, began + 2000, how="desk", who="202"),)))
    call.say(3)
    eventually(lambda: lines.sender.acknowledged(call.id) == 10 * 3840, 5, "not sealed")
    eventually(lambda: getattr(office.row(call.id), "pauses", ()), 5, "the pause was not saved")
    recorder.kill()
    lines.stop()
    recorder.start()
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 15, "not marked interrupted")
    row = office.row(call.id)
    assert row is not None
    assert (row.paused_s, row.missing_s) == (row.duration_s - 1.5, 0)
    assert row.pauses[0].who == "202"
    whole = office.unseal(call.id)
    (pause,) = whole.pauses
    assert (pause.start_sample, pause.samples) == (12_000, whole.samples - 12_000)
    assert (whole.state, whole.losses, whole.gaps) == ("interrupted", (), ())
    assert wrong(office) == []


def test_a_call_that_was_not_recorded_is_listed_and_has_no_file(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    call = CallRecord(
        "1" * 32,
        "call-9",
        "main",
        "inbound",
        Party("+441632960123"),
        Party("202"),
        1_772_000_000_000,
        "the caller asked not to be recorded",
        "never",
        answered_at_ms=1_772_000_005_000,
        ended_at_ms=1_772_000_065_000,
        tags=("opted out",),
    )
    lines.sender.not_recorded(call)
    eventually(lambda: office.row(call.recording_id), 5, "not listed")
    row = office.row(call.recording_id)
    assert row is not None
    assert (row.state, row.duration_s, row.opted_out, row.segments) == ("not_recorded", 60.0, True, 0)
    assert office.sealed_files(call.recording_id) == []
    assert wrong(office) == []
    recorder.kill()
    recorder.start()
    row = office.row(call.recording_id)
    assert row is not None
    assert row.state == "not_recorded"


def test_after_a_power_cut_what_was_sealed_is_there_and_marked_interrupted(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far = speech(8)
    call = lines.call(far, far)
    call.say(8)
    eventually(lambda: lines.sender.acknowledged(call.id) == 14 * 3840, 5, "not sealed")
    recorder.kill()
    lines.stop()
    (sealed,) = office.sealed_files(call.id)
    with sealed.open("ab") as file:
        file.write(b"\xf5\xa6EF\x01" + bytes(300))
    recorder.start()
    row = office.row(call.id)
    assert row is not None
    assert (row.state, row.duration_s) == ("interrupted", 14 * 0.48)
    whole = office.unseal(call.id)
    assert whole.state == "interrupted"
    assert 0 <= 14 * 3840 - whole.samples < 60
    assert [line.kind for line in EvidenceFilesReader(office.home).lines()][-1] == "recording-recovered"
    assert wrong(office) == []


def test_a_call_that_its_lines_process_does_not_claim_ends_where_it_was_cut_off(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    call = lines.call(speech(6), speech(6))
    call.say(6)
    eventually(lambda: lines.sender.acknowledged(call.id) == 10 * 3840, 5, "not sealed")
    eventually(lambda: office.row(call.id) is not None, 5, "not in the catalogue")
    recorder.kill()
    lines.stop()
    later = Lines(office.home)
    recorder.start()
    row = office.row(call.id)
    assert row is not None
    assert row.state == "recording"
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 15, "not marked interrupted")
    later.stop()
    assert wrong(office) == []


def test_many_short_calls_are_all_finished(office: Office, recorder: RecorderAtWork, lines: Lines) -> None:
    recorder.start()
    voice = speech(1.5)
    calls = []
    for _ in range(60):
        call = lines.call(voice, voice)
        call.say(1.5)
        call.hang_up()
        calls.append(call)
    lines.wait_until_finished()
    for call in calls:
        row = office.row(call.id)
        assert row is not None
        assert (row.state, row.duration_s) == ("complete", 1.5)
    assert office.unseal(calls[30].id).samples == 12_000
    assert wrong(office) == []


def test_a_call_of_no_length_is_a_recording_of_no_length(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    call = lines.call(speech(1), speech(1))
    call.hang_up()
    lines.wait_until_finished()
    whole = office.unseal(call.id)
    assert (whole.samples, whole.state, whole.ogg) == (0, "complete", b"")
    assert wrong(office) == []


def test_other_processes_enter_evidence_through_the_recorder(office: Office, recorder: RecorderAtWork) -> None:
    recorder.start()
    client = ControlClient(office.home.recorder_socket)
    entry = {"kind": "listened", "subject": {"person": "p-1"}, "detail": {"purpose": "complaint of Ms Example"}}
    assert client.post("/evidence", entry)["line"] == 1
    (line,) = EvidenceFilesReader(office.home).lines()
    assert (line.kind, line.subject) == ("listened", {"person": "p-1"})
    assert line.commitment
    log = "".join(path.read_text() for path in office.home.evidence.glob("*.log"))
    assert "Example" not in log
    for refused in (
        {"kind": "recording-closed", "subject": {}},
        {"kind": "listened", "subject": {"person": "Jane Doe"}},
        {"kind": "listened", "subject": ["x"]},
    ):
        with pytest.raises(EarmarkError):
            client.post("/evidence", refused)
    assert recorder.health()["state"] == "ok"
    assert client.post("/flush") == {}


def refused(office: Office) -> tuple[int, str]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), "recorder"]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return outcome.returncode, outcome.stderr


def test_it_refuses_to_start_where_it_could_read_a_private_key(office: Office) -> None:
    lying_about = office.home.keys / "office-backup.txt"
    lying_about.write_text("# created: today\nage-secret-key-1qqqqq\n".upper())
    code, said = refused(office)
    assert code == PrivateKeyExposed.exit_code
    assert "office-backup.txt holds a private listening key" in said
    lying_about.rename(office.home.data / "notes.txt")
    assert refused(office)[0] == PrivateKeyExposed.exit_code


def test_it_says_what_is_wrong_with_a_data_folder(office: Office) -> None:
    office.home.recordings.rmdir()
    office.home.recordings.write_text("in the way")
    code, said = refused(office)
    assert code == StorageError.exit_code
    assert "recordings" in said
    assert "What to do" in said


def test_it_says_when_the_catalogue_is_damaged(office: Office) -> None:
    office.home.catalogue.write_bytes(b"x" * 8192)
    code, said = refused(office)
    assert code == DamagedCatalogue.exit_code
    assert "Put catalogue.db back from a backup" in said


def test_it_says_when_the_key_to_seal_to_is_lost(office: Office) -> None:
    office.home.office_public_key.unlink()
    code, said = refused(office)
    assert code == OfficeIncomplete.exit_code
    assert "backup" in said
    assert "earmark init" not in said


def test_a_second_recorder_is_refused(office: Office, recorder: RecorderAtWork) -> None:
    recorder.start()
    code, said = refused(office)
    assert code == AddressInUse.exit_code
    assert "Another recorder" in said
    assert recorder.health()["state"] == "ok"


def test_verify_names_what_was_changed_removed_or_added(office: Office, recorder: RecorderAtWork, lines: Lines) -> None:
    recorder.start()
    voice = speech(3)
    calls = [lines.call(voice, voice) for _ in range(5)]
    for call in calls:
        call.say(3)
        call.hang_up()
    lines.wait_until_finished()
    recorder.stop()
    changed, removed, keyless, swapped, copied = (office.sealed_files(call.id)[0] for call in calls)
    content = bytearray(changed.read_bytes())
    content[6000] ^= 1
    changed.write_bytes(content)
    removed.unlink()
    keyless.with_suffix(".key").unlink()
    swapped.with_suffix(".key").write_bytes(copied.with_suffix(".key").read_bytes())
    (copied.parent / f"{'ab' * 16}.0.ear").write_bytes(copied.read_bytes())
    said = "\n".join(wrong(office))
    for expected in (
        f"{changed.name}: It is damaged: frame",
        f"{changed.name}: It was changed",
        f"{removed.name}: The evidence log knows this file, and it is gone",
        f"{keyless.name}: Its keyslot is missing",
        f"{swapped.name}: Its keyslot is not the one",
        "Inside it is another recording than its name says",
        "The evidence log does not know this file",
    ):
        assert expected in said
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), "verify", "--json"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    document = json.loads(outcome.stdout)
    assert document["sound"] is False
    assert len(document["findings"]) >= 7
