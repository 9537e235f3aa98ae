"""Pausing and resuming: what is kept, what staff hear, what the record says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.call.actions import possible, why_not
from firmware.core.call.effects import (
    Announce,
    Beep,
    CancelTimer,
    PausedTooLate,
    PauseRecording,
    Refuse,
    ResumeRecording,
    StartRecording,
    StartTimer,
    StopRecording,
)
from firmware.core.call.state import PauseRules
from firmware.core.call_record import PAUSED_TOO_LATE, STILL_PAUSED, Asker, CallRecord
from firmware.core.call_tones import STILL_PAUSED_TONE
from firmware.core.events import (
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTrying,
    MediaReady,
    NoticeEnded,
    RecordingFailed,
    RecordingGoesOn,
    TimerFired,
)
from tests.unit.played_call import (
    ALWAYS,
    NEVER,
    PAGE,
    STARTABLE,
    STEERED,
    TO_CALLER,
    Play,
    asks,
    connected,
    matters,
)


def test_a_pause_takes_half_a_second_before_it_along_and_is_confirmed_to_the_office_alone() -> None:
    play = connected(STEERED)
    assert matters(play(asks("pause"))) == [PauseRecording(500), Announce((1,), "paused")]
    pause = play.call.open_pause
    assert pause is not None
    assert (pause.asked_at_ms - pause.started_at_ms, pause.how, pause.who) == (500, "page", "Ann")


def test_a_pause_ends_with_a_resume_and_the_record_says_who_asked_for_both() -> None:
    play = connected(STEERED)
    play(asks("pause"))
    assert matters(play(asks("resume", Asker("desk", "202")))) == [ResumeRecording(), Announce((1,), "resumed")]
    play(LegEnded(0))
    (pause,) = play.call.record("r").pauses
    assert pause.ended_at_ms is not None
    assert (pause.how, pause.who, pause.resumed_how, pause.resumed_who) == ("page", "Ann", "desk", "202")


def test_the_look_back_is_a_setting_and_never_reaches_before_the_recording_or_into_the_pause_before() -> None:
    play = connected(replace(STEERED, pause=PauseRules(look_back_ms=900)), step_ms=300)
    start = play.call.recording_started_at_ms
    assert PauseRecording(900) in play(asks("pause"))
    assert play.call.pauses[0].started_at_ms == start
    play(asks("resume"), asks("pause"))
    assert play.call.pauses[1].started_at_ms == play.call.pauses[0].ended_at_ms


def test_a_pause_that_waited_in_the_box_looks_back_from_when_it_reached_it() -> None:
    play = connected(STEERED)
    play(MediaReady(1))
    assert PauseRecording(850) in play.late(asks("pause"), late_ms=350)
    (pause,) = play.call.pauses
    assert (pause.asked_at_ms, pause.started_at_ms) == (play.now, play.now - 500)
    assert play.call.tags == ()


def test_a_pause_that_waited_longer_than_anything_can_be_dropped_says_so_and_from_when_on_nothing_was_kept() -> None:
    play = connected(STEERED)
    play(MediaReady(1))
    effects = play.late(asks("pause"), late_ms=700)
    assert PauseRecording(900) in effects
    assert PausedTooLate(300) in effects
    (pause,) = play.call.pauses
    assert (pause.asked_at_ms, pause.started_at_ms) == (play.now, play.now + 700 - 900)
    assert play.call.record("r").tags == (PAUSED_TOO_LATE,)


def test_a_late_pause_does_what_it_should_where_the_recording_or_the_pause_before_is_so_young() -> None:
    play = connected(STEERED, step_ms=100)
    assert not any(isinstance(effect, PausedTooLate) for effect in play.late(asks("pause"), late_ms=600))
    play(asks("resume"))
    assert not any(isinstance(effect, PausedTooLate) for effect in play.late(asks("pause"), late_ms=600))
    assert play.call.tags == ()


def test_a_pause_ends_when_what_waited_in_the_buffers_at_the_resume_is_through() -> None:
    play = connected(STEERED)
    play(asks("pause"), asks("resume"))
    resumed_at_ms = play.now
    play(RecordingGoesOn(65))
    assert play.recording() == "running"
    assert play.call.pauses[0].ended_at_ms == resumed_at_ms + 65


def test_a_pause_that_begins_before_the_last_one_is_through_follows_it_without_a_break() -> None:
    play = connected(STEERED, step_ms=10)
    play(asks("pause"), asks("resume"), RecordingGoesOn(65), asks("pause"))
    first, second = play.call.pauses
    assert first.ended_at_ms == second.started_at_ms == second.asked_at_ms == play.now
    play(RecordingGoesOn(40))  # of the resume before
    assert play.call.pauses == (first, second)


def test_a_pause_that_is_not_through_when_the_call_ends_lasts_to_its_end() -> None:
    play = connected(STEERED, step_ms=10)
    play(asks("pause"), asks("resume"), RecordingGoesOn(65), LegEnded(0))
    record = play.call.record("r")
    assert record.pauses[0].ended_at_ms == record.ended_at_ms
    assert record.pauses[0].resumed_how == "page"


def test_staff_hear_a_tone_for_as_long_as_it_is_paused() -> None:
    play = connected(STEERED)
    assert StartTimer("reminder", 30_000) in play(asks("pause"))
    for _ in range(3):
        assert play(TimerFired("reminder")) == [Beep((1,), STILL_PAUSED_TONE), StartTimer("reminder", 30_000)]
    assert CancelTimer("reminder") in play(asks("resume"))


def test_a_forgotten_pause_ends_by_itself() -> None:
    play = connected(STEERED)
    assert StartTimer("resume", 180_000) in play(asks("pause"))
    assert play.call.resumes_at_ms == play.now + 180_000
    assert matters(play(TimerFired("resume"))) == [ResumeRecording(), Announce((1,), "resumed")]
    assert play.call.pauses[0].resumed_how == "automatic"
    assert play.call.resumes_at_ms is None
    assert play.call.timers == frozenset()


def test_neither_tone_nor_resuming_where_the_office_wants_none() -> None:
    play = connected(replace(STEERED, pause=PauseRules(500, 0, 0)))
    assert not any(isinstance(effect, StartTimer) for effect in play(asks("pause")))
    assert play.call.resumes_at_ms is None


def test_asking_again_while_paused_begins_the_time_anew_and_is_one_pause() -> None:
    play = connected(STEERED)
    play(asks("pause"))
    again = play(asks("pause", Asker("api", "till")))
    assert matters(again) == [Announce((1,), "paused")]
    assert StartTimer("resume", 180_000) in again
    assert len(play.call.pauses) == 1
    assert play.call.pauses[0].who == "Ann"


@pytest.mark.parametrize(
    ("retention_class", "asker", "why"),
    [
        ("advice", Asker("code", "202"), "card data"),
        ("advice", Asker("panel"), "card data"),
        ("advice", Asker("page", "Ann", why="a private matter"), "a private matter"),
        ("standard", Asker("code", "202"), ""),
    ],
)
def test_a_pause_of_a_regulated_call_always_has_a_reason(retention_class: str, asker: Asker, why: str) -> None:
    decided = replace(STEERED.decision, retention_class=retention_class)
    play = connected(replace(STEERED, decision=decided, pause=PauseRules(reasoned=frozenset({"advice"}))))
    play(asks("pause", asker))
    assert play.call.pauses[0].why == why
    play(LegEnded(0))
    assert CallRecord.from_json(play.call.record("r").to_json()).pauses[0].why == why


def test_a_recording_still_paused_at_hang_up_says_so() -> None:
    play = connected(STEERED)
    play(asks("pause"))
    assert matters(play(LegEnded(0)))[0] == StopRecording("caller hung up")
    (pause,) = play.call.record("r").pauses
    assert pause.resumed_how == STILL_PAUSED
    assert pause.ended_at_ms == play.call.record("r").ended_at_ms
    assert play.call.timers == frozenset()


def test_a_pause_while_it_rings_makes_the_recording_start_paused() -> None:
    play = Play(STEERED)
    play(LegTrying(1), LegProgress(1, 180))
    # Nobody has answered there yet, who could hear it confirmed.
    assert matters(play(asks("pause"))) == []
    assert "resume" in possible(play.call)
    started = play(MediaReady(1), LegAnswered(1))
    assert StartRecording(1, paused=True) in started
    record = play.call.record("r")
    assert record.paused
    assert record.pauses[0].started_at_ms == record.started_at_ms
    assert record.pauses[0].asked_at_ms < record.started_at_ms
    assert ResumeRecording() in play(asks("resume"))


def test_a_pause_while_the_notice_plays_makes_the_recording_start_paused() -> None:
    play = Play(replace(STEERED, notice=TO_CALLER))
    play(MediaReady(0), asks("pause"), NoticeEnded(0, True), LegTrying(1), LegAnswered(1))
    assert StartRecording(1, paused=True) in play.all


def test_a_pause_that_was_taken_back_before_there_was_a_recording_leaves_no_trace() -> None:
    play = Play(STEERED)
    play(LegTrying(1), asks("pause"), asks("resume"), LegAnswered(1))
    assert StartRecording(1) in play.last
    assert play.call.pauses == ()
    assert play.call.timers == frozenset()


def test_a_pause_asked_for_before_a_call_that_is_not_recorded_after_all_is_forgotten() -> None:
    play = Play(replace(STEERED, notice=TO_CALLER))
    play(MediaReady(0), asks("pause"), NoticeEnded(0, False), LegTrying(1), LegAnswered(1))
    assert play.recording() == "none"
    assert play.call.pauses == ()
    assert play.call.timers == frozenset()


def test_a_line_that_always_records_may_not_be_paused_by_anybody() -> None:
    play = connected(replace(STEERED, decision=ALWAYS))
    for asker in (PAGE, Asker("desk", "201"), Asker("panel"), Asker("api", "till")):
        why = "This call is always recorded and may not be paused."
        assert play(asks("pause", asker)) == [Refuse("pause", asker, why)]
    assert play.recording() == "running"
    assert "pause" not in possible(play.call)


def test_a_fault_while_paused_ends_the_pause_with_the_recording() -> None:
    play = connected(STEERED)
    play(asks("pause"))
    play(RecordingFailed("no memory"))
    assert play.call.open_pause is None
    assert play.call.timers == frozenset()
    assert why_not(play.call, "resume")


def test_what_may_be_asked_changes_with_the_call() -> None:
    assert possible(Play(STEERED).call) == ("pause", "told")
    play = connected(STEERED)
    assert possible(play.call) == ("pause", "remind", "told", "mark")
    play(asks("pause"))
    assert possible(play.call) == ("resume", "remind", "told", "mark")
    assert possible(connected(STARTABLE).call) == ("start", "told")
    assert possible(connected(replace(STEERED, decision=ALWAYS)).call) == ("remind", "told", "mark")
    assert possible(connected(replace(STEERED, decision=NEVER)).call) == ()
    play(LegEnded(0))
    assert possible(play.call) == ()


def test_a_record_with_pauses_holds_and_parties_survives_its_way_to_the_recorder() -> None:
    play = connected(STEERED)
    play(asks("pause"), MediaReady(1, held=True), asks("resume"), asks("told"), asks("mark"), LegEnded(0))
    record = play.call.record("r")
    assert record.pauses
    assert record.marks
    assert record.holds
    assert CallRecord.from_json(record.to_json()) == record
