"""Recording that a member of staff starts: nothing is kept before, everything from then on for the rest of the call."""

from __future__ import annotations

from firmware.core.call.confirming import confirm
from firmware.core.call.making import Making
from firmware.core.call.state import Call
from firmware.core.call_record import OPTED_OUT, Asker

RECORDING_STARTED = "recording-started"


def why_not_start(call: Call) -> str:
    """Why a recording cannot be started; empty when it can, or runs already."""
    if call.on_record:
        return ""
    if call.forbidden:
        return f"A recording of this call cannot be started ({call.forbidden})."
    if call.recording == "stopped":
        return "The recording of this call has ended."
    if OPTED_OUT in call.tags:
        return "The caller asked not to be recorded."
    if call.plan.decision.mode != "on_demand":
        return f"A recording of this call cannot be started ({call.plan.decision.decided_by})."
    return "" if call.phase == "connected" else "The call is not connected yet."


def start(making: Making, asker: Asker) -> None:
    """Record from now on, and tell the far party where the office wants that."""
    if not making.call.on_record:
        making.start_recording("on demand")
        making.announce(making.call.plan.start_notice, "far_party")
    confirm(making, RECORDING_STARTED, asker)
