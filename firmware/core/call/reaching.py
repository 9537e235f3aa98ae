"""Reaching the party called, trunk after trunk or several phones at once, and the end of a call.

Without a notice the caller's leg stays unanswered until the other side answers: ringing, early media and the final
status pass through. Once the box has answered the caller, to speak its notice, it plays the ringing tone itself, and
busy or number unobtainable if nobody can be reached.

Of phones that ring together the first to answer has the call, and the others stop ringing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from firmware.core.call.effects import ANSWERED_ELSEWHERE, HangUp, Reconnect, RelayProgress
from firmware.core.call.failure import another_trunk_may_help, status_of_phones, worst
from firmware.core.call.fork import NO_FORK
from firmware.core.call.handlers import Feature
from firmware.core.call.making import EMERGENCY_PROGRESS_MS, NOTICE_START_MS, REACHING_TIMERS, Making
from firmware.core.call_record import OPTED_OUT, Party
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
from firmware.core.leg import CALLER, Leg, LegNumber, Target

_RINGING = 180


def _trying(making: Making, event: LegTrying) -> None:
    leg = _reached(making, event.leg)
    if leg is None or leg.state != "waiting":
        return
    making.set_leg(leg.now("trying"))
    _heard_of(making)
    if not making.call.plan.emergency:
        _let_ring(making)
    elif making.call.targets_left:
        making.start_timer("progress", EMERGENCY_PROGRESS_MS)


def _progress(making: Making, event: LegProgress) -> None:
    leg = _reached(making, event.leg)
    if leg is None:
        return
    making.cancel_timers(("progress",))
    making.set_leg(replace(leg, state="ringing"))
    _heard_of(making)
    if not making.call.plan.emergency:
        _let_ring(making)
    # Of several phones none is heard before it answers.
    status, early_media = (event.status, event.early_media) if making.call.fork.alone else (_RINGING, False)
    caller = making.call.caller
    if caller.unanswered:
        making.ask(RelayProgress(status, early_media))
    if early_media:
        making.stop_playing(CALLER)
        making.bridge()
    elif caller.state == "answered" and CALLER not in making.call.playing_to and not making.call.bridged:
        making.play_tone(RINGING, CALLER)


def _reached(making: Making, number: LegNumber) -> Leg | None:
    """The leg, if it is one by which the party called is being reached."""
    leg = making.call.leg(number)
    return leg if leg is not None and number in making.call.fork.legs and leg.unanswered else None


def _heard_of(making: Making) -> None:
    """Once every peer is known to be alive, nobody is taken for dead any more."""
    if not any(making.call.legs[number].state == "waiting" for number in making.call.fork.legs):
        making.cancel_timers(("trying",))


def _let_ring(making: Making) -> None:
    """From the first sign of life on, for as long as the call may ring, or as one of several that take turns may."""
    if "no_answer" not in making.call.timers:
        turn_ms = _dialled_last(making).ring_ms if making.call.targets_left else 0
        making.start_timer("no_answer", turn_ms or making.call.plan.no_answer_ms)


def _dialled_last(making: Making) -> Target:
    return making.call.plan.targets[making.call.attempts - 1]


def _answered(making: Making, event: LegAnswered) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or event.leg == CALLER or not leg.alive:
        return
    if _reached(making, event.leg) is None:
        # A 200 that crossed our CANCEL: the leg is up after all, and must be hung up again.
        if leg.state == "ending":
            making.ask(HangUp(leg.number))
        return
    making.cancel_timers(REACHING_TIMERS)
    others = making.call.fork.without((leg.number,), 0, False).legs
    making.set_leg(replace(leg, state="answered", phone=event.phone))
    making.change(called_leg=leg.number, fork=NO_FORK, answered_at_ms=making.at_ms)
    making.answer_caller()
    for number in others:
        making.hang_up(number, ANSWERED_ELSEWHERE)
    if leg.extension:
        _note_who_answered(making, leg.extension)
    plan = making.call.plan.notice
    if plan is not None and plan.moment == "on_answer":
        making.unbridge()
        making.stop_playing(CALLER)
        making.change(phase="telling")
        making.start_timer("notice", NOTICE_START_MS)
        making.start_notice(leg.number, overheard_by=(CALLER,))
    else:
        making.connect()


def _note_who_answered(making: Making, extension: str) -> None:
    """Whose phone it was is the party, and decides about the recording; what was called is the number it was called by.

    Who asked not to be recorded is not, whoever answers.
    """
    plan = making.call.plan
    if OPTED_OUT not in making.call.tags:
        plan = replace(plan, decision=plan.phone_decisions.get(extension, plan.decision))
    if plan.direction == "inbound":
        plan = replace(plan, office_party=_answering(extension, plan.office_party))
    else:
        plan = replace(plan, far_party=_answering(extension, plan.far_party))
    making.change(plan=plan)


def _answering(extension: str, called: Party) -> Party:
    return called if called.number == extension else Party(extension, network_number=called.number)


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
    elif leg.number in making.call.fork.legs:
        _lost(making, (leg.number,), event.status, rang=was == "ringing")
    elif leg.number == making.call.called_leg and was == "answered":
        making.end(_cause("called party", event.status, was))


def _lost(making: Making, legs: Collection[LegNumber], status: int, rang: bool) -> None:
    """These cannot be reached. As long as others may be, they are waited for."""
    fork = making.call.fork.without(legs, status, rang)
    making.unbridge()
    making.change(fork=fork)
    if fork.legs:
        making.change(called_leg=fork.legs[0])
        _heard_of(making)
        return
    making.cancel_timers(("trying", "progress", "no_answer"))
    last, status = _dialled_last(making), worst(fork.failed)
    if last.phone:
        status = status_of_phones(status)
    if last.ring_ms or another_trunk_may_help(status, fork.rang, making.call.plan.emergency):
        making.dial_next(status)
    else:
        making.fail(status)


def _cause(who: str, status: int, was: str) -> str:
    lost = was == "answered" and status >= 300
    if who == "caller":
        return f"the connection to the caller was lost: SIP {status}" if lost else "caller hung up"
    return f"the connection to the called party was lost: SIP {status}" if lost else "called party hung up"


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
    legs = making.call.fork.legs
    silent = tuple(number for number in legs if making.call.legs[number].state == "waiting")
    _give_up(making, silent or legs, 408)


def _rings_in_vain(making: Making) -> None:
    _give_up(making, making.call.fork.legs, 480)


def _heard_long_enough(making: Making) -> None:
    making.end("not put through")


def _give_up(making: Making, legs: Collection[LegNumber], status: int) -> None:
    if not legs:
        return
    rang = any(making.call.legs[number].state == "ringing" for number in legs)
    for number in legs:
        making.hang_up(number, 487)
    _lost(making, legs, status, rang)


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
