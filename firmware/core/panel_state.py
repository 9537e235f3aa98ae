"""What the front panel's one light says, and how: different by blink as well as by colour.

People who cannot tell red from green read the rhythm; people across the room read the colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PanelState(Enum):
    """The states of the box that a person in the office should know of, most urgent last."""

    IDLE = "idle"
    RECORDING = "recording"
    PAUSED = "paused"
    UPDATING = "updating"
    NEEDS_ATTENTION = "needs attention"
    FAULT = "fault"


@dataclass(frozen=True)
class LightPattern:
    """How the light shows a state: a colour (red, green, blue; each 0 to 1) and a rhythm repeated for ever.

    ``rhythm_s`` are seconds on, off, on, off …; empty means steadily on.
    """

    colour: tuple[float, float, float]
    rhythm_s: tuple[float, ...] = ()


PATTERNS: dict[PanelState, LightPattern] = {
    PanelState.IDLE: LightPattern((0.0, 1.0, 0.0)),
    PanelState.RECORDING: LightPattern((1.0, 0.0, 0.0)),
    PanelState.PAUSED: LightPattern((1.0, 0.5, 0.0), (1.0, 1.0)),
    PanelState.UPDATING: LightPattern((0.0, 0.0, 1.0), (0.5, 0.5)),
    PanelState.NEEDS_ATTENTION: LightPattern((1.0, 0.5, 0.0), (0.15, 0.25, 0.15, 1.45)),
    PanelState.FAULT: LightPattern((1.0, 0.0, 0.0), (0.12, 0.12)),
}


def panel_state(
    *, fault: bool, needs_attention: bool, updating: bool, paused_calls: int, recorded_calls: int
) -> PanelState:
    """The one state to show when several hold: the most urgent, for a person who looks up once.

    A pause outranks a recording, because a pause forgotten is what the light must remind of.
    """
    if fault:
        return PanelState.FAULT
    if needs_attention:
        return PanelState.NEEDS_ATTENTION
    if updating:
        return PanelState.UPDATING
    if paused_calls:
        return PanelState.PAUSED
    return PanelState.RECORDING if recorded_calls else PanelState.IDLE
