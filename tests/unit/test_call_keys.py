"""Keys in a call: codes from the office's phone are obeyed and kept from the caller; everything else passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.call.effects import (
    Announce,
    CancelTimer,
    PauseRecording,
    Refuse,
    RelayKey,
    ResumeRecording,
    StartTimer,
    SwallowTones,
)
from firmware.core.call_record import Asker
from firmware.core.events import (
    KeyPressed,
    LegAnswered,
    LegProgress,
    LegTrying,
    MediaReady,
    NoticeEnded,
    TimerFired,
)
from firmware.core.feature_code import KeyWay
from tests.unit.played_call import (
    ALWAYS,
    NEVER,
    PAUSABLE,
    STEERED,
    STEERED_OUT,
    TO_CALLED,
    Play,
    connected,
    matters,
)

FAST_MS = 120


def relayed(play: Play) -> str:
    return "".join(effect.key for effect in play.all if isinstance(effect, RelayKey))


def test_a_code_from_the_office_pauses_and_none_of_its_keys_reaches_the_caller() -> None:
    for plan, office in ((STEERED, 1), (STEERED_OUT, 0)):
        play = connected(plan, FAST_MS)
        play.keys(office, "*48")
        assert play.recording() == "paused"
        assert relayed(play) == ""
        assert Announce((office,), "paused") in play.last
        assert play.call.pauses[-1].how == "code"
        assert play.call.pauses[-1].who == play.call.plan.office_party.number


def test_codes_are_obeyed_however_they_are_keyed() -> None:
    for way in ("event", "info", "audible"):
        play = connected(STEERED, FAST_MS)
        play.keys(1, "*48", way)
        assert play.recording() == "paused"
        play.keys(1, "*49", way)
        assert play.recording() == "running"
        assert relayed(play) == ""


def test_the_callers_own_keys_never_pause_and_pass_at_once() -> None:
    for plan, caller in ((STEERED, 0), (STEERED_OUT, 1)):
        for way in ("event", "info"):
            play = connected(plan, FAST_MS)
            play.keys(caller, "*48", way)
            assert play.recording() == "running"
            assert relayed(play) == "*48"


def test_a_callers_tones_are_not_sent_a_second_time_as_events() -> None:
    play = connected(STEERED, FAST_MS)
    assert matters(play.keys(0, "*48", "audible")) == []
    assert play.recording() == "running"


def test_the_echo_of_the_callers_keys_from_the_offices_phone_never_pauses() -> None:
    for plan, caller, office in ((STEERED, 0, 1), (STEERED_OUT, 1, 0)):
        for way in ("event", "info", "audible"):
            play = connected(plan, FAST_MS)
            for key in "*48":
                play(KeyPressed(caller, key, 100, way), KeyPressed(office, key, 90, "audible"))
            assert play.recording() == "running"
            assert relayed(play) == ("" if way == "audible" else "*48")
            # What was muted for it is let through at once.
            assert SwallowTones(office, False) in play.all


def test_the_offices_own_code_is_obeyed_when_the_echo_of_the_callers_keys_must_be_over() -> None:
    play = connected(STEERED, FAST_MS)
    play.keys(0, "*", "event")
    play.now += 1_100
    play.keys(1, "*48", "audible")
    assert play.recording() == "paused"
    for way in ("event", "info"):
        play = connected(STEERED, FAST_MS)
        play.keys(0, "*", way)
        play.keys(1, "*48", way)
        assert play.recording() == "paused"


def test_keys_that_turn_out_to_be_no_code_reach_the_caller_in_order_and_at_their_length() -> None:
    play = connected(STEERED, FAST_MS)
    play(KeyPressed(1, "*", 90), KeyPressed(1, "4", 110))
    assert relayed(play) == ""
    assert [e for e in play(KeyPressed(1, "1", 130)) if isinstance(e, RelayKey)] == [
        RelayKey(0, "*", 90),
        RelayKey(0, "4", 110),
        RelayKey(0, "1", 130),
    ]


def test_what_is_held_goes_on_after_a_second_and_a_half_of_nothing_more() -> None:
    play = connected(STEERED, FAST_MS)
    assert StartTimer("keys", 1500) in play.keys(1, "*")
    assert StartTimer("keys", 1500) in play.keys(1, "4")
    play(TimerFired("keys"))
    assert relayed(play) == "*4"
    assert play.call.keys.collector.held == ()


def test_the_time_stops_with_the_code() -> None:
    play = connected(STEERED, FAST_MS)
    assert CancelTimer("keys") in play.keys(1, "*48")
    assert "keys" not in play.call.timers


def test_tones_from_the_office_are_watched_for_as_soon_as_the_parties_talk_and_let_through_after_each_code() -> None:
    play = connected(STEERED, FAST_MS)
    assert play.all.count(SwallowTones(1, True)) == 1
    again = [SwallowTones(1, False), SwallowTones(1, True)]
    assert [e for e in play.keys(1, "*48", "audible") if isinstance(e, SwallowTones)] == again
    assert [e for e in play.keys(1, "*1", "audible") if isinstance(e, SwallowTones)] == again
    play.keys(1, "*", "audible")
    assert [e for e in play(TimerFired("keys")) if isinstance(e, SwallowTones)] == again


def test_tones_that_no_code_began_with_were_heard_and_are_not_sent_again() -> None:
    play = connected(STEERED, FAST_MS)
    assert matters(play.keys(1, "123#", "audible")) == []


def test_tones_that_were_swallowed_for_nothing_are_sent_as_events() -> None:
    play = connected(STEERED, FAST_MS)
    play.keys(1, "*41", "audible")
    assert relayed(play) == "*41"


@pytest.mark.parametrize(("one_way", "another"), [("event", "audible"), ("info", "event")])
def test_a_phone_that_sends_each_key_in_two_ways_at_once_gives_each_code_once(one_way: KeyWay, another: KeyWay) -> None:
    play = connected(STEERED, 20)
    for key in "*48":
        play(KeyPressed(1, key, 100, one_way), KeyPressed(1, key, 100, another))
        play.now += 200
    assert play.recording() == "paused"
    assert relayed(play) == ""


def test_a_key_that_is_heard_and_then_comes_as_event_is_not_passed_on_again() -> None:
    play = connected(STEERED, 20)
    play.keys(1, "7", "audible")
    play.keys(1, "7", "event")
    assert relayed(play) == ""


def test_a_key_pressed_twice_is_two_presses() -> None:
    play = connected(replace(STEERED, decision=replace(PAUSABLE, mode="on_demand", record=False)), FAST_MS)
    play.keys(1, "*44")
    assert play.recording() == "running"


def test_a_tone_that_was_muted_for_a_key_already_dealt_with_is_let_through() -> None:
    play = connected(STEERED, 20)
    play.keys(1, "*")
    play(TimerFired("keys"))
    assert SwallowTones(1, False) in play.keys(1, "*", "audible")


def test_a_code_that_is_not_allowed_is_refused_in_spoken_words_and_kept_from_the_caller() -> None:
    for decision, why in (
        (ALWAYS, "This call is always recorded and may not be paused."),
        (NEVER, "This call is not being recorded."),
    ):
        play = connected(replace(STEERED, decision=decision), FAST_MS)
        play.keys(1, "*48")
        assert Announce((1,), "not-allowed") in play.last
        assert Refuse("pause", Asker("code", "201", "event"), why) in play.last
        assert play.call.pauses == ()
        assert relayed(play) == ""


def test_codes_work_while_the_office_has_the_caller_on_hold() -> None:
    play = connected(STEERED, FAST_MS)
    play(MediaReady(1, held=True))
    play.keys(1, "*48", "info")
    assert play.recording() == "paused"
    # Nobody listens at a phone that has put the call on hold.
    assert not any(isinstance(effect, Announce) for effect in play.all)


def test_codes_work_while_the_person_called_still_hears_the_notice() -> None:
    play = Play(replace(STEERED_OUT, notice=TO_CALLED), FAST_MS)
    play(LegTrying(1), MediaReady(1), LegAnswered(1), MediaReady(0))
    assert play.call.phase == "telling"
    play.keys(0, "*48")
    play(NoticeEnded(1, completed=True))
    assert play.recording() == "paused"
    assert not any(isinstance(effect, PauseRecording | ResumeRecording) for effect in play.all)


def test_tones_are_watched_for_while_early_media_plays_and_never_mute_the_notice_after_it() -> None:
    play = Play(replace(STEERED_OUT, notice=TO_CALLED), FAST_MS)
    assert SwallowTones(0, True) in play(LegTrying(1), LegProgress(1, 183, early_media=True))
    play.keys(0, "*48", "audible")
    assert play.call.open_pause is not None
    assert SwallowTones(0, False) in play(LegAnswered(1), MediaReady(0), MediaReady(1))
    assert play.call.phase == "telling"
    assert not play.call.keys.swallowing
    assert SwallowTones(0, True) in play(NoticeEnded(1, completed=True))


def test_in_an_emergency_call_every_key_passes_at_once() -> None:
    play = connected(replace(STEERED_OUT, emergency=True), FAST_MS)
    assert matters(play.keys(0, "*")) == [RelayKey(1, "*", 100)]
    assert matters(play.keys(0, "48")) == [RelayKey(1, "4", 100), RelayKey(1, "8", 100)]
    assert play.recording() == "running"
    assert not any(isinstance(effect, SwallowTones) for effect in play.all)


def test_an_office_without_codes_has_every_key_passed_and_nothing_swallowed() -> None:
    play = connected(replace(STEERED, codes=type(STEERED.codes)("", "", "", "", "", "")), FAST_MS)
    play.keys(1, "*48")
    assert relayed(play) == "*48"
    assert not any(isinstance(effect, SwallowTones) for effect in play.all)


def test_no_key_is_shown() -> None:
    play = connected(STEERED, FAST_MS)
    play.keys(1, "*4")
    assert "key='" not in repr(play.call)
    assert "'*'" not in repr(play.call)
