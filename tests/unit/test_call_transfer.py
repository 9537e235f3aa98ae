"""Transfers: one call, one recording, whoever comes and goes at the office's end."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import (
    AdoptLeg,
    Announce,
    Beep,
    Bridge,
    CallOver,
    Dial,
    HangUp,
    PauseRecording,
    PlayTone,
    Reconnect,
    RecordAsHeld,
    RelayKey,
    StartRecording,
    StopPlaying,
    StopRecording,
    SwallowTones,
    TakePlace,
    Target,
    TransferProgress,
    Unbridge,
)
from firmware.core.call.joining import taking_over
from firmware.core.call_record import Party, PartyChange
from firmware.core.call_tones import BUSY, RINGING
from firmware.core.events import (
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTaken,
    LegTrying,
    MediaReady,
    PartyReplaced,
    TimerFired,
    TransferAsked,
)
from firmware.core.leg import LegPlace, PhoneIdentity
from tests.unit.played_call import COLLEAGUE, INBOUND, OUTBOUND, STEERED, Play, asks, connected, matters

TO_202 = TransferAsked(1, "202", targets=(Target("office", "202"),))


def transferring() -> Play:
    play = connected(INBOUND)
    play(MediaReady(1, held=True), TO_202)
    return play


def test_a_blind_transfer_dials_the_colleague_in_the_callers_name_and_tells_the_phone_how_it_goes() -> None:
    play = connected(INBOUND)
    assert matters(play(TO_202)) == [
        TransferProgress(1, 100),
        Dial(2, Target("office", "202"), calling=INBOUND.far_party),
    ]
    assert matters(play(LegTrying(2), LegProgress(2, 180))) == [TransferProgress(1, 180)]
    assert play.call.bridged


def test_the_colleague_takes_the_place_of_who_transferred_and_the_recording_goes_on() -> None:
    play = transferring()
    play(LegTrying(2), MediaReady(2))
    assert matters(play(LegAnswered(2))) == [
        Unbridge(0, 1),
        TakePlace(1, 2),
        RecordAsHeld(2, False),
        Bridge(0, 2),
        TransferProgress(1, 200),
        HangUp(1),
    ]
    play(LegEnded(1))
    assert play.call.shown_state == "connected"
    assert play.recording() == "running"
    play(LegEnded(0), LegEnded(2))
    assert sum(isinstance(effect, StartRecording) for effect in play.all) == 1
    assert sum(isinstance(effect, StopRecording) for effect in play.all) == 1
    record = play.call.record("r")
    assert [(change.side, change.party, change.how) for change in record.parties] == [
        ("office", COLLEAGUE, "blind transfer")
    ]
    assert record.office_party.number == "201"
    assert [hold.side for hold in record.holds] == ["office"]
    assert isinstance(play.all[-1], CallOver)


def test_a_phone_that_transfers_and_hangs_up_leaves_the_caller_a_ringing_tone() -> None:
    play = transferring()
    play(LegTrying(2), LegProgress(2, 180))
    assert matters(play(LegEnded(1))) == [PlayTone(0, RINGING)]
    assert not play.call.over
    assert matters(play(LegAnswered(2))) == [StopPlaying(0), TakePlace(1, 2), RecordAsHeld(2, False), Bridge(0, 2)]


def test_a_caller_who_is_transferred_to_nobody_hears_so_and_the_call_ends() -> None:
    play = transferring()
    play(LegEnded(1))
    assert matters(play(LegEnded(2, 486))) == [
        StopRecording("the transfer failed: SIP 486"),
        StopPlaying(0),
        PlayTone(0, BUSY),
    ]
    play(TimerFired("tone"), LegEnded(0))
    assert play.call.over
    assert play.call.end_cause == "the transfer failed: SIP 486"


def test_a_transfer_that_fails_gives_the_caller_back_to_who_asked() -> None:
    play = transferring()
    assert matters(play(LegEnded(2, 486))) == [TransferProgress(1, 486)]
    assert matters(play(MediaReady(1))) == [Reconnect(1), RecordAsHeld(1, False)]
    assert play.recording() == "running"
    # And it may be tried again.
    assert Dial(3, Target("office", "202"), calling=INBOUND.far_party) in play(TO_202)


def test_a_transfer_that_rings_in_vain_is_given_up() -> None:
    play = transferring()
    play(LegTrying(2), LegProgress(2, 180))
    assert matters(play(TimerFired("transfer"))) == [HangUp(2, 487), TransferProgress(1, 480)]


def test_a_transfer_to_outside_tries_trunk_after_trunk() -> None:
    play = connected(INBOUND)
    play(TransferAsked(1, "07700900123", targets=(Target("first", "1"), Target("second", "1"))))
    assert matters(play(TimerFired("transfer"))) == [
        HangUp(2, 487),
        Dial(3, Target("second", "1"), calling=INBOUND.far_party),
    ]
    assert matters(play(LegTrying(3), LegEnded(2, 487))) == []
    assert TakePlace(1, 3) in play(LegAnswered(3))


def test_an_attended_transfer_beyond_the_box_carries_its_replaces_along() -> None:
    play = connected(INBOUND)
    play(replace(TO_202, replaces="abc@pbx;to-tag=1;from-tag=2"))
    (dial,) = [effect for effect in play.last if isinstance(effect, Dial)]
    assert dial.replaces == "abc@pbx;to-tag=1;from-tag=2"
    play(LegAnswered(2))
    assert play.call.parties[-1].how == "attended transfer"


def test_the_caller_of_an_outgoing_call_can_be_replaced_as_well() -> None:
    play = connected(OUTBOUND)
    play(replace(TO_202, leg=0), LegTrying(2))
    assert matters(play(LegAnswered(2))) == [
        Unbridge(0, 1),
        TakePlace(0, 2),
        Bridge(2, 1),
        TransferProgress(0, 200),
        HangUp(0),
    ]
    play(LegEnded(0))
    assert not play.call.over
    assert matters(play(LegEnded(2)))[0] == StopRecording("caller hung up")


def test_only_the_offices_phone_may_transfer_and_only_once_at_a_time() -> None:
    for refused in (replace(TO_202, leg=0), replace(TO_202, targets=())):
        play = connected(INBOUND)
        assert play(refused) == [TransferProgress(refused.leg, 603)]
    play = transferring()
    assert play(TO_202) == [TransferProgress(1, 603)]
    emergency = connected(replace(OUTBOUND, emergency=True))
    assert emergency(replace(TO_202, leg=0)) == [TransferProgress(0, 603)]


def test_a_phone_that_takes_over_by_itself_talks_at_once() -> None:
    play = connected(STEERED)
    place = LegPlace("c9", 0)
    took = PartyReplaced(1, COLLEAGUE, "taken over", place, phone=PhoneIdentity(user="202"))
    assert matters(play(took)) == [
        AdoptLeg(2, place),
        Unbridge(0, 1),
        TakePlace(1, 2),
        Bridge(0, 2),
        HangUp(1),
        SwallowTones(2, True),
    ]
    assert play.call.party_at("office") == COLLEAGUE
    assert play.call.legs[2].phone == PhoneIdentity(user="202")


def test_the_phone_that_came_by_transfer_gives_codes_and_the_one_that_left_does_not() -> None:
    play = connected(STEERED, step_ms=100)
    play.keys(1, "*4")
    play(PartyReplaced(1, COLLEAGUE, "taken over", LegPlace("c9", 0)))
    play.keys(1, "8")
    assert play.recording() == "running"
    play.keys(2, "*48")
    assert play.recording() == "paused"
    assert play.call.pauses[-1].who == "202"


def test_a_pause_outlasts_a_transfer() -> None:
    play = connected(STEERED)
    play(asks("pause"), TO_202, LegAnswered(2))
    assert play.recording() == "paused"
    play(asks("resume"))
    assert play.recording() == "running"


def test_a_leg_that_comes_when_nobody_can_talk_to_it_is_hung_up() -> None:
    play = Play(INBOUND)
    place = LegPlace("c9", 0)
    assert matters(play(PartyReplaced(1, COLLEAGUE, "taken over", place))) == [AdoptLeg(2, place), HangUp(2)]


def test_another_name_for_who_is_there_is_noted_once() -> None:
    play = connected(INBOUND)
    play(PartyReplaced(1, COLLEAGUE), PartyReplaced(1, COLLEAGUE))
    assert play.call.record("r").parties == (PartyChange(play.now - 1000, "office", COLLEAGUE, "renamed"),)


def test_two_calls_of_one_phone_are_joined_into_the_first() -> None:
    play, second = connected(INBOUND), connected(replace(OUTBOUND, call_id="c2", far_party=Party("07700900123")))
    replaced = taking_over(play.call, 1, second.call, 0)
    assert replaced is not None
    assert replaced.by == LegPlace("c2", 1)
    assert matters(play(replaced)) == [
        AdoptLeg(2, LegPlace("c2", 1)),
        Unbridge(0, 1),
        TakePlace(1, 2),
        Bridge(0, 2),
        TransferProgress(1, 200),
        HangUp(1),
    ]
    assert matters(second(LegTaken(1))) == [StopRecording("joined to another call"), HangUp(0)]
    second(LegEnded(0))
    assert second.call.over
    assert second.call.end_cause == "joined to another call"
    assert [change.party.number for change in play.call.parties] == ["07700900123"]


def test_a_second_call_that_still_rings_is_waited_for() -> None:
    play, second = connected(INBOUND), Play(replace(OUTBOUND, call_id="c2"))
    second(LegTrying(1), LegProgress(1, 180))
    replaced = taking_over(play.call, 1, second.call, 0)
    assert replaced is not None
    assert matters(play(replaced)) == [AdoptLeg(2, LegPlace("c2", 1))]
    assert matters(play(LegEnded(1))) == [PlayTone(0, RINGING)]
    assert TakePlace(1, 2) in play(LegAnswered(2))


def test_a_call_cannot_be_joined_to_itself_nor_an_emergency_call_to_anything() -> None:
    play = connected(INBOUND)
    assert taking_over(play.call, 1, play.call, 1) is None
    assert taking_over(play.call, 0, connected(OUTBOUND).call, 0) is None
    assert taking_over(play.call, 1, connected(replace(OUTBOUND, emergency=True)).call, 0) is None


def test_a_phone_that_takes_over_ends_a_transfer_under_way() -> None:
    play = transferring()
    place = LegPlace("c9", 0)
    effects = matters(play(PartyReplaced(1, Party("203"), "taken over", place)))
    assert HangUp(2, 487) in effects
    assert TakePlace(1, 3) in effects
    assert play.call.timers == frozenset()


def test_in_an_emergency_call_nobody_waits_for_a_phone_that_rings() -> None:
    play = connected(replace(OUTBOUND, emergency=True))
    ringing = PartyReplaced(0, COLLEAGUE, "attended transfer", LegPlace("c9", 0), state="ringing")
    assert matters(play(ringing)) == [AdoptLeg(2, LegPlace("c9", 0)), HangUp(2)]
    assert play.call.transfer is None


def transferred_outside() -> Play:
    """The office has left: the caller talks to somebody who was dialled by a trunk."""
    play = connected(STEERED, step_ms=100)
    play(TransferAsked(1, "07700900123", targets=(Target("bt", "07700900123"),)), LegTrying(2), MediaReady(2))
    play(LegAnswered(2), LegEnded(1))
    return play


def test_whom_the_caller_was_transferred_to_outside_gives_no_codes_and_hears_no_confirmations() -> None:
    play = transferred_outside()
    assert SwallowTones(2, False) in play.all
    assert matters(play.keys(2, "*48")) == [RelayKey(0, "*", 100), RelayKey(0, "4", 100), RelayKey(0, "8", 100)]
    assert play.call.recording == "running"
    assert matters(play(asks("pause"))) == [PauseRecording(500)]
    assert not any(isinstance(effect, Beep) for effect in play(TimerFired("reminder")))


def test_nobody_outside_can_send_the_caller_elsewhere() -> None:
    play = transferred_outside()
    assert play(TransferAsked(2, "0900", targets=(Target("bt", "0900"),))) == [TransferProgress(2, 603)]
    other = connected(replace(OUTBOUND, call_id="c2"))
    assert taking_over(play.call, 2, other.call, 0) is None


def test_the_far_end_of_a_second_call_is_nobody_of_the_office() -> None:
    play, second = connected(STEERED, step_ms=100), connected(replace(OUTBOUND, call_id="c2"))
    replaced = taking_over(play.call, 1, second.call, 0)
    assert replaced is not None
    play(replaced)
    play.keys(2, "*48")
    assert play.recording() == "running"


def test_a_colleague_who_was_transferred_to_is_staff() -> None:
    play = connected(STEERED, step_ms=100)
    play(TO_202, LegAnswered(2))
    play.keys(2, "*48")
    assert play.recording() == "paused"
    assert Announce((2,), "paused") in play.last
