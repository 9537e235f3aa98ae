"""Starting on demand, reminding, telling: what is heard by whom, and what the record says of it."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.actions import possible, why_not
from firmware.core.call.effects import (
    Announce,
    Beep,
    PauseRecording,
    Refuse,
    StartRecording,
    StopRecording,
)
from firmware.core.call_record import Asker
from firmware.core.events import (
    AnnouncementEnded,
    LegEnded,
    LegTrying,
    TimerFired,
)
from firmware.services.call_view import call_view
from tests.unit.played_call import (
    NEVER,
    STARTABLE,
    STEERED,
    STEERED_OUT,
    Play,
    asks,
    connected,
    matters,
)


def test_on_demand_nothing_is_kept_before_it_is_asked_for_and_the_caller_is_told_then() -> None:
    play = connected(STARTABLE)
    assert not any(isinstance(effect, StartRecording) for effect in play.all)
    assert matters(play(asks("start"))) == [
        StartRecording(1),
        Announce((0,), "recording-starts"),
        Announce((1,), "recording-started"),
    ]
    record = play.call.record("r")
    assert record.started_on == "on demand"
    assert record.started_at_ms == play.now
    assert [(each.prompt, each.to) for each in record.announcements] == [
        ("recording-starts", "far_party"),
        ("recording-started", "office_party"),
    ]


def test_on_demand_without_a_notice_only_the_office_hears_that_it_records() -> None:
    play = connected(replace(STARTABLE, start_notice=""))
    assert matters(play(asks("start"))) == [StartRecording(1), Announce((1,), "recording-started")]


def test_a_recording_on_demand_is_started_once_lasts_to_the_end_and_may_be_paused() -> None:
    play = connected(STARTABLE)
    play(asks("start"), asks("start"), asks("pause"), asks("resume"), LegEnded(1))
    assert sum(isinstance(effect, StartRecording) for effect in play.all) == 1
    assert sum(isinstance(effect, StopRecording) for effect in play.all) == 1
    assert len(play.call.pauses) == 1


def test_a_recording_is_not_started_where_calls_are_never_recorded_nor_before_there_is_a_call() -> None:
    never = connected(replace(STEERED, decision=NEVER))
    never(asks("start"))
    ringing = Play(STARTABLE)
    ringing(LegTrying(1), asks("start"))
    for play in (never, ringing):
        assert play.recording() == "none"
        assert not any(isinstance(effect, StartRecording) for effect in play.all)
        assert any(isinstance(effect, Refuse) for effect in play.all)


def test_a_caller_who_asked_not_to_be_recorded_is_not_recorded_on_demand_either() -> None:
    play = connected(STARTABLE)
    play.call = replace(play.call, tags=("opted out",))
    assert why_not(play.call, "start") == "The caller asked not to be recorded."
    play.keys(1, "*44")
    assert play.recording() == "none"


def test_the_reminder_is_heard_by_both_and_the_call_is_tagged() -> None:
    play = connected(STEERED, step_ms=100)
    assert matters(play.keys(1, "*46"))[-1] == Announce((0, 1), "reminder")
    play(AnnouncementEnded("reminder", (0, 1), completed=True))
    record = play.call.record("r")
    assert record.tags == ("reminder given",)
    assert [(each.to, each.completed) for each in record.announcements] == [
        ("far_party", True),
        ("office_party", True),
    ]
    assert all(each.ended_at_ms == play.now for each in record.announcements)


def test_a_reminder_that_could_not_be_played_was_not_given() -> None:
    play = connected(STEERED)
    play(asks("remind"), AnnouncementEnded("reminder", (0, 1), completed=False))
    assert play.call.record("r").tags == ()
    play(asks("remind"), AnnouncementEnded("reminder", (0, 1), completed=True))
    play(asks("remind"), AnnouncementEnded("reminder", (0, 1), completed=False))
    assert play.call.record("r").tags == ("reminder given",)


def test_no_reminder_says_that_a_call_is_recorded_which_is_not() -> None:
    play = connected(STARTABLE, step_ms=100)
    play.keys(1, "*46")
    assert matters(play.last)[-1] == Announce((1,), "not-allowed")
    assert play.call.tags == ()


def test_staff_can_note_that_they_told_the_caller_themselves() -> None:
    play = connected(STEERED, step_ms=100)
    assert Announce((1,), "told") in play.keys(1, "*47")
    assert "told" not in possible(play.call)
    play(asks("told"))
    assert play.call.record("r").tags == ("told caller",)


def test_what_was_said_twice_ends_one_after_the_other() -> None:
    play = connected(STEERED)
    play(asks("pause"), asks("pause"), AnnouncementEnded("paused", (1,), True))
    first, second = play.call.announcements
    assert first.completed
    assert second.ended_at_ms is None


def test_an_announcement_cut_short_by_the_end_of_the_call_was_not_heard_to_its_end() -> None:
    play = connected(STEERED)
    play(asks("remind"), LegEnded(1))
    for said in play.call.record("r").announcements:
        assert (said.completed, said.ended_at_ms) == (False, play.now)


def test_who_asked_by_a_call_of_their_own_is_not_told_in_the_call() -> None:
    play = connected(STEERED)
    assert matters(play(asks("pause", Asker("code", "201", "call")))) == [PauseRecording(500)]
    never = connected(replace(STEERED, decision=NEVER))
    never(asks("pause", Asker("code", "201", "call")))
    assert not any(isinstance(effect, Announce) for effect in never.all)


def test_in_an_emergency_call_nothing_is_said_even_where_something_is_asked_for() -> None:
    play = connected(replace(STEERED_OUT, emergency=True))
    play(asks("pause"), TimerFired("reminder"), asks("resume"), asks("remind"), asks("told"), asks("start"))
    assert not any(isinstance(effect, Announce | Beep) for effect in play.all)
    assert len(play.call.pauses) == 1
    assert call_view(play.call, None)["emergency"], "and whoever would restart the process is told of it"
