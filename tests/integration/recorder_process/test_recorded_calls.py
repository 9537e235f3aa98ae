"""The recorder as a process: real rings, real files."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.core.call_record import CallRecord, Notice, Party
from firmware.core.errors import EarmarkError
from firmware.core.ring_layout import BOTH_CHANNELS, Marker, MarkerKind
from tests.integration.recorder_at_work import Lines, Office, RecorderAtWork, eventually, speech
from tests.integration.recorder_process.processes import must_hold_all_of_it, wrong


def test_a_call_is_sealed_listed_and_entered(office: Office, recorder: RecorderAtWork, lines: Lines) -> None:
    recorder.start()
    far, other = speech(14), speech(14, 4.0)
    call = lines.call(far, other)
    call.wait_until_taken()
    eventually(
        lambda: getattr(office.row(call.id), "state", "") == "recording", 30, "it is not listed while it goes on"
    )
    call.say(9)
    eventually(lambda: lines.sender.acknowledged(call.id) == 16 * 3840, 30, "what is a second old is not sealed")
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
    eventually(lambda: office.row(call.recording_id), 30, "not listed")
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
