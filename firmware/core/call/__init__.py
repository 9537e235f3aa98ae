"""One call from its first packet to its last goodbye, as a pure function: ``(call, event) -> (call, effects)``."""

from __future__ import annotations

from firmware.core.call.making import Step
from firmware.core.call.state import Call, CallPlan
from firmware.core.call.step import open_call, step

__all__ = ["Call", "CallPlan", "Step", "open_call", "step"]
