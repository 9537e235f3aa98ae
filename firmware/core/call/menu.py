"""The attendant's menu in a call: saying the choices, hearing a key or silence, putting through."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.attendant_menu import AttendantMenu, GoodBye, PutThrough, SayAgain
from firmware.core.call.making import Making
from firmware.core.call.playing import say, stop_saying
from firmware.core.call.state import Stage
from firmware.core.call_record import OPTED_OUT, Party

STAGES: tuple[Stage, ...] = ("choices", "choosing", "invalid")


def offer(making: Making) -> None:
    """Say the choices, once more or for the first time."""
    making.change(menu_said=making.call.menu_said + 1)
    say(making, "choices", _menu(making).prompt)


def said(making: Making, completed: bool) -> None:
    """A prompt of the menu is over. Without its choices nobody can choose: then the call goes where silence leads."""
    if making.call.stage == "invalid":
        offer(making)
    elif completed:
        making.change(stage="choosing")
        making.start_timer("menu", _menu(making).timeout_ms)
    else:
        _put_through(making, PutThrough(_menu(making).otherwise))


def key_pressed(making: Making, key: str) -> None:
    """A key counts while the choices are said and after; any other time it is forgotten."""
    if making.call.stage in ("choices", "choosing"):
        stop_saying(making, completed=False)
        _act(making, key)


def silence(making: Making) -> None:
    """The caller has had time enough to choose."""
    if making.call.phase == "notice" and making.call.stage == "choosing":
        _act(making, None)


def _act(making: Making, key: str | None) -> None:
    match _menu(making).answer(key, making.call.menu_said):
        case PutThrough() as chosen:
            _put_through(making, chosen)
        case SayAgain(after) if after:
            say(making, "invalid", after)
        case SayAgain():
            offer(making)
        case GoodBye():
            making.end("nothing was chosen in the menu")


def _put_through(making: Making, chosen: PutThrough) -> None:
    """Dial what was chosen; whether that is recorded is decided by whom the call reaches, not by what was dialled."""
    if chosen.key:
        making.tag(f"menu: {chosen.key}")
    plan = making.call.plan
    if chosen.number:
        decision = plan.reception.decisions.get(chosen.number, plan.decision)
        making.change(
            plan=replace(
                plan,
                targets=plan.reception.targets.get(chosen.number)
                or tuple(replace(target, number=chosen.number) for target in plan.targets),
                phone_decisions=plan.reception.phone_decisions.get(chosen.number, {}),
                office_party=Party(number=chosen.number),
                decision=plan.decision if OPTED_OUT in making.call.tags else decision,
            )
        )
    making.dial_next(404)


def _menu(making: Making) -> AttendantMenu:
    menu = making.call.plan.reception.menu
    assert menu is not None
    return menu
