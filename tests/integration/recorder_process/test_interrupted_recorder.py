"""Real kills of recorder and lines: what is missed is nothing, or is said plainly."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest

from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.core.call_record import Pause
from firmware.core.ring_layout import BOTH_CHANNELS, GOES_ON, Marker, MarkerKind
from tests.integration.recorder_at_work import RATE, Lines, Office, RecorderAtWork, decode, eventually, likeness, speech
from tests.integration.recorder_process.processes import must_hold_all_of_it, wrong


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
    eventually(lambda: lines.sender.acknowledged(call.id) == 16 * 3840, 30, "not sealed")
    recorder.kill()
    call.say(31)
    recorder.start()
    eventually(lambda: (lines.sender.acknowledged(call.id) or 0) > 30 * RATE, 30, "not resumed")
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
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 30, "not marked interrupted")
    whole = office.unseal(call.id)
    assert (whole.samples, whole.state) == (call.said, "interrupted")
    assert whole.record.end_cause == "interrupted"
    assert likeness(far[: call.said], decode(whole.ogg)[0]) > 0.9
    assert wrong(office) == []


def test_what_was_not_taken_is_in_the_catalogue_though_the_recorder_and_lines_died(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    call = lines.call(speech(6), speech(6))
    call.say(3)
    call.ring.add_marker(Marker(MarkerKind.LOSS_NOT_TAKEN, 8000, 1600, BOTH_CHANNELS))
    call.say(3)
    eventually(lambda: getattr(office.row(call.id), "not_taken_s", 0.0) == 0.2, 30, "the loss was not saved")
    recorder.kill()
    lines.stop()
    recorder.start()
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 30, "not marked interrupted")
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
    eventually(lambda: lines.sender.acknowledged(call.id) == 10 * 3840, 30, "not sealed")
    eventually(lambda: getattr(office.row(call.id), "pauses", ()), 30, "the pause was not saved")
    recorder.kill()
    lines.stop()
    recorder.start()
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 30, "not marked interrupted")
    row = office.row(call.id)
    assert row is not None
    assert (row.paused_s, row.missing_s) == (row.duration_s - 1.5, 0)
    assert row.pauses[0].who == "202"
    whole = office.unseal(call.id)
    (pause,) = whole.pauses
    assert (pause.start_sample, pause.samples) == (12_000, whole.samples - 12_000)
    assert (whole.state, whole.losses, whole.gaps) == ("interrupted", (), ())
    assert wrong(office) == []


def test_after_a_power_cut_what_was_sealed_is_there_and_marked_interrupted(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    far = speech(8)
    call = lines.call(far, far)
    call.say(8)
    eventually(lambda: lines.sender.acknowledged(call.id) == 14 * 3840, 30, "not sealed")
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
    eventually(lambda: lines.sender.acknowledged(call.id) == 10 * 3840, 30, "not sealed")
    eventually(lambda: office.row(call.id) is not None, 30, "not in the catalogue")
    recorder.kill()
    lines.stop()
    later = Lines(office.home)
    recorder.start()
    row = office.row(call.id)
    assert row is not None
    assert row.state == "recording"
    eventually(lambda: getattr(office.row(call.id), "state", "") == "interrupted", 30, "not marked interrupted")
    later.stop()
    assert wrong(office) == []
