"""The warning tone in a call that is recorded: when it is heard, and when not."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import (
    Beep,
    StartRecording,
    StartTimer,
)
from firmware.core.call_record import Asker
from firmware.core.events import (
    ActionRequested,
    LegEnded,
    MediaReady,
    TimerFired,
)
from tests.unit.received_call import (
    ALWAYS,
    NEVER,
    WARNED,
    Play,
    put_through,
)


def test_both_parties_hear_the_warning_tone_when_recording_starts_and_every_so_often() -> None:
    assert WARNED.warning_tone is not None
    beep = Beep((0, 1), WARNED.warning_tone.tone)
    play = Play(WARNED)
    assert beep in [*put_through(play), *play(MediaReady(0))]
    assert StartTimer("warning", 15_000) in play.all
    assert play(TimerFired("warning")) == [beep]
    assert play(TimerFired("warning")) == [beep]
    play(LegEnded(1))
    assert not play.call.timers


def test_the_warning_tone_is_not_heard_while_the_recording_is_paused_and_at_once_when_it_goes_on() -> None:
    assert WARNED.warning_tone is not None
    beep, asker = Beep((0, 1), WARNED.warning_tone.tone), Asker("page", "Ann")
    play = Play(replace(WARNED, decision=replace(ALWAYS, mode="pausable")))
    put_through(play)
    play(MediaReady(0))
    assert beep not in play(ActionRequested("pause", asker))
    assert "warning" not in play.call.timers
    assert beep in play(ActionRequested("resume", asker))


def test_a_call_that_is_not_recorded_has_no_warning_tone() -> None:
    play = Play(replace(WARNED, decision=NEVER))
    put_through(play)
    assert not [effect for effect in play.all if isinstance(effect, Beep)]
    assert "warning" not in play.call.timers


def test_an_emergency_call_has_no_warning_tone_even_if_it_is_recorded() -> None:
    play = Play(replace(WARNED, emergency=True))
    assert StartRecording(1) in put_through(play)
    assert not [effect for effect in play.all if isinstance(effect, Beep)]
