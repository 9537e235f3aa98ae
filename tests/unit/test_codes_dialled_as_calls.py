"""A feature code that is dialled as a call of its own: obeyed at once, and answered with what became of it."""

from __future__ import annotations

import pytest

from firmware.core.call.effects import (
    Announce,
    AnswerCaller,
    CallOver,
    Dial,
    HangUp,
    PlayNotice,
    RecordGreeting,
    Target,
)
from firmware.core.events import (
    KeyPressed,
    LegEnded,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
)
from firmware.core.leg import PhoneIdentity
from firmware.core.recording_policy import RecordingMode
from tests.unit.controlled_office import DESK, OTHER, Office


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
