"""Prompts that somebody who is not talking yet hears to the end, one after the other, and their entry in the record."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import PlayNotice
from firmware.core.call.making import NOTICE_START_MS, Making
from firmware.core.call.state import Call, Stage
from firmware.core.call_record import Notice
from firmware.core.leg import LegNumber


def playing(call: Call) -> str:
    """The prompt that plays now to whoever is being told; empty when none does."""
    if call.phase not in ("notice", "telling"):
        return ""
    notice, menu = call.plan.notice, call.plan.reception.menu
    match call.stage:
        case "greeting":
            return call.plan.reception.greeting
        case "notice":
            return notice.prompt if notice is not None else ""
        case "opted_out":
            return notice.opt_out.confirmation if notice is not None and notice.opt_out is not None else ""
        case "choices":
            return menu.prompt if menu is not None else ""
        case "invalid":
            return menu.invalid_prompt if menu is not None else ""
        case _:
            return ""


def say(
    making: Making,
    stage: Stage,
    prompt: str,
    to: LegNumber | None = None,
    overheard_by: tuple[LegNumber, ...] = (),
) -> None:
    """Play a prompt to the far party, which waits for its end; without ``to`` that is the caller."""
    number = making.call.caller_leg if to is None else to
    making.change(
        stage=stage,
        announcements=(*making.call.announcements, Notice(prompt, "far_party", making.at_ms)),
        playing_to=making.call.playing_to | {number, *overheard_by},
    )
    making.start_timer("notice", NOTICE_START_MS)
    making.ask(PlayNotice(number, prompt, overheard_by))


def sounds(making: Making) -> None:
    """What plays can be heard from now on: a busy box takes a moment from asking for it to that."""
    notice, said = making.call.notice, making.call.announcements
    if making.call.stage == "notice" and notice is not None:
        making.change(notice=replace(notice, started_at_ms=making.at_ms))
    elif said and said[-1].ended_at_ms is None:
        making.change(announcements=(*said[:-1], replace(said[-1], started_at_ms=making.at_ms)))


def stop_saying(making: Making, completed: bool) -> None:
    """What plays is over: to its end, or because something else comes."""
    making.cancel_timers(("notice", "menu"))
    making.end_notice(completed)
    making.end_announcements(completed)
    making.stop_playing(*making.call.playing_to)
