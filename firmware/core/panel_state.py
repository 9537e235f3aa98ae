"""Which state of the box the front panel shows when several hold, and what a line's own light shows."""

from __future__ import annotations

from firmware.core.panel_light import PanelState

#: A person who looks up once sees the most urgent. A pause outranks what needs attention: it is the answer that whoever
#: has just pressed the button waits for, and a forgotten one is lost sound; attention has time until then.
MOST_URGENT_FIRST: tuple[PanelState, ...] = (
    PanelState.FAULT,
    PanelState.STARTING,
    PanelState.PAUSED,
    PanelState.NEEDS_ATTENTION,
    PanelState.UPDATING,
    PanelState.RECORDING,
    PanelState.IDLE,
)


def panel_state(
    *,
    fault: bool,
    needs_attention: bool,
    updating: bool,
    paused_calls: int,
    recorded_calls: int,
    starting: bool = False,
) -> PanelState:
    """The one state to show. While the box is starting, ``fault`` is about processes that have spoken already."""
    holds = {
        PanelState.FAULT: fault,
        PanelState.STARTING: starting,
        PanelState.PAUSED: paused_calls > 0,
        PanelState.NEEDS_ATTENTION: needs_attention,
        PanelState.UPDATING: updating,
        PanelState.RECORDING: recorded_calls > 0,
        PanelState.IDLE: True,
    }
    return next(state for state in MOST_URGENT_FIRST if holds[state])
