"""The front panel on gpiozero pins, whatever makes them: the same code drives real pins and simulated ones."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self

from gpiozero import LED, RGBLED, BadPinFactory, Button, GPIOZeroError

from firmware.adapters.gpio.header_pins import header_pins
from firmware.adapters.panel.lamp import Lamp
from firmware.adapters.panel.panel_pins import PanelPins
from firmware.core.errors import MissingComponent
from firmware.core.panel_light import Colour, PanelState, Shown
from firmware.ports.front_panel import ButtonEdge

#: Told what is shown, and the colour of this moment; the line's name, empty for the panel's one light.
OnLight = Callable[[str, Shown, Colour], None]
_PIN_ERRORS = (BadPinFactory, GPIOZeroError, OSError, RuntimeError)


class GpioPanel:
    """A ``FrontPanel`` of one ``gpiozero.Button``, one ``gpiozero.RGBLED`` and a ``gpiozero.LED`` for each line.

    Args:
        pins: which pin does what.
        factory: gpiozero's pin factory; None takes the machine's real pins.
        on_light: told of each light as it is shown, in the light's thread.

    Raises:
        MissingComponent: the machine has not these pins, or somebody else uses one.
    """

    def __init__(self, pins: PanelPins, factory: Any = None, on_light: OnLight = lambda *_: None) -> None:
        self._edges: queue.SimpleQueue[ButtonEdge] = queue.SimpleQueue()
        self._lines: dict[str, Lamp] = {}
        with ExitStack() as opened:
            try:
                factory = header_pins() if factory is None else factory
                self._button = opened.enter_context(_button(pins, factory))
                light = opened.enter_context(_light(pins, factory))
                leds = {
                    each.line: opened.enter_context(LED(each.pin, active_high=each.active_high, pin_factory=factory))
                    for each in pins.line_light
                }
            except _PIN_ERRORS as error:
                raise _unusable(error) from error
            self._lamp = Lamp("panel-light", partial(setattr, light, "value"), partial(on_light, ""))
            opened.callback(self._lamp.close)
            for line, led in leds.items():
                self._lines[line] = Lamp(f"light-{line}", partial(_light_up, led), partial(on_light, line))
                opened.callback(self._lines[line].close)
            self._opened = opened.pop_all()
        self._button.when_pressed = partial(self._edge, True)
        self._button.when_released = partial(self._edge, False)

    @property
    def button_is_down(self) -> bool:
        return bool(self._button.is_pressed)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)

    def show(self, shown: Shown, lines: Mapping[str, PanelState]) -> None:
        self._lamp.show(shown)
        for line, state in lines.items():
            self._lines[line].show(state)
        failed = next((lamp.failure for lamp in (self._lamp, *self._lines.values()) if lamp.failure), None)
        if failed is not None:
            raise _unusable(failed) from failed

    def next_edge(self, timeout_s: float) -> ButtonEdge | None:
        try:
            return self._edges.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def close(self) -> None:
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _edge(self, down: bool) -> None:
        """In gpiozero's thread."""
        self._edges.put(ButtonEdge(down, time.monotonic()))


def _light(pins: PanelPins, factory: Any) -> Any:
    light = pins.light
    return RGBLED(light.red, light.green, light.blue, active_high=light.active_high, pwm=False, pin_factory=factory)


def _button(pins: PanelPins, factory: Any) -> Any:
    button = pins.button
    return Button(
        button.pin, pull_up=button.pull_up, bounce_time=(button.bounce_ms / 1000) or None, pin_factory=factory
    )


def _light_up(led: Any, colour: Colour) -> None:
    """A line's light has one colour of its own: the rhythm says all."""
    led.value = int(any(colour))


def _unusable(error: BaseException) -> MissingComponent:
    return MissingComponent(
        f"The front panel's pins cannot be used: {str(error) or type(error).__name__}.",
        "Check hw/pins.toml and the wiring; without a panel set panel.kind to none, or use --simulated.",
    )
