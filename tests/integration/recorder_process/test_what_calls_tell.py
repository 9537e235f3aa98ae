"""What recorded calls tell of the box's health: who was heard, and how well the clock was known."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from firmware.adapters.catalogue.health_figures import HealthFigures
from firmware.adapters.ring.writer import RingWriter
from firmware.core.clock_quality import ClockQuality
from firmware.core.line_health import judge_hearing
from tests.integration.recorder_at_work import RATE, Call, Lines, Office, RecorderAtWork, record_of_a_call, speech
from tests.integration.recorder_process.processes import earmark

_VERIFIER = Path(__file__).parents[3] / "scripts" / "verify-recordings"
_LASTS_S = 22
KEPT = ClockQuality(True, "network", 31)


def test_calls_in_which_one_side_is_silent_are_found_and_say_how_well_the_clock_was_known(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    hum = (300 * np.sin(np.arange(_LASTS_S * RATE) * 2 * np.pi * 50 / RATE)).astype(np.int16)
    calls = [
        one_call(lines, number, ClockQuality(False, "nothing") if number == 2 else KEPT, hum) for number in range(3)
    ]
    for call in calls:
        call.wait_until_taken()
    for _ in range(_LASTS_S):
        for call in calls:
            call.say(1, pace=0.1)  # ten times as fast as life: the recorder follows
    for call in calls:
        call.hang_up()
    lines.wait_until_finished()

    figures = HealthFigures(office.home.catalogue)
    heard = figures.heard("main", 9)
    assert len(heard) == 3
    assert all(call.far_ms > 5_000 and call.office_ms == 0 and call.heard_ms > 20_000 for call in heard)
    assert [(each.check, each.subject) for each in judge_hearing("main", heard)] == [("one-sided", "main")]
    assert figures.last_call_ms("main") == max(call.record.started_at_ms for call in calls)
    assert figures.last_call_ms("fax") is None
    assert figures.lost_ms(0) == {"main": (0, 0)}
    assert figures.backup_ms("nowhere") is figures.checkpoint_ms("nowhere") is None
    assert figures.clock_doubt() == ""

    shown = earmark(office, "recordings", "show", calls[0].id).stdout
    assert "Kept by a time server, right to within 31 ms." in shown
    recorder.end()
    notes = verified_notes(office)
    assert "2 recordings began while a time server kept the clock, right to within 31 ms." in notes
    assert "1 recording began while nobody had set the clock: do not rely on their times." in notes


def one_call(lines: Lines, number: int, clock: ClockQuality, hum: np.ndarray[tuple[int], np.dtype[np.int16]]) -> Call:
    record = replace(record_of_a_call(1_800_000_000_000 + number), clock=clock)
    return Call(lines, record, RingWriter.create(record.recording_id), speech(_LASTS_S, number), hum)


def verified_notes(office: Office) -> list[str]:
    key, checkpoint = office.home.device_public_key, office.home.checkpoint
    asked = (_VERIFIER, office.home.data, "--key", key, "--checkpoint", checkpoint, "--json")
    proof = subprocess.run([sys.executable, *map(str, asked)], capture_output=True, text=True, check=False)
    return list(json.loads(proof.stdout)["notes"])
