"""The front panel without hardware, for a clone: simulated pins, the lights drawn in the terminal, keys for the button.

Never chosen by itself: a box whose pins do not work must say so rather than pretend.
"""

from __future__ import annotations

import os
import sys
import termios
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from gpiozero.pins.mock import MockFactory, MockPWMPin

from firmware.adapters.panel.gpio_panel import GpioPanel
from firmware.adapters.panel.panel_drawing import PanelDrawing
from firmware.adapters.panel.panel_pins import PanelPins

_TAP_S = 0.1
_BETWEEN_S = 0.15


def simulated_pins() -> Any:
    """gpiozero's own simulation of a Raspberry Pi's pins."""
    return MockFactory(pin_class=MockPWMPin)


class SimulatedButton:
    """A finger on a simulated button. One thread."""

    def __init__(self, pins: PanelPins, factory: Any) -> None:
        pin = factory.pin(pins.button.pin)
        ways = (pin.drive_low, pin.drive_high)
        self._down, self._up = ways if pins.button.pull_up else reversed(ways)
        self._held = False

    def tap(self, times: int = 1) -> None:
        """Press shortly. Takes a finger's time."""
        for number in range(times):
            if number:
                time.sleep(_BETWEEN_S)  # a finger's time, in a thread with nothing else to do
            self._down()
            time.sleep(_TAP_S)
            self._up()
        self._held = False

    def hold_or_let_go(self) -> bool:
        """Gives whether it is held now."""
        self._held = not self._held
        (self._down if self._held else self._up)()
        return self._held


def follow_keys(keys: TextIO, button: SimulatedButton, drawing: PanelDrawing) -> None:
    """Start a thread that uses the button as the keys say; it ends with the input."""

    def follow() -> None:
        while key := os.read(keys.fileno(), 1):
            match key:
                case b"\n" | b"\r" | b" ":
                    button.tap()
                case b"d" | b"D":
                    button.tap(2)
                case b"h" | b"H":
                    drawing.say("The button is held down." if button.hold_or_let_go() else "The button was let go.")

    threading.Thread(target=follow, name="panel-keys", daemon=True).start()


@contextmanager
def single_keys(keys: TextIO) -> Iterator[None]:
    """Keys come as they are pressed, and are not shown; Ctrl-C still ends the program."""
    descriptor = keys.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def simulated_panel(pins: PanelPins, drawing: PanelDrawing, held: bool = False) -> Iterator[GpioPanel]:
    """A panel on simulated pins, drawn, with the terminal's keys for its button.

    Args:
        held: the button is down from the first moment, as when somebody holds it while the power comes on.
    """
    factory = simulated_pins()
    button = SimulatedButton(pins, factory)
    with GpioPanel(pins, factory, drawing.draw) as panel:
        if held:
            button.hold_or_let_go()
        if sys.stdin is None or not sys.stdin.isatty():
            yield panel
            return
        with single_keys(sys.stdin):
            follow_keys(sys.stdin, button, drawing)
            yield panel
