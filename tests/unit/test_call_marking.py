"""A moment of a call is marked: noted with who and when, and nothing of the recording changes by it."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.actions import possible, why_not
from firmware.core.call.effects import Obeyed
from firmware.core.call.making import MOST_KEPT
from firmware.core.call_record import MARKED, Asker, CallRecord, Mark
from firmware.core.call_story import story
from firmware.core.events import LegEnded
from tests.unit.played_call import ALWAYS, NEVER, STEERED, Play, asks, connected

PANEL = Asker("panel")


def test_a_mark_says_when_and_who_and_touches_nothing_else() -> None:
    play = connected(STEERED)
    recording = play.recording()
    assert play(asks("mark", PANEL)) == [Obeyed("mark", PANEL)]
    assert play.recording() == recording
    record = play.call.record("r")
    assert record.marks == (Mark(play.now, "panel"),)
    assert record.tags == (MARKED,)
    assert [(moment.at_ms, moment.text) for moment in story(record)] == [
        (play.now, "Marked with the button on the box.")
    ]


def test_a_paused_call_and_one_that_is_always_recorded_can_be_marked() -> None:
    paused = connected(STEERED)
    paused(asks("pause"))
    for play in (paused, connected(replace(STEERED, decision=ALWAYS))):
        assert "mark" in possible(play.call)
        play(asks("mark", PANEL))
        assert play.call.record("r").marks


def test_a_call_that_is_not_recorded_has_no_place_to_mark() -> None:
    for play in (Play(STEERED), connected(replace(STEERED, decision=NEVER))):
        assert why_not(play.call, "mark") == "This call is not being recorded."
        assert "mark" not in possible(play.call)


def test_a_button_that_is_pressed_for_hours_leaves_the_newest_marks_and_a_record_that_is_sent() -> None:
    play = connected(STEERED)
    for _ in range(MOST_KEPT + 20):
        play(asks("mark", PANEL))
    play(LegEnded(0))
    assert len(play.call.marks) == MOST_KEPT
    record = play.call.record("r")
    assert record.marks[-1] == play.call.marks[-1]
    assert CallRecord.from_json(record.to_json()) == record
