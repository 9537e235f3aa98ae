"""The front panel without hardware, for a clone: simulated pins, the light drawn on one line, Enter for the button.

Never chosen by itself: a box whose pins do not work must say so rather than pretend.
"""

from __future__ import annotations

import threading
import time
from typing import Any, TextIO

from gpiozero.pins.mock import MockFactory, MockPWMPin

from firmware.adapters.panel.gpio_panel import OFF, Colour, GpioPanel
from firmware.adapters.panel.pins import PanelPins
from firmware.core.panel_state import PanelState

_TAP_S = 0.1


def simulated_pins() -> Any:
    """gpiozero's own simulation of a Raspberry Pi's pins."""
    return MockFactory(pin_class=MockPWMPin)


class TerminalLight:
    """Draws the light: on a terminal as one line that follows the rhythm, elsewhere as one line for each new state."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._live = out.isatty()
        self._last: PanelState | None = None

    def draw(self, state: PanelState, colour: Colour) -> None:
        """A ``GpioPanel``'s ``on_light``."""
        if self._live:
            self._out.write(f"\r\x1b[K{_lamp(colour)} {state.value}")
        elif state is not self._last:
            self._out.write(f"front panel: {state.value}\n")
        self._last = state
        self._out.flush()

    def end(self) -> None:
        if self._live:
            self._out.write("\r\x1b[K")
            self._out.flush()


def press_on_enter(pins: PanelPins, factory: Any, keys: TextIO) -> None:
    """Start a thread that presses the simulated button shortly for every line typed; it ends with the input."""
    pin = factory.pin(pins.button.pin)
    down, up = (pin.drive_low, pin.drive_high) if pins.button.pull_up else (pin.drive_high, pin.drive_low)

    def follow() -> None:
        for _ in keys:
            down()
            time.sleep(_TAP_S)  # a finger's time, in a thread with nothing else to do
            up()

    threading.Thread(target=follow, name="panel-keys", daemon=True).start()


def simulated_panel(pins: PanelPins, out: TextIO, keys: TextIO | None) -> GpioPanel:
    """A panel on simulated pins, drawn to ``out``; ``keys`` (a terminal) presses its button."""
    factory = simulated_pins()
    panel = GpioPanel(pins, factory, TerminalLight(out).draw)
    if keys is not None and keys.isatty():
        press_on_enter(pins, factory, keys)
    return panel


def _lamp(colour: Colour) -> str:
    if colour == OFF:
        return "○"
    red, green, blue = (round(255 * part) for part in colour)
    return f"\x1b[38;2;{red};{green};{blue}m●\x1b[0m"
