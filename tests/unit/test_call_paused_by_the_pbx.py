"""A telephone system pauses the copy that it sends; people pause what is kept of it. Neither ends the other's pause."""

from __future__ import annotations

from firmware.core.call.effects import PauseRecording, Refuse, ResumeRecording, StartTimer
from firmware.core.call_record import Asker, Party
from firmware.core.call_story import story
from firmware.core.events import ActionRequested, PartyReplaced
from firmware.core.leg import CALLER
from tests.unit.played_call import STEERED, asks, connected, matters

PBX = Asker("pbx")


def test_what_the_pbx_pauses_it_lets_go_on_and_no_timer_does() -> None:
    play = connected(STEERED)
    effects = play(ActionRequested("pause", PBX))
    assert PauseRecording(500) in effects
    assert not [each for each in effects if isinstance(each, StartTimer)]
    assert ResumeRecording() in play(ActionRequested("resume", PBX))
    assert [(pause.how, pause.resumed_how) for pause in play.call.pauses] == [("pbx", "pbx")]


def test_the_pbx_does_not_end_the_pause_of_a_person() -> None:
    play = connected(STEERED)
    play(asks("pause"))
    assert matters(play(ActionRequested("pause", PBX))) == []
    assert ResumeRecording() not in play(refused := ActionRequested("resume", PBX))
    assert [type(each) for each in play(refused) if isinstance(each, Refuse)] == [Refuse]
    assert play.call.open_pause is not None


def test_a_person_takes_over_what_the_pbx_paused() -> None:
    play = connected(STEERED)
    play(ActionRequested("pause", PBX))
    assert PauseRecording(500) not in play(asks("pause"))
    assert ResumeRecording() not in play(ActionRequested("resume", PBX))
    assert ResumeRecording() in play(asks("resume"))
    assert [pause.how for pause in play.call.pauses] == ["page"]


def test_who_joins_a_conference_is_told_and_takes_nobodys_place() -> None:
    play = connected(STEERED)
    stood = play.call.party_at("far_party")
    play(PartyReplaced(CALLER, Party(number="01632960777"), how="joined"))
    assert play.call.party_at("far_party") == stood
    play(PartyReplaced(CALLER, Party(number="01632960777"), how="left"))
    assert [change.how for change in play.call.record("r").parties] == ["joined", "left"]
    told = [each.text for each in story(play.call.record("r"))]
    assert any("01632960777 joined the call" in words for words in told)
