"""Call control over a line tap that is a list: timers, records, snapshots, faults."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from firmware.core.call.effects import CallOver, Dial, HangUp, PlayTone
from firmware.core.call_record import STILL_PAUSED, Asker
from firmware.core.errors import NoSuchCall
from firmware.core.events import (
    ActionRequested,
    LegAnswered,
    LegEnded,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
)
from firmware.core.local_time import TimeOfWeek
from firmware.core.recording_policy import RecordingPolicy, Rule
from tests.unit.call_bench import Bench


def test_a_call_is_recorded_from_its_bridge_to_its_end() -> None:
    bench = Bench()
    bench.happens(LegTrying(1), LegAnswered(1))
    (record,) = bench.tap.started
    assert record.far_party.number == "01632960123"
    bench.happens(LegEnded(1))
    bench.happens()
    (final,) = bench.tap.stopped
    assert final.recording_id == record.recording_id
    assert final.ended_at_ms is not None
    assert final.end_cause == "called party hung up"
    assert isinstance(bench.tap.done[-1], CallOver)
    assert len(bench.control) == 0


def test_rules_go_by_the_office_s_clock_and_their_words_are_in_the_record() -> None:
    seven_to_eight = Rule("evening", "always", when=TimeOfWeek(frozenset({2}), 19 * 60, 20 * 60))
    policy = RecordingPolicy("main", "pausable", (seven_to_eight,))
    for zone, mode, words in (
        (ZoneInfo("America/New_York"), "always", "rule “evening”: always recorded"),
        (UTC, "pausable", "line main: recorded, with pause and resume"),
    ):
        bench = Bench(policy=policy, zone=zone)  # the clock stands at 00:16 on Thursday, UTC
        bench.happens(LegTrying(1), LegAnswered(1))
        (record,) = bench.tap.started
        assert (record.decided_by, record.mode) == (words, mode)
        assert bench.control.snapshot()[0]["decided_by"] == words


def test_a_call_without_a_ring_goes_on_unrecorded() -> None:
    bench = Bench(ring_fails=True)
    bench.happens(LegTrying(1), LegAnswered(1))
    (view,) = bench.control.snapshot()
    assert (view["state"], view["recording"], view["recording_id"]) == ("connected", False, None)
    bench.happens(LegEnded(0))
    bench.happens()
    assert bench.tap.stopped == []
    (record,) = bench.tap.unrecorded
    assert record.end_cause == "not recorded: No shared memory for a recording."
    assert record.far_party.number == "01632960123"


def test_a_call_that_is_never_recorded_is_counted_and_names_nobody() -> None:
    bench = Bench(policy=RecordingPolicy("main", "never"))
    bench.happens(LegTrying(1), LegAnswered(1), LegEnded(0))
    bench.happens()
    assert bench.tap.started == []
    (record,) = bench.tap.unrecorded
    assert (record.mode, record.far_party.shown, record.office_party.shown) == ("never", "unavailable", "unavailable")
    assert record.extension is None
    assert "01632960123" not in str(record.to_json())
    assert record.ended_at_ms is not None


def test_a_call_that_nobody_answered_is_not_counted_as_unrecorded() -> None:
    bench = Bench(policy=RecordingPolicy("main", "never"))
    bench.happens(LegTrying(1), LegEnded(0), LegEnded(1))
    bench.happens()
    assert len(bench.control) == 0
    assert bench.tap.unrecorded == []


def test_the_recorder_hears_at_once_of_a_pause_and_who_asked() -> None:
    bench = Bench(policy=RecordingPolicy("main", "pausable"))
    bench.happens(LegTrying(1), LegAnswered(1), ActionRequested("pause", Asker("desk", "202")))
    record = bench.tap.updated[-1]
    assert (record.paused, record.pauses[-1].how, record.pauses[-1].who) == (True, "desk", "202")
    bench.happens(LegEnded(0))
    assert bench.tap.updated[-1].paused  # the end is told by the final record
    assert bench.tap.stopped[0].pauses[-1].resumed_how == STILL_PAUSED


def test_an_office_that_does_not_even_say_trying_is_given_up_after_four_seconds() -> None:
    bench = Bench(notice="in")
    bench.happens(MediaReady(0), NoticeStarted(0, 1000), NoticeEnded(0, True))
    bench.wait(3.5)
    assert not any(isinstance(effect, PlayTone) for effect in bench.tap.done)
    bench.wait(1)
    assert any(isinstance(effect, PlayTone) for effect in bench.tap.done)
    bench.wait(10.5)
    assert len(bench.control) == 0


def test_a_timer_that_was_started_anew_does_not_fire_at_its_old_time() -> None:
    bench = Bench(notice="in")
    bench.happens(MediaReady(0), NoticeStarted(0, 60_000))
    bench.wait(30)
    assert not any(isinstance(effect, Dial) for effect in bench.tap.done)
    bench.wait(40)
    assert any(isinstance(effect, Dial) for effect in bench.tap.done)


def test_pages_see_each_change_once_and_the_end() -> None:
    bench = Bench()
    bench.happens(LegTrying(1), LegAnswered(1), LegEnded(0), LegEnded(1))
    states = [view["state"] for view in bench.published]
    assert states[0] == "ringing"
    assert "connected" in states
    assert states[-1] == "ended"
    assert all(one != other for one, other in zip(bench.published, bench.published[1:], strict=False))
    assert bench.control.snapshot() == []


def test_a_page_can_end_a_call_and_only_one_that_there_is() -> None:
    bench = Bench()
    with pytest.raises(NoSuchCall):
        bench.control.ask_to_hang_up("another")
    bench.control.ask_to_hang_up("c1")
    bench.wait(0.1)
    assert len(bench.control) == 0


def test_stopping_says_goodbye_on_every_leg() -> None:
    bench = Bench()
    bench.happens(LegTrying(1), LegAnswered(1))
    bench.supervisor.run(stop_asked=lambda: True)
    assert {effect.leg for effect in bench.tap.done if isinstance(effect, HangUp)} == {0, 1}
    assert bench.tap.stopped[0].end_cause == "the box was stopped"
    assert len(bench.control) == 0


def test_events_of_a_call_that_is_over_change_nothing() -> None:
    bench = Bench()
    bench.happens(LegEnded(0), LegEnded(1))
    bench.happens(LegAnswered(1), MediaReady(0))
    assert len(bench.control) == 0
    assert bench.tap.started == []
