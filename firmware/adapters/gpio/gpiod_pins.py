"""gpiozero's pins over the kernel's GPIO character device, by the kernel's own library (libgpiod).

gpiozero brings no such factory, and those that it brings lack builds for the box's Python, or do without bouncing and
pulls. What is not needed here (dimming, SPI) is not there.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import gpiod
from gpiod.line import Bias, Direction, Edge, Value
from gpiozero import PinFixedPull, PinInvalidFunction, PinInvalidPull, PinPWMUnsupported, PinSetInput
from gpiozero.pins.local import LocalPiFactory, LocalPiPin

_PI_4 = 0xC03114
_BIASES = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "floating": Bias.DISABLED}
_EDGES = {"both": Edge.BOTH, "rising": Edge.RISING, "falling": Edge.FALLING}
_LOOK_UP_S = 0.5


class GpiodFactory(LocalPiFactory):  # type: ignore[misc]  # gpiozero has no types
    """The pins of one chip, numbered as on the header of a Raspberry Pi.

    Args:
        path: the chip, as in ``/dev/gpiochip0``.

    Raises:
        OSError: it cannot be opened.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.chip = gpiod.Chip(path)
        self.pin_class = GpiodPin

    def close(self) -> None:
        super().close()
        self.chip.close()

    def _get_revision(self) -> int:
        """All have the same header, and the kernel of Debian does not say which this is."""
        return _PI_4


class GpiodPin(LocalPiPin):  # type: ignore[misc]  # gpiozero has no types
    """One line of the chip, held from when it is first used until it is closed.

    Edges are told in a thread of its own. The kernel holds back what is shorter than ``bounce``.
    """

    def __init__(self, factory: GpiodFactory, info: Any) -> None:
        super().__init__(factory, info)
        self._function = "input"
        self._pull = "floating"
        self._bounce_s: float | None = None
        self._edge = "both"
        self._following: threading.Thread | None = None
        self._ending = threading.Event()
        self._request = factory.chip.request_lines({self._number: self._settings()}, consumer="earmark")

    def close(self) -> None:
        self.when_changed = None
        self._request.release()

    def _settings(self, value: Value = Value.INACTIVE) -> gpiod.LineSettings:
        if self._function == "output":
            return gpiod.LineSettings(direction=Direction.OUTPUT, output_value=value)
        return gpiod.LineSettings(
            direction=Direction.INPUT,
            bias=_BIASES[self._pull],
            edge_detection=Edge.NONE if self._following is None else _EDGES[self._edge],
            debounce_period=timedelta(seconds=self._bounce_s or 0.0),
        )

    def _set_up(self) -> None:
        self._request.reconfigure_lines({self._number: self._settings()})

    # What gpiozero asks of a pin.

    def _get_function(self) -> str:
        return self._function

    def _set_function(self, value: str) -> None:
        if value not in ("input", "output"):
            raise PinInvalidFunction(f"invalid function {value!r} for {self!r}")
        self._function = value
        self._set_up()

    def _get_state(self) -> bool:
        return bool(self._request.get_value(self._number) is Value.ACTIVE)

    def _set_state(self, value: float) -> None:
        if self._function == "input":
            raise PinSetInput(f"cannot set state of {self!r}")
        self._request.set_value(self._number, Value.ACTIVE if value else Value.INACTIVE)

    def _get_pull(self) -> str:
        return self._pull

    def _set_pull(self, value: str) -> None:
        if self._function != "input":
            raise PinFixedPull(f"cannot set pull on non-input {self!r}")
        if value not in _BIASES:
            raise PinInvalidPull(f"invalid pull {value!r} for {self!r}")
        self._pull = value
        self._set_up()

    def _get_frequency(self) -> None:
        return None

    def _set_frequency(self, value: float | None) -> None:
        if value is not None:
            raise PinPWMUnsupported(f"{self!r} cannot be dimmed")

    def _get_bounce(self) -> float | None:
        return self._bounce_s

    def _set_bounce(self, value: float | None) -> None:
        self._bounce_s = value
        self._set_up()

    def _get_edges(self) -> str:
        return self._edge

    def _set_edges(self, value: str) -> None:
        self._edge = value
        self._set_up()

    def _enable_event_detect(self) -> None:
        self._ending.clear()
        self._following = threading.Thread(target=self._follow, name=f"edges-{self!r}", daemon=True)
        self._set_up()
        self._following.start()

    def _disable_event_detect(self) -> None:
        following, self._following = self._following, None
        self._ending.set()
        if following is not None and following is not threading.current_thread():
            following.join()
        self._set_up()

    def _follow(self) -> None:
        """The edges' thread."""
        while not self._ending.is_set():
            if self._request.wait_edge_events(timedelta(seconds=_LOOK_UP_S)):
                for event in self._request.read_edge_events():
                    self._call_when_changed(event.timestamp_ns / 1e9, event.event_type is event.Type.RISING_EDGE)
