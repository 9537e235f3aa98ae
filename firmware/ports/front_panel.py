"""The front panel: one button, one light, and a light for each line that has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from firmware.core.panel_light import PanelState, Shown


@dataclass(frozen=True)
class ButtonEdge:
    """The button went down, or was let go. ``at_s`` is of the monotonic clock."""

    down: bool
    at_s: float


class FrontPanel(Protocol):
    """Lights that show how the box is, and a button. Not for more than one thread at a time."""

    @property
    def button_is_down(self) -> bool:
        """Now: what no edge tells of a button that was down when the panel began."""
        ...

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that have a light of their own."""
        ...

    def show(self, shown: Shown, lines: Mapping[str, PanelState]) -> None:
        """Show this from now on, and how each of ``lines`` is. What is shown already goes on in its rhythm.

        Raises:
            MissingComponent: the pins cannot be used any more.
        """
        ...

    def next_edge(self, timeout_s: float) -> ButtonEdge | None:
        """Wait for the button; ``None`` when nothing happened to it in ``timeout_s`` seconds."""
        ...

    def close(self) -> None:
        """Put the lights out and let go of the pins. Safe to call twice."""
        ...
