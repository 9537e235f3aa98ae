"""Reaching the party called, trunk after trunk, and the end of a call.

Without a notice the caller's leg stays unanswered until the other side answers: ringing, early media and the final
status pass through. Once the box has answered the caller, to speak its notice, it plays the ringing tone itself, and
busy or number unobtainable if nobody can be reached.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import HangUp, Reconnect, RelayProgress
from firmware.core.call.failure import another_trunk_may_help
from firmware.core.call.handlers import Feature
from firmware.core.call.making import EMERGENCY_PROGRESS_MS, NOTICE_START_MS, REACHING_TIMERS, Making
from firmware.core.call_tones import RINGING
from firmware.core.events import (
    HangUpRequested,
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTrying,
    MediaReady,
    RecordingFailed,
)
from firmware.core.leg import CALLER


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
        making.play_tone(RINGING, CALLER)


def _answered(making: Making, event: LegAnswered) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or event.leg == CALLER or not leg.alive:
        return
    if leg is not making.call.attempt or not leg.unanswered:
        # A 200 that crossed our CANCEL: the leg is up after all, and must be hung up again.
        if leg.state == "ending":
            making.ask(HangUp(leg.number))
        return
    making.cancel_timers(REACHING_TIMERS)
    making.set_leg(replace(leg, state="answered", phone=event.phone))
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
    if event.leg == making.call.caller_leg:
        making.end(_cause("caller", event.status, was))
    elif leg.number != making.call.called_leg or was == "ending":
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
    one_way = event.held and (leg.one_way or not leg.media_ready)
    making.set_leg(replace(leg, media_ready=True, held=event.held and not one_way, one_way=one_way))
    bridged = making.call.bridged and making.call.side_of(leg.number) is not None
    if leg.usable and (bridged or leg.number in making.call.playing_to):
        making.ask(Reconnect(leg.number))


def _silent(making: Making) -> None:
    _give_up_attempt(making, 408)


def _rings_in_vain(making: Making) -> None:
    _give_up_attempt(making, 480)


def _heard_long_enough(making: Making) -> None:
    making.end("not put through")


def _give_up_attempt(making: Making, status: int) -> None:
    attempt = making.call.attempt
    if attempt is None or not attempt.unanswered:
        return
    making.hang_up(attempt.number, 487)
    _attempt_failed(making, status, rang=attempt.state == "ringing")


def _hang_up_requested(making: Making, event: HangUpRequested) -> None:
    making.end(event.cause)


def _recording_failed(making: Making, event: RecordingFailed) -> None:
    if making.call.recording in ("running", "paused"):
        making.change(recording_fault=event.why)
        making.stop_recording(event.why)


REACHING = Feature(
    events={
        LegTrying: _trying,
        LegProgress: _progress,
        LegAnswered: _answered,
        LegEnded: _ended,
        MediaReady: _media_ready,
        HangUpRequested: _hang_up_requested,
        RecordingFailed: _recording_failed,
    },
    timers={"trying": _silent, "progress": _silent, "no_answer": _rings_in_vain, "tone": _heard_long_enough},
)
