"""What is asked of calls from outside them: by pages, desks and tills, and by transfers."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from firmware.core.call.effects import (
    AdoptLeg,
    Announce,
    Dial,
    PauseRecording,
    ResumeRecording,
    Target,
    TransferProgress,
)
from firmware.core.call_record import Asker, Party
from firmware.core.errors import ActionRefused, NoSuchCall
from firmware.core.events import (
    ActionRequested,
    AnnouncementEnded,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegTrying,
    MediaReady,
    TransferAsked,
)
from firmware.core.leg import LegPlace, PhoneIdentity
from tests.unit.controlled_office import DESK, OTHER, PAGE, Office


def test_a_page_pauses_and_gets_the_call_as_it_is_then() -> None:
    office = Office()
    office.call_in()
    view = office.asked(lambda: office.control.ask("c1", "pause", PAGE))
    assert (view["recording"], view["paused"], view["state"]) == (True, True, "connected")
    assert view["paused_how"] == "page"
    assert view["resumes_at_ms"] - view["paused_at_ms"] == 180_000
    assert "resume" in view["actions"]
    assert "pause" not in view["actions"]
    assert view["playing"] == [{"prompt": "paused", "to": "office_party"}]
    assert any(isinstance(effect, PauseRecording) for effect in office.tap.done)
    assert office.published[-1] == view


def test_the_view_says_what_may_be_asked_what_plays_and_how_the_call_is_tagged() -> None:
    office = Office()
    office.call_in()
    view = office.view()
    assert (view["mode"], view["extension"], view["paused"], view["paused_at_ms"]) == ("pausable", "201", False, None)
    assert view["actions"] == ["pause", "remind", "told", "mark"]
    office.asked(lambda: office.control.ask("c1", "remind", PAGE))
    assert office.view()["tags"] == ["reminder given"]
    assert {each["prompt"] for each in office.view()["playing"]} == {"reminder"}
    office.happens("c1", AnnouncementEnded("reminder", (0, 1), True))
    assert office.view()["playing"] == []


def test_what_may_not_be_done_is_refused_in_words_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    office = Office("always")
    office.call_in()
    with caplog.at_level(logging.WARNING), pytest.raises(ActionRefused, match="always recorded"):
        office.asked(lambda: office.control.ask("c1", "pause", PAGE))
    assert "main: pause was asked of a call (page) and refused: This call is always recorded" in caplog.text
    assert not any(isinstance(effect, PauseRecording) for effect in office.tap.done)


def test_a_call_that_is_over_can_be_asked_nothing() -> None:
    office = Office()
    with pytest.raises(NoSuchCall):
        office.asked(lambda: office.control.ask("c1", "pause", PAGE))


def test_an_extension_pauses_its_own_calls_and_no_other() -> None:
    office = Office()
    office.call_in("c1", "201")
    office.call_in("c2", "202", OTHER)
    (view,) = office.asked(lambda: office.control.ask_extension("202", "pause", Asker("desk", "202")))
    assert view["call_id"] == "c2"
    assert not office.view("c1")["paused"]
    with pytest.raises(NoSuchCall, match="203"):
        office.asked(lambda: office.control.ask_extension("203", "pause", Asker("desk", "203")))


def test_an_extension_whose_calls_may_not_be_paused_is_told_why() -> None:
    office = Office("always")
    office.call_in("c1", "201")
    with pytest.raises(ActionRefused, match="always recorded"):
        office.asked(lambda: office.control.ask_extension("201", "pause", Asker("desk", "201")))


def test_every_call_of_an_extension_is_paused_for_a_card_may_be_read_on_any() -> None:
    office = Office()
    office.call_in("c1", "201")
    office.call_in("c2", "201")
    views = office.asked(lambda: office.control.ask_extension("201", "pause", Asker("api", "till")))
    assert {view["call_id"] for view in views} == {"c1", "c2"}
    assert all(view["paused"] for view in views)


def test_a_forgotten_pause_ends_by_itself_after_three_minutes() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", ActionRequested("pause", PAGE))
    office.clock.now_s += 179
    office.supervisor.turn()
    assert office.view()["paused"]
    office.clock.now_s += 2
    office.supervisor.turn()
    assert not office.view()["paused"]
    assert ResumeRecording() in office.tap.done


def test_a_recording_asked_for_while_it_rings_to_be_paused_starts_paused() -> None:
    office = Office()
    office.offer("c1", "inbound", "01632960001", "201", PhoneIdentity())
    office.happens("c1", LegTrying(1), ActionRequested("pause", PAGE), LegAnswered(1))
    assert office.tap.started[0].paused
    assert office.view()["paused"]


def test_a_recording_that_cannot_be_started_on_demand_is_not_said_to_run() -> None:
    office = Office("on_demand", ring_fails=True)
    office.call_in()
    with pytest.raises(ActionRefused, match="could not be started"):
        office.asked(lambda: office.control.ask("c1", "start", PAGE))
    assert not any(isinstance(effect, Announce) for effect in office.tap.done)
    assert office.view()["playing"] == []
    assert not office.view()["recording"]


def test_a_transfer_is_led_to_the_exchange_or_to_a_trunk() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", TransferAsked(1, "202", to_office=True))
    assert office.tap.done[-1] == Dial(2, Target("office", "202"), calling=Party("01632960001"))
    office.happens("c1", LegEnded(2, 486), TransferAsked(1, "07700900123"))
    assert office.tap.done[-1] == Dial(3, Target("bt", "07700900123"), calling=Party("01632960001"))


def test_two_calls_of_a_phone_are_joined_and_the_first_keeps_its_recording() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", MediaReady(1, held=True))
    office.offer("c2", "outbound", "201", "07700900123", DESK)
    office.happens("c2", LegTrying(1), MediaReady(1), LegAnswered(1))
    office.happens("c1", TransferAsked(1, "07700900123", joins=LegPlace("c2", 0)))
    assert AdoptLeg(2, LegPlace("c2", 1)) in office.tap.done
    assert TransferProgress(1, 200) in office.tap.done
    office.supervisor.turn()
    (view,) = office.control.snapshot()
    assert (view["call_id"], view["state"], view["office_party"]) == ("c1", "connected", "07700900123")
    assert [record.end_cause for record in office.tap.stopped] == ["joined to another call"]
    office.happens("c1", LegEnded(0))
    office.supervisor.turn()
    assert len(office.control) == 0
    assert office.tap.stopped[-1].parties[0].how == "attended transfer"


def test_a_join_that_leads_nowhere_is_refused() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", TransferAsked(1, "", joins=LegPlace("gone", 0)))
    assert TransferProgress(1, 603) in office.tap.done


def test_a_code_that_waited_while_the_box_stood_still_pauses_from_when_it_came() -> None:
    office = Office()
    office.call_in()
    office.supervisor.turn()
    office.clock.now_s += 5
    office.tap.waited_s = 0.3
    office.happens("c1", *(KeyPressed(1, key, 100, "event") for key in "*48"))
    assert PauseRecording(800) in office.tap.done


def test_a_page_that_waited_for_its_answer_pauses_from_when_it_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    office.call_in()
    office.clock.now_s += 5
    asked, now_s = threading.Event(), office.clock.now_s

    def monotonic_s() -> float:
        if threading.current_thread() is threading.main_thread():
            return office.clock.now_s
        asked.set()
        return now_s

    monkeypatch.setattr(office.clock, "monotonic_s", monotonic_s)
    with ThreadPoolExecutor(1) as server:
        answer = server.submit(lambda: office.control.ask("c1", "pause", PAGE))
        assert asked.wait(5)
        office.clock.now_s += 0.3
        while not answer.done():
            office.supervisor.turn()
    (paused,) = (effect for effect in office.tap.done if isinstance(effect, PauseRecording))
    assert paused.look_back_ms >= 800


def test_the_record_says_when_a_pause_was_really_over() -> None:
    office = Office()
    office.call_in()
    office.tap.buffered_ms = 65
    office.happens("c1", *(KeyPressed(1, key, 100, "event") for key in "*48"))
    office.clock.now_s += 5
    office.tap.waited_s = 0.2
    office.happens("c1", *(KeyPressed(1, key, 100, "event") for key in "*49"))
    (pause,) = office.tap.updated[-1].pauses
    assert pause.ended_at_ms == office.clock.wall_ms() + 65
