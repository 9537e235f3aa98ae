"""The life of a call.

With a notice before putting through, the caller is answered first, hears it, then the box's own ringing tone while the
office is dialled, and busy or number unobtainable if that fails. Without, the caller's leg stays unanswered until the
other side answers: ringing, early media and the final status pass through. Recording starts when both hear each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firmware.core.call.effects import HangUp, Reconnect, RelayKey, RelayProgress
from firmware.core.call.failure import another_trunk_may_help
from firmware.core.call.making import (
    EMERGENCY_PROGRESS_MS,
    NOTICE_GRACE_MS,
    NOTICE_START_MS,
    Making,
    Step,
)
from firmware.core.call.state import Call, CallPlan
from firmware.core.call_tones import RINGING
from firmware.core.events import (
    Event,
    HangUpRequested,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
    RecordingFailed,
    TimerFired,
)
from firmware.core.leg import CALLER


def open_call(plan: CallPlan, at_ms: int) -> Step:
    """Begin a call whose INVITE has arrived on the caller's leg."""
    making = Making(Call(plan, "dialling", at_ms), at_ms)
    if plan.notice is not None and plan.notice.moment == "before_put_through" and plan.targets:
        making.change(phase="notice")
        making.answer_caller()
        making.start_timer("notice", NOTICE_START_MS)
    else:
        making.dial_next(404)
    return making.result()


def step(call: Call, event: Event, at_ms: int) -> Step:
    """Take one event. Events that come too late, or about legs that are gone, change nothing."""
    if call.over:
        return call, ()
    making = Making(call, at_ms)
    _HANDLERS[type(event)](making, event)
    return making.result()


def _trying(making: Making, event: LegTrying) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or leg is not making.call.attempt or leg.state != "waiting":
        return
    making.set_leg(leg.now("trying"))
    making.cancel_timers(("trying",))
    if making.call.plan.emergency and making.call.targets_left:
        making.start_timer("progress", EMERGENCY_PROGRESS_MS)
    elif not making.call.plan.emergency:
        making.start_timer("no_answer", making.call.plan.no_answer_ms)


def _progress(making: Making, event: LegProgress) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or leg is not making.call.attempt or not leg.unanswered:
        return
    making.cancel_timers(("trying", "progress"))
    making.set_leg(replace(leg, state="ringing"))
    if not making.call.plan.emergency and "no_answer" not in making.call.timers:
        making.start_timer("no_answer", making.call.plan.no_answer_ms)
    caller = making.call.caller
    if caller.unanswered:
        making.ask(RelayProgress(event.status, event.early_media))
    if event.early_media:
        making.stop_playing(CALLER)
        making.bridge()
    elif caller.state == "answered" and CALLER not in making.call.playing_to and not making.call.bridged:
        making.play_tone(RINGING)


def _answered(making: Making, event: LegAnswered) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or event.leg == CALLER or not leg.alive:
        return
    if leg is not making.call.attempt or not leg.unanswered:
        # A 200 that crossed our CANCEL: the leg is up after all, and must be hung up again.
        if leg.state == "ending":
            making.ask(HangUp(leg.number))
        return
    making.cancel_timers(making.call.timers)
    making.set_leg(leg.now("answered"))
    making.change(answered_at_ms=making.at_ms)
    making.answer_caller()
    plan = making.call.plan.notice
    if plan is not None and plan.moment == "on_answer":
        making.unbridge()
        making.stop_playing(CALLER)
        making.change(phase="telling")
        making.start_timer("notice", NOTICE_START_MS)
        making.start_notice(leg.number, overheard_by=(CALLER,))
    else:
        making.connect()


