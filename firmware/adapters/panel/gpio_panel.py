"""The front panel on gpiozero pins, whatever makes them: the same code drives real pins and simulated ones."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from gpiozero import RGBLED, BadPinFactory, Button, GPIOZeroError

from firmware.adapters.panel.pins import PanelPins
from firmware.core.errors import MissingComponent
from firmware.core.panel_state import PATTERNS, LightPattern, PanelState
from firmware.ports.front_panel import ButtonPress

Colour = tuple[float, float, float]
OFF: Colour = (0.0, 0.0, 0.0)


class GpioPanel:
    """A ``FrontPanel`` of one ``gpiozero.Button`` and one ``gpiozero.RGBLED``.

    The light's rhythm is kept by a thread of its own; every method may be called from any thread.

    Args:
        pins: which pin does what.
        factory: gpiozero's pin factory; None takes the machine's real pins.
        on_light: told each colour as it is shown, in the rhythm's thread.

    Raises:
        MissingComponent: the machine has no pins, or not these.
    """

    def __init__(
        self, pins: PanelPins, factory: Any = None, on_light: Callable[[PanelState, Colour], None] = lambda *_: None
    ) -> None:
        self._on_light = on_light
        self._presses: queue.SimpleQueue[ButtonPress] = queue.SimpleQueue()
        self._pressed_at_s: float | None = None
        self._changed = threading.Condition()
        self._state: PanelState | None = None
        self._closing = False
        try:
            self._light = _light(pins, factory)
            self._button = _button(pins, factory)
        except (BadPinFactory, GPIOZeroError, OSError, RuntimeError) as error:
            raise MissingComponent(
                f"The front panel's pins cannot be used: {error}.",
                "Check hw/pins.toml and the wiring; without a panel set panel.kind to none, or use --simulated.",
            ) from error
        self._button.when_pressed = self._pressed
        self._button.when_released = self._released
        self._rhythm = threading.Thread(target=self._keep_rhythm, name="panel-light", daemon=True)
        self._rhythm.start()

    def show(self, state: PanelState) -> None:
        with self._changed:
            if state is not self._state:
                self._state = state
                self._changed.notify()

    def next_press(self, timeout_s: float) -> ButtonPress | None:
        try:
            return self._presses.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        self._rhythm.join()
        self._light.close()
        self._button.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pressed(self) -> None:
        """In gpiozero's thread."""
        self._pressed_at_s = time.monotonic()

    def _released(self) -> None:
        """In gpiozero's thread."""
        if self._pressed_at_s is not None:
            self._presses.put(ButtonPress(time.monotonic() - self._pressed_at_s))
            self._pressed_at_s = None

    def _keep_rhythm(self) -> None:
        """The rhythm's thread: shows a state's phases one after the other until the state changes."""
        while (state := self._next_state()) is not None:
            for colour, lasts_s in phases(PATTERNS[state]):
                self._light.value = colour
                self._on_light(state, colour)
                if self._state_left(state, lasts_s):
                    break

    def _next_state(self) -> PanelState | None:
        with self._changed:
            self._changed.wait_for(lambda: self._state is not None or self._closing)
            return None if self._closing else self._state

    def _state_left(self, state: PanelState, timeout_s: float | None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._state is not state or self._closing, timeout_s)


def phases(pattern: LightPattern) -> Iterator[tuple[Colour, float | None]]:
    """What a pattern shows and for how many seconds; None: until something else is to be shown."""
    if not pattern.rhythm_s:
        yield pattern.colour, None
        return
    shown = itertools.cycle((pattern.colour, OFF))
    for lasts_s in itertools.cycle(pattern.rhythm_s):
        yield next(shown), lasts_s


def _light(pins: PanelPins, factory: Any) -> Any:
    light = pins.light
    return RGBLED(light.red, light.green, light.blue, active_high=light.active_high, pin_factory=factory)


def _button(pins: PanelPins, factory: Any) -> Any:
    button = pins.button
    return Button(
        button.pin, pull_up=button.pull_up, bounce_time=(button.bounce_ms / 1000) or None, pin_factory=factory
    )
