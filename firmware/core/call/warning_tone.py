"""The warning tone: a short burst that both parties hear for as long as they are recorded, and not while it is paused.

It is mixed over what they hear, and so is not in the recording; never in an emergency call.
"""

from __future__ import annotations

from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call.state import Call


def _follow_up(making: Making, before: Call) -> None:
    call, tone = making.call, making.call.plan.warning_tone
    if tone is None or call.plan.emergency:
        return
    if call.phase != "connected" or call.recording != "running":
        making.cancel_timers(("warning",))
    elif "warning" not in call.timers:
        making.beep(tone.tone, "far_party", "office")
        making.start_timer("warning", tone.every_ms)


def _due(making: Making) -> None:
    """The follow-up finds that none is waited for, and sounds the next."""


WARNING_TONE = Feature(timers={"warning": _due}, follow_up=_follow_up)
