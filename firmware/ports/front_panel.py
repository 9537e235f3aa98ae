"""The front panel: one light and one button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from firmware.core.panel_state import PanelState


@dataclass(frozen=True)
class ButtonPress:
    """A press that has ended. ``held_s`` is how long the button was down, in seconds."""

    held_s: float


class FrontPanel(Protocol):
    """A light that shows the box's state and a button that says it was pressed."""

    def show(self, state: PanelState) -> None:
        """Show a state from now on. Showing the same state again does not restart its rhythm."""
        ...

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        """Wait for the button; ``None`` when nobody pressed it in ``timeout_s`` seconds."""
        ...

    def close(self) -> None:
        """Put the light out and let go of the pins. Safe to call twice."""
        ...
