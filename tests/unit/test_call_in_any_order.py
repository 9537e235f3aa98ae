"""What holds for every call, whatever happens in whatever order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call import Call, CallPlan, open_call, step
from firmware.core.call.effects import (
    AdoptLeg,
    Announce,
    Beep,
    CallOver,
    Dial,
    PauseRecording,
    PlayNotice,
    PlayTone,
    RecordAsHeld,
    Refuse,
    RelayKey,
    ResumeRecording,
    StartRecording,
    StopRecording,
    SwallowTones,
    legs_addressed,
)
from firmware.core.call_record import STILL_PAUSED, CallRecord
from firmware.core.events import (
    Event,
    KeyPressed,
    TimerFired,
)
from tests.unit.lives_of_calls import CODES, LIVES, LIVES_WITHOUT_REQUESTS, PLANS, SETTINGS, STARTS, lived
from tests.unit.played_call import (
    EMERGENCY,
    INBOUND,
    PAUSABLE,
    Play,
    connected,
)


@SETTINGS
@given(st.one_of(PLANS, st.just(EMERGENCY)), STARTS, LIVES)
def test_every_call_ends_cleanly_and_asks_nothing_of_what_is_gone(
    plan: CallPlan, start: tuple[Event, ...], events: Sequence[Event]
) -> None:
    known, over = {0}, False
    call: Call | None = None
    for _, _, call, effects in lived(plan, [*start, *events]):
        for effect in effects:
            assert not over, "something is asked of a call that is over"
            if isinstance(effect, Dial | AdoptLeg):
                known.add(effect.leg)
            for number in legs_addressed(effect):
                leg = call.leg(number)
                assert number in known
                assert leg is not None
                assert leg.alive, f"{effect} is addressed to a dead leg"
            over = isinstance(effect, CallOver)
    assert call is not None
    assert over
    assert call.over
    assert call.timers == frozenset()
    assert not any(leg.alive for leg in call.legs)


@SETTINGS
@given(PLANS, STARTS, LIVES)
def test_nothing_is_kept_between_a_pause_and_its_resume_and_a_recording_is_closed_once(
    plan: CallPlan, start: tuple[Event, ...], events: Sequence[Event]
) -> None:
    keeping, on_record, starts, stops, pauses = False, False, 0, 0, 0
    call: Call | None = None
    for _, _, call, effects in lived(plan, [*start, *events]):
        for effect in effects:
            match effect:
                case StartRecording(paused=paused):
                    assert not on_record
                    on_record, keeping, starts, pauses = True, not paused, starts + 1, pauses + paused
                case PauseRecording(look_back_ms):
                    assert on_record
                    assert keeping
                    assert look_back_ms == plan.pause.look_back_ms
                    keeping, pauses = False, pauses + 1
                case ResumeRecording():
                    assert on_record
                    assert not keeping
                    keeping = True
                case RecordAsHeld():
                    assert on_record
                case StopRecording():
                    assert on_record
                    on_record, keeping, stops = False, False, stops + 1
        assert (call.recording == "running") == keeping
        assert (call.recording == "paused") == (on_record and not keeping)
        assert call.recording != "paused" or call.open_pause is not None
        assert call.recording != "running" or call.open_pause is None
    assert starts == stops <= 1
    assert call is not None
    assert len(call.record("r").pauses) == pauses
    _the_record_tells_the_truth(plan, call)


def _the_record_tells_the_truth(plan: CallPlan, call: Call) -> None:
    record = call.record("r")
    assert CallRecord.from_json(record.to_json()) == record
    assert all(pause.ended_at_ms is not None and pause.resumed_how for pause in record.pauses)
    assert all(pause.resumed_how != STILL_PAUSED for pause in record.pauses[:-1])
    for earlier, later in zip(record.pauses, record.pauses[1:], strict=False):
        assert earlier.ended_at_ms is not None
        assert earlier.ended_at_ms <= later.started_at_ms <= later.asked_at_ms
    assert all(pause.started_at_ms >= record.started_at_ms for pause in record.pauses)
    if call.recording != "none":
        assert record.ended_at_ms is not None
        assert all((pause.ended_at_ms or 0) <= record.ended_at_ms for pause in record.pauses)
    assert all(hold.ended_at_ms is not None for hold in record.holds)
    assert all(said.ended_at_ms is not None for said in record.announcements)
    if call.recording == "none":
        return
    assert plan.decision.mode != "never"
    assert (record.started_on == "on demand") == (plan.decision.mode == "on_demand")
    assert plan.decision.mode != "always" or not record.pauses
    if plan.decision.record and plan.notice is not None:
        assert call.notice is not None
        assert call.notice.completed


@SETTINGS
@given(STARTS, LIVES)
def test_an_emergency_call_is_told_nothing_and_kept_waiting_for_nothing(
    start: tuple[Event, ...], events: Sequence[Event]
) -> None:
    plan = replace(EMERGENCY, decision=PAUSABLE, codes=CODES, start_notice="recording-starts")
    # Slow enough that no two keys are one press seen in two ways.
    for before, event, _, effects in lived(plan, [*start, *events], step_ms=300):
        for effect in effects:
            assert not isinstance(effect, PlayNotice | PlayTone | Announce | Beep | SwallowTones)
        if isinstance(event, KeyPressed) and event.way != "audible" and before.bridged:
            passed = [effect for effect in effects if isinstance(effect, RelayKey)]
            other = {before.caller_leg: before.attempt, before.called_leg: before.caller}.get(event.leg)
            if other is not None and other.usable:
                assert passed == [RelayKey(other.number, event.key, event.duration_ms)]


@SETTINGS
@given(PLANS, STARTS, LIVES_WITHOUT_REQUESTS)
def test_the_callers_own_keys_never_give_an_action(
    plan: CallPlan, start: tuple[Event, ...], events: Sequence[Event]
) -> None:
    """Whatever else happens, in a call in which only the far party presses keys."""
    at_ms = 10_000
    call, _ = open_call(plan, at_ms)
    for event in [*start, *events]:
        if isinstance(event, KeyPressed) and call.side_of(event.leg) == "office":
            continue
        at_ms += 100
        call, effects = step(call, event, at_ms)
        assert not any(isinstance(effect, PauseRecording | ResumeRecording | Refuse) for effect in effects)
    assert call.pauses == ()
    assert not {"told caller", "reminder given"} & set(call.tags)
    assert call.started_on == "policy"


_CODE = re.compile("|".join(re.escape(code) for code in CODES.in_call))


@SETTINGS
@given(
    st.lists(st.one_of(st.sampled_from(["*48", "*49", "*4", "*", "**"]), st.text("0489*#", max_size=4)), max_size=12)
)
def test_office_keys_reach_the_caller_in_order_and_a_whole_code_never_does(bursts: list[str]) -> None:
    """Between bursts there is time enough for what is held to be let go."""
    play = connected(replace(INBOUND, decision=PAUSABLE, codes=CODES), step_ms=100)
    for burst in bursts:
        play.keys(1, burst)
        play(TimerFired("keys"))
    relayed = "".join(effect.key for effect in play.all if isinstance(effect, RelayKey))
    assert relayed == "".join(_CODE.sub("", burst) for burst in bursts)
    assert play.call.keys.collector.held == ()


@SETTINGS
@given(
    st.text("0489*#", min_size=8, max_size=30),
    st.lists(st.sampled_from(["event", "info", "audible"]), min_size=30, max_size=30),
)
def test_each_code_is_obeyed_once_whichever_way_each_key_comes(keys: str, ways: Sequence[str]) -> None:
    play: Play = connected(replace(INBOUND, decision=PAUSABLE, codes=CODES), step_ms=300)
    obeyed = 0
    for key, way in zip(keys, ways, strict=False):
        before = play.call.announcements
        play(KeyPressed(1, key, 100, way))  # type: ignore[arg-type]  # hypothesis draws from these very words
        obeyed += len(play.call.announcements) - len(before)
    # Each says one thing to the office: done, or not allowed; the reminder is heard by both.
    reminders = len([code for code in _CODE.findall(keys) if code == "*46"])
    assert obeyed == len(_CODE.findall(keys)) + reminders
