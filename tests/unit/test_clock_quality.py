"""How well the clock was known, and what becomes of a call in whose middle somebody sets it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.supervision.kernel_clock import KernelClock
from firmware.core.call_record import Asker, CallRecord
from firmware.core.clock_quality import ClockQuality
from firmware.core.events import ActionRequested, Event, LegAnswered, LegEnded, LegTrying
from firmware.core.recording_policy import RecordingPolicy
from tests.unit.call_bench import Bench

KEPT = ClockQuality(synchronised=True, source="network", error_ms=12)
DESK = Asker("desk", "till")


@pytest.mark.parametrize(
    ("quality", "words"),
    [
        (KEPT, "Kept by a time server, right to within 12 ms."),
        (ClockQuality(True, "network"), "Kept by a time server."),
        (ClockQuality(False, "own clock"), "Not kept by a time server: by the machine's own clock."),
        (ClockQuality(False, "nothing"), "Not set by anybody since the machine started: the times may be wrong."),
        (
            ClockQuality(True, "network", 1500, stepped_ms=-7_200_000),
            "Kept by a time server, right to within 1.5 s. It was put back by 2 hours during the call; the call's "
            "times are by the clock as it was before.",
        ),
    ],
)
def test_it_is_told_in_plain_words(quality: ClockQuality, words: str) -> None:
    assert quality.words == words
    assert ClockQuality.from_json(json.loads(json.dumps(asdict(quality) | {"of a newer version": 1}))) == quality


def test_the_kernel_is_asked_and_the_machine_s_own_clock_is_seen(tmp_path: Path) -> None:
    clock = KernelClock(tmp_path)
    if clock.quality().error_ms is not None:
        assert clock.quality().source == "network"
        return
    assert clock.quality() == ClockQuality(False, "nothing")
    battery = tmp_path / "sys/class/rtc/rtc0"
    battery.mkdir(parents=True)
    (battery / "hctosys").write_text("1\n")
    assert clock.quality() == ClockQuality(False, "own clock")
    mark = tmp_path / "run/systemd/timesync/synchronized"
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert clock.quality() == ClockQuality(True, "network")


def recorded(steps_ms: tuple[int, int, int]) -> CallRecord:
    """A call of ten seconds with a pause in it, and the clock put on or back before, in and after the pause."""
    bench = Bench(policy=RecordingPolicy("main", "pausable"), clock_quality=lambda: KEPT)
    bench.happens(LegTrying(1), LegAnswered(1))
    events: tuple[Event, ...] = (ActionRequested("pause", DESK), ActionRequested("resume", DESK), LegEnded(1))
    for step_ms, event in zip(steps_ms, events, strict=True):
        bench.wait(3)
        bench.clock.epoch_ms += step_ms
        bench.happens(event)
    bench.happens()
    (record,) = bench.tap.stopped
    return record


@given(st.tuples(*[st.integers(-60 * 365 * 86_400_000, 60 * 365 * 86_400_000)] * 3))
def test_setting_the_clock_in_mid_call_changes_no_length_and_no_order(steps_ms: tuple[int, int, int]) -> None:
    record = recorded(steps_ms)
    (pause,) = record.pauses
    assert record.ended_at_ms is not None
    assert pause.ended_at_ms is not None
    assert record.started_at_ms <= pause.started_at_ms <= pause.asked_at_ms < pause.ended_at_ms < record.ended_at_ms
    assert record.ended_at_ms - record.started_at_ms == pytest.approx(9000, abs=200)
    assert pause.ended_at_ms - pause.asked_at_ms == pytest.approx(3000, abs=400)
    assert record.clock is not None
    if abs(sum(steps_ms)) > 1000:
        assert record.clock.stepped_ms == pytest.approx(sum(steps_ms), abs=50)


def test_a_clock_set_from_1970_to_today_in_mid_call_is_told_in_the_record() -> None:
    record = recorded((1_790_000_000_000, 0, 0))
    assert record.clock is not None
    assert record.clock.doubtful
    assert "put forward by" in record.clock.words
    assert CallRecord.from_json(json.loads(json.dumps(record.to_json()))) == record
