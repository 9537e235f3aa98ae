"""What is asked of calls from outside them: by pages, desks and tills, by codes dialled as calls, by transfers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from firmware.core.call.effects import (
    AdoptLeg,
    Announce,
    AnswerCaller,
    CallOver,
    Dial,
    HangUp,
    PauseRecording,
    PlayNotice,
    RecordGreeting,
    ResumeRecording,
    Target,
    TransferProgress,
)
from firmware.core.call_record import Asker, Direction, How, Party
from firmware.core.errors import ActionRefused, NoSuchCall
from firmware.core.events import (
    ActionRequested,
    AnnouncementEnded,
    Event,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
    TransferAsked,
)
from firmware.core.evidence_chain import ChainEnd
from firmware.core.feature_code import FeatureCodes, KeyWay
from firmware.core.leg import LegPlace, PhoneIdentity
from firmware.core.line import CallRequest, Line
from firmware.core.notice_plan import LineNotices
from firmware.core.recording_policy import RecordingMode, RecordingPolicy
from firmware.ports.line_tap import CallHappening, CallOffered
from firmware.services.call_control import CallControl, CallView
from firmware.services.line_supervisor import LineSupervisor
from tests.hand_set_clock import HandSetClock
from tests.unit.test_call_control import ListTap

DESK = PhoneIdentity("sip:201@192.0.2.21", "201", "192.0.2.21")
OTHER = PhoneIdentity("sip:202@192.0.2.22", "202", "192.0.2.22")
PAGE = Asker("page", "Ann")
_Result = TypeVar("_Result")


class Office:
    """A line whose calls can be steered, with a network that is a list."""

    def __init__(self, mode: RecordingMode = "pausable", ring_fails: bool = False) -> None:
        self.clock = HandSetClock(epoch_ms=0)
        self.tap = ListTap(self.clock, ring_fails=ring_fails)
        self.published: list[CallView] = []
        self.entered: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = []
        self.line = Line(
            "main",
            RecordingPolicy("main", mode),
            LineNotices(),
            "office",
            ("bt",),
            codes=FeatureCodes(),
            start_notice="recording-starts",
        )
        self.control = CallControl(
            {"main": self.line},
            self.tap,
            self.clock,
            UTC,
            lambda at_ms: f"{at_ms:032x}",
            self.published.append,
            lambda *entry: self.entered.append(entry),
        )
        self.supervisor = LineSupervisor(self.tap, self.control, self.clock)

    def offer(self, call_id: str, direction: Direction, calling: str, dialled: str, phone: PhoneIdentity) -> None:
        request = CallRequest(call_id, direction, Party(calling), dialled, phone)
        self.tap.coming.append(CallOffered("main", request))
        self.supervisor.turn()

    def happens(self, call_id: str, *events: Event) -> None:
        self.tap.coming.extend(CallHappening(call_id, event) for event in events)
        self.supervisor.turn()

    def call_in(self, call_id: str = "c1", extension: str = "201", phone: PhoneIdentity = DESK) -> None:
        """A caller talks to an extension."""
        self.offer(call_id, "inbound", "01632960001", extension, PhoneIdentity())
        self.happens(call_id, LegTrying(1), MediaReady(1), LegAnswered(1, phone), MediaReady(0))

    def dial(self, code: str, phone: PhoneIdentity = DESK, call_id: str = "code") -> None:
        self.offer(call_id, "outbound", phone.user, code, phone)

    def asked(self, ask: Callable[[], _Result]) -> _Result:
        """Ask from another thread, as a control server does, while the dispatcher turns."""
        with ThreadPoolExecutor(1) as server:
            answer = server.submit(ask)
            while not answer.done():
                self.supervisor.turn()
            return answer.result()

    def view(self, call_id: str = "c1") -> CallView:
        return next(view for view in self.control.snapshot() if view["call_id"] == call_id)


def test_a_page_pauses_and_gets_the_call_as_it_is_then() -> None:
    office = Office()
    office.call_in()
    view = office.asked(lambda: office.control.ask("c1", "pause", PAGE))
    assert (view["recording"], view["paused"], view["state"]) == (True, True, "connected")
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
    assert view["actions"] == ["pause", "remind", "told"]
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


def _told(entered: list[tuple[str, Mapping[str, str], Mapping[str, Any]]]) -> list[tuple[str, str, str]]:
    return [(kind, subject.get("call", "none"), subject["how"]) for kind, subject, _ in entered]


@pytest.mark.parametrize("way", ["event", "info", "audible"])
def test_each_code_keyed_in_a_call_is_evidence(way: KeyWay) -> None:
    office = Office("on_demand")
    office.call_in()
    for code in ("*44", "*48", "*49", "*46", "*47", "*49"):
        office.clock.now_s += 5
        office.happens("c1", *(KeyPressed(1, key, 80, way) for key in code))
    assert _told(office.entered) == [
        ("call-recording-asked", "c1", "code"),
        ("call-paused", "c1", "code"),
        ("call-resumed", "c1", "code"),
        ("call-reminder-played", "c1", "code"),
        ("call-told-by-staff", "c1", "code"),
        ("call-resumed", "c1", "code"),
    ]
    assert all(detail == {"how": "code", "who": "201", "way": way} for _, _, detail in office.entered)
    assert {subject["recording"] for _, subject, _ in office.entered} == {office.view()["recording_id"]}


@pytest.mark.parametrize("how", ["page", "desk", "api", "panel"])
def test_what_is_asked_from_outside_the_call_is_evidence_once_and_names_nobody_in_the_line(how: How) -> None:
    office = Office()
    office.call_in()
    who = Asker(how, "Ann 07700 900123")
    office.asked(lambda: office.control.ask("c1", "pause", who))
    office.asked(lambda: office.control.ask("c1", "resume", who))
    office.asked(lambda: office.control.ask_extension("201", "pause", who))
    assert _told(office.entered) == [(kind, "c1", how) for kind in ("call-paused", "call-resumed", "call-paused")]
    for number, (kind, subject, detail) in enumerate(office.entered):
        assert detail == {"how": how, "who": "Ann 07700 900123"}
        line, _ = ChainEnd(number).follow(datetime(2026, 3, 1, tzinfo=UTC), kind, subject)
        assert "Ann" not in line
        assert "201" not in line


def test_a_code_dialled_while_the_caller_is_on_hold_is_evidence_also_when_it_is_refused() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", MediaReady(1, held=True))
    office.dial("*48")
    office.dial("*44", call_id="code2")
    office.dial("*48", OTHER, "code3")
    assert _told(office.entered) == [
        ("call-paused", "c1", "code"),
        ("call-recording-asked", "c1", "code"),
        ("call-action-refused", "none", "code"),
    ]
    assert office.entered[0][2]["way"] == "call"


def test_a_pause_that_ends_by_itself_is_evidence_with_its_time() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", ActionRequested("pause", PAGE))
    office.clock.now_s += 200
    office.supervisor.turn()
    assert _told(office.entered) == [("call-paused", "c1", "page"), ("call-resumed", "c1", "automatic")]
    assert office.entered[1][1]["at"] > office.entered[0][1]["at"]


def test_a_recording_that_could_not_be_started_is_refused_in_the_evidence() -> None:
    office = Office("on_demand", ring_fails=True)
    office.call_in()
    with pytest.raises(ActionRefused):
        office.asked(lambda: office.control.ask("c1", "start", PAGE))
    assert _told(office.entered) == [("call-action-refused", "c1", "page")]


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


def test_a_code_dialled_while_the_caller_is_on_hold_pauses_at_once_and_is_confirmed_in_its_own_call() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", MediaReady(1, held=True))
    office.dial("*48")
    assert office.view()["paused"]
    assert AnswerCaller() in office.tap.done
    office.happens("code", MediaReady(0), NoticeStarted(0, 900), NoticeEnded(0, True))
    assert PlayNotice(0, "paused") in office.tap.done
    assert not any(isinstance(effect, Announce) for effect in office.tap.done)
    office.happens("code")
    assert len(office.control) == 1
    assert [view["call_id"] for view in office.control.snapshot()] == ["c1"]
    office.happens("c1", LegEnded(0))
    assert office.tap.stopped[0].pauses[0].how == "code"
    assert office.tap.stopped[0].pauses[0].who == "201"


@pytest.mark.parametrize(
    ("mode", "phone", "code", "prompt"),
    [
        ("pausable", OTHER, "*48", "no-call"),
        ("always", DESK, "*48", "not-allowed"),
        ("never", DESK, "*44", "not-allowed"),
        ("on_demand", DESK, "*44", "recording-started"),
        ("pausable", DESK, "*49", "resumed"),
        ("pausable", DESK, "*46", "reminder-played"),
        ("pausable", DESK, "*47", "told"),
    ],
)
def test_a_code_that_was_dialled_is_answered_with_what_became_of_it(
    mode: RecordingMode, phone: PhoneIdentity, code: str, prompt: str
) -> None:
    office = Office(mode)
    office.call_in()
    office.happens("c1", MediaReady(1, held=True))
    office.dial(code, phone)
    office.happens("code", MediaReady(0))
    assert PlayNotice(0, prompt) in office.tap.done


def test_a_code_is_one_only_from_the_office() -> None:
    office = Office()
    office.call_in()
    office.offer("c2", "inbound", "07700900123", "*48", DESK)
    assert not office.view("c1")["paused"]
    assert Dial(1, Target("office", "*48")) in office.tap.done


def test_a_greeting_is_recorded_by_telephone() -> None:
    office = Office()
    office.dial("*90")
    office.happens("code", MediaReady(0), NoticeEnded(0, True))
    assert RecordGreeting(0, "greeting-201", 60_000) in office.tap.done
    office.happens("code", KeyPressed(0, "#"), LegEnded(0))
    assert isinstance(office.tap.done[-1], CallOver)
    assert len(office.control) == 0


def test_a_code_call_that_never_hears_anything_is_given_up() -> None:
    office = Office()
    office.dial("*48")
    office.clock.now_s += 9
    office.supervisor.turn()
    assert HangUp(0) in office.tap.done
    office.supervisor.turn()
    assert len(office.control) == 0


def test_stopping_says_goodbye_to_code_calls_as_well() -> None:
    office = Office()
    office.dial("*48")
    office.supervisor.say_goodbye()
    assert len(office.control) == 0


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
