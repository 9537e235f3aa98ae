"""The 40-pin header of this machine: the GPIO chip that a Raspberry Pi has there, and no other.

A PC has GPIO chips too, and on some of their pins hang its voltage regulators: what is not known to be the header is
never driven. Which Pi it is does not matter, since all have the same header; Debian's kernel does not say it, either.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from firmware.core.errors import MissingComponent

#: How Linux labels the chip of the header, by the maker's chip: Pi 3 and before, 4, 5.
_LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")
_PI_4 = 0xC03114
_CHIPS = Path("/dev")


def header_pins() -> Any:
    """gpiozero's pin factory over that chip.

    Raises:
        MissingComponent: there is none, or it may not be used.
    """
    # lgpio puts a pipe into its working folder, and does so when it is imported.
    os.environ.setdefault("LG_WD", tempfile.gettempdir())
    try:
        import lgpio  # type: ignore[import-untyped]  # it has no types
        from gpiozero.pins.lgpio import LGPIOFactory

        chip = next((number for number in _chips() if _label(lgpio, number) in _LABELS), None)
        if chip is None:
            raise no_pins("this machine has no 40-pin header of a Raspberry Pi")

        class HeaderPins(LGPIOFactory):  # type: ignore[misc]  # gpiozero has no types
            def _get_revision(self) -> int:
                return _PI_4

        return HeaderPins(chip)
    except (OSError, RuntimeError, ImportError) as error:
        raise no_pins(str(error) or type(error).__name__) from error


def no_pins(why: str) -> MissingComponent:
    return MissingComponent(
        f"The front panel's pins cannot be used: {why}.",
        "Check hw/pins.toml and the wiring; without a panel set panel.kind to none, or use --simulated.",
    )


def _chips() -> list[int]:
    found = (path.name.removeprefix("gpiochip") for path in _CHIPS.glob("gpiochip*"))
    return sorted(int(number) for number in found if number.isdigit())


def _label(lgpio: Any, number: int) -> str:
    try:
        handle = lgpio.gpiochip_open(number)
    except lgpio.error:
        return ""  # not ours to use
    try:
        return str(lgpio.gpio_get_chip_info(handle)[3])
    finally:
        lgpio.gpiochip_close(handle)