def _ended(making: Making, event: LegEnded) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or not leg.alive:
        return
    was = leg.state
    # Playing, bridge and recording are undone while the other leg can still be addressed.
    making.set_leg(leg.now("ended"))
    if making.call.phase == "ending":
        return
    if event.leg == CALLER:
        making.end(_cause("caller", event.status, was))
    elif leg.number != making.call.legs[-1].number or was == "ending":
        return
    elif was == "answered":
        making.end(_cause("called party", event.status, was))
    else:
        _attempt_failed(making, event.status, rang=was == "ringing")


def _attempt_failed(making: Making, status: int, rang: bool) -> None:
    making.cancel_timers(("trying", "progress", "no_answer"))
    making.unbridge()
    if another_trunk_may_help(status, rang, making.call.plan.emergency):
        making.dial_next(status)
    else:
        making.fail(status)


def _cause(who: str, status: int, was: str) -> str:
    if was == "answered" and status >= 300:
        return f"the connection to the {who} was lost: SIP {status}"
    return f"{who} hung up"


def _media_ready(making: Making, event: MediaReady) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or not leg.alive:
        return
    making.set_leg(replace(leg, media_ready=True, held=event.held))
    if not leg.usable:
        return
    if making.call.bridged or leg.number in making.call.playing_to:
        making.ask(Reconnect(leg.number))
    attempt = making.call.attempt
    if making.call.phase == "notice" and leg.number == CALLER:
        making.start_notice(CALLER)
    elif making.call.phase == "telling" and attempt is not None and leg.number == attempt.number:
        making.start_notice(attempt.number, overheard_by=(CALLER,))


def _notice_started(making: Making, event: NoticeStarted) -> None:
    if making.call.phase in ("notice", "telling"):
        making.start_timer("notice", event.duration_ms + NOTICE_GRACE_MS)


def _notice_ended(making: Making, event: NoticeEnded) -> None:
    if making.call.notice is not None:
        _notice_over(making, event.completed)


def _notice_over(making: Making, completed: bool) -> None:
    """Put the call through, whatever became of the notice: a call that was told nothing is merely not recorded."""
    if making.call.phase not in ("notice", "telling"):
        return
    making.cancel_timers(("notice",))
    making.end_notice(completed)
    making.stop_playing(*making.call.playing_to)
    if making.call.phase == "notice":
        making.dial_next(404)
    else:
        making.connect()


def _key_pressed(making: Making, event: KeyPressed) -> None:
    call, attempt = making.call, making.call.attempt
    if not call.bridged or attempt is None or event.leg not in (CALLER, attempt.number):
        return
    other = attempt if event.leg == CALLER else call.caller
    if other.usable:
        making.ask(RelayKey(other.number, event.key, event.duration_ms))


def _timer_fired(making: Making, event: TimerFired) -> None:
    if event.timer not in making.call.timers:
        return
    making.change(timers=making.call.timers - {event.timer})
    if event.timer == "notice":
        _notice_over(making, completed=False)
    elif event.timer == "tone":
        making.end("not put through")
    else:
        _give_up_attempt(making, 480 if event.timer == "no_answer" else 408)


def _give_up_attempt(making: Making, status: int) -> None:
    attempt = making.call.attempt
    if attempt is None or not attempt.unanswered:
        return
    making.hang_up(attempt.number, 487)
    _attempt_failed(making, status, rang=attempt.state == "ringing")


def _hang_up_requested(making: Making, event: HangUpRequested) -> None:
    making.end(event.cause)


def _recording_failed(making: Making, event: RecordingFailed) -> None:
    if making.call.recording == "running":
        making.change(recording_fault=event.why)
        making.stop_recording(event.why)


_HANDLERS: dict[type[Event], Callable[[Making, Any], None]] = {
    LegTrying: _trying,
    LegProgress: _progress,
    LegAnswered: _answered,
    LegEnded: _ended,
    MediaReady: _media_ready,
    NoticeStarted: _notice_started,
    NoticeEnded: _notice_ended,
    KeyPressed: _key_pressed,
    TimerFired: _timer_fired,
    HangUpRequested: _hang_up_requested,
    RecordingFailed: _recording_failed,
}
