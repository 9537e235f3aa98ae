"""A loop detector on a GPIO pin: current flows in the line while the phone is off its hook."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gpiozero import BadPinFactory, DigitalInputDevice, GPIOZeroError

from firmware.adapters.analogue.happenings import Happening, LoopChanged
from firmware.adapters.analogue.line_config import LoopPin
from firmware.adapters.gpio.header_pins import header_pins
from firmware.core.errors import MissingComponent


class LoopDetector:
    """Tells each change, and at the start how it is.

    Args:
        line: whose loop.
        config: the pin.
        tell: takes what changed, in gpiozero's thread. Must not block.
        factory: gpiozero's pin factory; None takes the machine's real pins.

    Raises:
        MissingComponent: the machine has no such pin, or it is in use.
    """

    def __init__(self, line: str, config: LoopPin, tell: Callable[[Happening], None], factory: Any = None) -> None:
        self._line = line
        self._tell = tell
        try:
            # A detector's open collector pulls the pin down while current flows; one that drives it high needs no pull.
            self._input = DigitalInputDevice(
                config.pin,
                pull_up=None if config.closed_is_high else True,
                active_state=True if config.closed_is_high else None,
                pin_factory=header_pins() if factory is None else factory,
            )
        except (BadPinFactory, GPIOZeroError, OSError, RuntimeError) as error:
            raise MissingComponent(
                f"The loop detector's pin {config.pin} cannot be used: {error}.",
                "Check loop_pin in the settings and the wiring; until then voice tells when calls begin and end.",
            ) from error
        self._input.when_activated = lambda: self._changed(closed=True)
        self._input.when_deactivated = lambda: self._changed(closed=False)
        self._changed(closed=self.closed)

    @property
    def closed(self) -> bool:
        """Whether current flows at this moment."""
        return bool(self._input.is_active)

    def close(self) -> None:
        self._input.close()

    def _changed(self, *, closed: bool) -> None:
        self._tell(LoopChanged(self._line, round(time.monotonic() * 1000), closed))
