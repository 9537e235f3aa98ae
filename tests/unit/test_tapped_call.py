"""Calls that are made elsewhere and listened to: what they do, and what is never asked of a line that only listens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call import Call, CallPlan, open_call
from firmware.core.call.effects import (
    CallOver,
    CancelTimer,
    Obeyed,
    PausedTooLate,
    PauseRecording,
    RecordAsHeld,
    Refuse,
    ResumeRecording,
    StartRecording,
    StartTimer,
    StopRecording,
)
from firmware.core.call_record import Asker, Direction, Party
from firmware.core.call_tones import RINGING, WarningTone
from firmware.core.errors import ActionRefused
from firmware.core.events import (
    Event,
    HangUpRequested,
    LegEnded,
    MediaReady,
    PartyReplaced,
    TimerFired,
)
from firmware.core.feature_code import FeatureCodes
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import local_time
from firmware.core.notice_plan import LineNotices
from firmware.core.reception import LineReception
from firmware.core.recording_policy import RecordingPolicy
from firmware.core.tap_capabilities import ANALOGUE, ANALOGUE_STEREO, SIPREC, TapCapabilities
from firmware.ports.line_tap import CallOffered
from tests.unit.call_bench import ControlledLine
from tests.unit.lives_of_calls import LIVES, PLANS, SETTINGS, lived
from tests.unit.played_call import INBOUND, NEVER, ON_DEMAND, PAGE, PAUSABLE, Play, asks, matters

#: All that may be asked of a line that only listens, and of nobody.
BEARABLE = (
    StartRecording,
    PauseRecording,
    ResumeRecording,
    RecordAsHeld,
    StopRecording,
    PausedTooLate,
    Obeyed,
    Refuse,
    StartTimer,
    CancelTimer,
    CallOver,
)
TAPPED = replace(INBOUND, targets=(), decision=PAUSABLE, codes=FeatureCodes(), tapped=True, capabilities=SIPREC)
KINDS = st.sampled_from([SIPREC, ANALOGUE, ANALOGUE_STEREO])


def tapped_line(capabilities: TapCapabilities = SIPREC) -> Line:
    """Everything set that a line that only listens must not heed."""
    return Line(
        "main",
        RecordingPolicy("main", "pausable"),
        LineNotices("in", "out"),
        codes=FeatureCodes(),
        start_notice="recording-starts",
        reception=LineReception(greeting="welcome"),
        warning_tone=WarningTone(RINGING, 15_000),
        outside_prefix="9",
        capabilities=capabilities,
        notice_given_by="the PBX",
    )


def request(direction: Direction = "inbound", **changes: Any) -> CallRequest:
    asked = CallRequest("c1", direction, Party("01632960001"), "201", tapped=True)
    return replace(asked, **changes)


def test_a_tapped_call_goes_on_at_once_and_is_recorded() -> None:
    play = Play(TAPPED)
    assert matters(play.last) == [StartRecording(1, 0)]
    assert play.call.shown_state == "connected"
    assert [leg.state for leg in play.call.legs] == ["answered", "answered"]
    assert play.call.answered_at_ms == play.call.recording_started_at_ms == play.now


def test_one_on_demand_waits_and_one_of_a_private_phone_is_never_recorded() -> None:
    play = Play(replace(TAPPED, decision=ON_DEMAND, start_notice="recording-starts"))
    assert play.last == []
    assert matters(play(asks("start"))) == [StartRecording(1, 0)]
    private = Play(replace(TAPPED, decision=NEVER))
    private(asks("start"), asks("pause"))
    assert private.recording() == "none"


def test_it_is_paused_resumed_and_goes_on_by_itself_without_a_sound() -> None:
    play = Play(TAPPED)
    assert matters(play(asks("pause"))) == [PauseRecording(500)]
    assert not play.call.reminder_unheard
    assert matters(play(TimerFired("reminder"))) == []
    assert play.call.reminder_unheard, "the pages tell it instead"
    assert "reminder" in play.call.timers
    assert matters(play(TimerFired("resume"))) == [ResumeRecording()]
    assert not play.call.reminder_unheard
    assert play.call.pauses[0].resumed_how == "automatic"


def test_codes_work_where_the_line_hears_who_keys_them_and_nowhere_else() -> None:
    heard = Play(TAPPED, step_ms=300)
    assert PauseRecording(500) in heard.keys(1, "*48", "audible")
    assert heard.recording() == "paused"
    for capabilities in (ANALOGUE, replace(SIPREC, hears_keys=False)):
        deaf = Play(replace(TAPPED, capabilities=capabilities), step_ms=300)
        deaf.keys(1, "*48", "audible")
        assert deaf.recording() == "running"
    caller = Play(TAPPED, step_ms=300)
    caller.keys(0, "*48", "audible")
    assert caller.recording() == "running"


def test_hold_and_another_party_are_noted_as_for_any_call() -> None:
    play = Play(TAPPED)
    assert RecordAsHeld(1, True) in play(MediaReady(1, held=True))
    assert play.call.shown_state == "held"
    assert RecordAsHeld(1, False) in play(MediaReady(1))
    play(PartyReplaced(1, Party("203", display_name="Kim")))
    record = play.call.record("r")
    assert [(change.side, change.party.number, change.how) for change in record.parties] == [
        ("office", "203", "renamed")
    ]
    assert len(record.holds) == 1


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (LegEnded(0), "caller hung up"),
        (LegEnded(1), "called party hung up"),
        (LegEnded(1, 408), "the connection to the called party was lost: SIP 408"),
        (HangUpRequested("the sound card was unplugged"), "the sound card was unplugged"),
    ],
)
def test_either_end_is_the_end_of_the_call_and_nobody_is_hung_up_on(event: Event, cause: str) -> None:
    play = Play(TAPPED)
    assert matters(play(event)) == [StopRecording(cause), CallOver()]
    assert play.call.record("r").end_cause == cause


def test_the_reminder_is_refused_and_told_caller_is_noted() -> None:
    play = Play(TAPPED)
    [refused] = [effect for effect in play(asks("remind")) if isinstance(effect, Refuse)]
    assert refused.why == "This line only listens: nothing can be said to the other party."
    play(asks("told"))
    assert "told caller" in play.call.tags


@SETTINGS
@given(PLANS, KINDS, st.booleans(), LIVES)
def test_nothing_is_ever_asked_of_a_line_that_it_cannot_do(
    plan: CallPlan, capabilities: TapCapabilities, emergency: bool, events: Sequence[Event]
) -> None:
    plan = replace(plan, tapped=True, capabilities=capabilities, emergency=emergency, targets=(), notice=None)
    call: Call | None = None
    for _, _, call, effects in lived(plan, events):
        assert all(isinstance(effect, BEARABLE) for effect in effects), effects
        assert len(call.legs) == 2
    assert call is not None
    assert call.over
    assert not call.timers


@pytest.mark.parametrize("capabilities", [SIPREC, ANALOGUE, ANALOGUE_STEREO])
def test_a_line_plans_nothing_that_its_tap_cannot_do(capabilities: TapCapabilities) -> None:
    plan = tapped_line(capabilities).plan(request(), local_time(0, UTC), ())
    assert (plan.notice, plan.start_notice, plan.warning_tone, plan.targets) == (None, "", None, ())
    assert plan.reception.plain
    assert plan.notice_given_by == "the PBX"
    call, _ = open_call(plan, 0)
    assert call.record("r").notice_given_by == "the PBX"


def test_the_called_party_is_who_the_tap_says_and_an_emergency_is_known_behind_the_prefix() -> None:
    named = Party("201", display_name="Ann")
    assert tapped_line().plan(request(called=named), local_time(0, UTC), ()).office_party == named
    withheld = replace(request("outbound", calling=Party("201")), dialled=None, called=Party(presentation="withheld"))
    facts = tapped_line().facts(withheld, local_time(0, UTC))
    assert (facts.far_presentation, facts.far_number) == ("withheld", None)
    emergency = tapped_line().plan(request("outbound", dialled="9999"), local_time(0, UTC), ())
    assert emergency.emergency
    assert emergency.far_party.number == "999"


def test_the_page_cannot_end_a_call_that_is_only_listened_to() -> None:
    office = ControlledLine(tapped_line(), UTC, ring_fails=False)
    office.tap.coming.append(CallOffered("main", request()))
    office.supervisor.turn()
    [view] = office.control.snapshot()
    assert view["state"] == "connected"
    with pytest.raises(ActionRefused, match="only listens"):
        office.control.ask_to_hang_up("c1")
    office.supervisor.run(stop_asked=lambda: True)
    assert office.tap.stopped[0].end_cause == "the box was stopped"
    assert len(office.control) == 0


def test_a_number_that_is_a_code_is_a_call_like_any_other_where_it_is_only_listened_to() -> None:
    office = ControlledLine(tapped_line(), UTC, ring_fails=False)
    dialled = request("outbound", calling=Party("201"), dialled="*48")
    office.tap.coming.append(CallOffered("main", dialled))
    office.supervisor.turn()
    assert [record.far_party.number for record in office.tap.started] == ["*48"]


def test_what_is_asked_of_one_is_evidence_like_any_other() -> None:
    play = Play(TAPPED)
    assert Obeyed("pause", PAGE) in play(asks("pause"))
    by_code = [effect for effect in play.keys(1, "*49") if isinstance(effect, Obeyed)]
    assert by_code == [Obeyed("resume", Asker("code", "201", "event"))]
