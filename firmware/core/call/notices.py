"""Telling people before they talk: greeting, notice, the chance to say no, and then through, whatever became of it.

Inbound the caller is told, before anybody is dialled (phase *notice*); outbound the person called, on answer (phase
*telling*), while the office listens. A call that was told nothing goes through all the same; it is merely not recorded.
Keys are heard, acted upon if they mean something here, and forgotten.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call import menu
from firmware.core.call.handlers import Feature
from firmware.core.call.making import NOTICE_GRACE_MS, NOTICE_START_MS, Making
from firmware.core.call.playing import playing, say, sounds, stop_saying
from firmware.core.call.state import Call, Stage
from firmware.core.call_record import OPTED_OUT
from firmware.core.events import KeyPressed, MediaReady, NoticeEnded, NoticeStarted

# The stages in which a key can still mean "do not record me".
_MAY_OPT_OUT: tuple[Stage, ...] = ("notice", "opt_out", *menu.STAGES)


def _media_ready(making: Making, event: MediaReady) -> None:
    call, told = making.call, _told(making.call)
    if told is None or event.leg != told or call.stage != "start":
        return
    leg = call.leg(told)
    if leg is None or not leg.usable:
        return
    if call.phase == "notice" and call.plan.reception.greeting:
        say(making, "greeting", call.plan.reception.greeting)
    else:
        _greeted(making)


def _notice_started(making: Making, event: NoticeStarted) -> None:
    if playing(making.call):
        sounds(making)
        making.start_timer("notice", event.duration_ms + NOTICE_GRACE_MS)


def _notice_ended(making: Making, event: NoticeEnded) -> None:
    now = playing(making.call)
    if now and event.prompt in ("", now):
        _said(making, event.completed)


def _time_is_up(making: Making) -> None:
    """Nobody could hear, a player fell silent, or nobody said no."""
    if playing(making.call):
        _said(making, completed=False)
    elif making.call.stage == "start" and _told(making.call) is not None:
        _unheard(making)
    elif making.call.stage == "opt_out":
        _told_all(making)


def _said(making: Making, completed: bool) -> None:
    """A prompt is over: go on with what comes next."""
    stage = making.call.stage
    stop_saying(making, completed)
    match stage:
        case "greeting":
            _greeted(making)
        case "notice":
            _notified(making, completed)
        case "opted_out":
            _told_all(making)
        case _:
            menu.said(making, completed)


def _greeted(making: Making) -> None:
    call = making.call
    if call.phase == "notice" and not call.plan.reception.put_through:
        making.end("outside office hours")
    elif call.plan.notice is not None:
        _notify(making)
    else:
        _told_all(making)


def _notify(making: Making) -> None:
    told = _told(making.call)
    assert told is not None
    making.start_timer("notice", NOTICE_START_MS)
    making.start_notice(told, _overheard_by(making.call))


def _notified(making: Making, completed: bool) -> None:
    plan = making.call.plan
    assert plan.notice is not None
    if completed and plan.notice.opt_out is not None and not _has_menu(making.call):
        making.change(stage="opt_out")
        making.start_timer("notice", plan.notice.opt_out.wait_ms)
    else:
        _told_all(making)


def _told_all(making: Making) -> None:
    """Everything is said that had to be."""
    if making.call.phase == "telling":
        making.connect()
    elif _has_menu(making.call):
        menu.offer(making)
    else:
        making.dial_next(404)


def _unheard(making: Making) -> None:
    """The one to be told never could hear: no menu can be offered, but the call is put through."""
    if making.call.phase == "telling":
        making.connect()
    elif making.call.plan.reception.put_through:
        making.dial_next(404)
    else:
        making.end("outside office hours")


def _key_pressed(making: Making, event: KeyPressed) -> None:
    call, told = making.call, _told(making.call)
    if told is None or event.leg != told:
        return
    opt_out = call.plan.notice.opt_out if call.plan.notice is not None else None
    if opt_out is not None and event.key == opt_out.key and call.stage in _MAY_OPT_OUT and OPTED_OUT not in call.tags:
        _opt_out(making, opt_out.confirmation)
    else:
        menu.key_pressed(making, event.key)


def _opt_out(making: Making, confirmation: str) -> None:
    """From here on this call may not be recorded, whatever anybody asks later."""
    stop_saying(making, completed=False)
    plan = making.call.plan
    who = "the caller" if plan.direction == "inbound" else "the person called"
    never = replace(plan.decision, record=False, mode="never", decided_by=f"{who} asked not to be recorded")
    making.change(plan=replace(plan, decision=never))
    making.tag(OPTED_OUT)
    if confirmation:
        say(making, "opted_out", confirmation, _told(making.call), _overheard_by(making.call))
    else:
        _told_all(making)


def _has_menu(call: Call) -> bool:
    return call.phase == "notice" and call.plan.reception.menu is not None


def _told(call: Call) -> int | None:
    """The leg of whoever is being told; None in any other phase."""
    if call.phase == "notice":
        return call.caller_leg
    return call.called_leg if call.phase == "telling" else None


def _overheard_by(call: Call) -> tuple[int, ...]:
    return (call.caller_leg,) if call.phase == "telling" else ()


NOTICES = Feature(
    events={
        MediaReady: _media_ready,
        NoticeStarted: _notice_started,
        NoticeEnded: _notice_ended,
        KeyPressed: _key_pressed,
    },
    timers={"notice": _time_is_up, "menu": menu.silence},
)
