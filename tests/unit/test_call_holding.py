"""Calls on hold: whose music is nobody's voice."""

from __future__ import annotations

from firmware.core.call.effects import (
    Reconnect,
    RecordAsHeld,
)
from firmware.core.call.making import MOST_KEPT
from firmware.core.call_record import ABRIDGED, Hold, Party
from firmware.core.events import (
    LegAnswered,
    LegEnded,
    LegTrying,
    MediaReady,
    PartyReplaced,
)
from tests.unit.played_call import COLLEAGUE, INBOUND, OUTBOUND, STARTABLE, Play, asks, connected, matters


def test_who_puts_the_call_on_hold_is_recorded_as_silence_until_they_are_back() -> None:
    play = connected(INBOUND)
    assert matters(play(MediaReady(1, held=True))) == [Reconnect(1), RecordAsHeld(1, True)]
    began = play.now
    assert matters(play(MediaReady(1))) == [Reconnect(1), RecordAsHeld(1, False)]
    assert play.call.record("r").holds == (Hold(began, play.now, "office"),)


def test_a_caller_on_hold_at_their_own_exchange_is_silence_on_their_side() -> None:
    play = connected(INBOUND)
    play(MediaReady(0, held=True), LegEnded(0))
    (hold,) = play.call.record("r").holds
    assert (hold.side, hold.ended_at_ms) == ("far_party", play.now)


def test_a_party_that_goes_on_hold_or_is_renamed_without_end_makes_no_step_slower() -> None:
    play = connected(INBOUND)
    play(PartyReplaced(1, COLLEAGUE), MediaReady(1, held=True))
    office_hold = play.call.holds[0]
    for number in range(2 * MOST_KEPT):
        play(MediaReady(0, held=True), MediaReady(0), PartyReplaced(0, Party(f"01632{number:06}")))
    assert len(play.call.holds) == len(play.call.parties) == MOST_KEPT + 1
    # What holds still is not forgotten.
    assert play.call.holds[0] == office_hold
    assert play.call.party_at("office") == COLLEAGUE
    assert play.call.party_at("far_party").number == f"01632{2 * MOST_KEPT - 1:06}"
    assert ABRIDGED in play.call.record("r").tags


def test_a_machine_that_only_ever_speaks_has_nobody_on_hold_and_is_recorded() -> None:
    play = Play(OUTBOUND)
    play(LegTrying(1), MediaReady(1, held=True), LegAnswered(1), MediaReady(0))
    # The session is refreshed as it was.
    play(MediaReady(1, held=True))
    assert play.call.shown_state == "connected"
    assert not any(isinstance(effect, RecordAsHeld) for effect in play.all)
    # Then a person takes over, who can put the call on hold.
    play(MediaReady(1), MediaReady(1, held=True))
    assert RecordAsHeld(1, True) in play.all


def test_a_recording_started_while_on_hold_keeps_no_hold_music() -> None:
    play = connected(STARTABLE)
    play(MediaReady(1, held=True))
    assert not any(isinstance(effect, RecordAsHeld) for effect in play.all)
    assert RecordAsHeld(1, True) in play(asks("start"))
    assert play.call.record("r").holds[0].started_at_ms == play.now
