"""Hold: whoever put the call on hold sends music, not their voice, and is recorded as silence for as long."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import RecordAsHeld
from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call.state import Call
from firmware.core.call_record import Hold, Side
from firmware.core.leg import Leg

_SIDES: tuple[Side, ...] = ("far_party", "office")


def _follow_up(making: Making, before: Call) -> None:
    for side in _SIDES:
        leg = making.call.leg_at(side)
        on_hold = _on_hold(making.call, leg)
        _note(making, side, on_hold)
        if leg is not None and leg.alive and making.call.on_record:
            _record(making, leg, on_hold)


def _on_hold(call: Call, leg: Leg | None) -> bool:
    return call.phase == "connected" and leg is not None and leg.usable and leg.held


def _note(making: Making, side: Side, on_hold: bool) -> None:
    holds = making.call.holds
    lasting = next((hold for hold in holds if hold.side == side and hold.ended_at_ms is None), None)
    if on_hold and lasting is None:
        making.change(holds=(*holds, Hold(making.at_ms, None, side)))
    elif lasting is not None and not on_hold:
        over = replace(lasting, ended_at_ms=making.at_ms)
        making.change(holds=tuple(over if hold is lasting else hold for hold in holds))


def _record(making: Making, leg: Leg, on_hold: bool) -> None:
    held = making.call.recorded_as_held
    if on_hold != (leg.number in held):
        making.change(recorded_as_held=held | {leg.number} if on_hold else held - {leg.number})
        making.ask(RecordAsHeld(leg.number, on_hold))


HOLDING = Feature(follow_up=_follow_up)
