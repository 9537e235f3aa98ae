"""The 40-pin header of this machine: the GPIO chip that a Raspberry Pi has there, and no other.

A PC has GPIO chips too, and on some of their pins hang its voltage regulators: what is not known to be the header is
never driven.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gpiod

from firmware.adapters.panel.gpiod_pins import GpiodFactory
from firmware.core.errors import MissingComponent

#: How Linux labels the chip of the header, by the maker's chip: Pi 3 and before, 4, 5.
_LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")


def header_pins(devices: Path = Path("/dev")) -> Any:
    """gpiozero's pin factory over that chip.

    Raises:
        MissingComponent: there is none, or it may not be used.
    """
    found = next((path for path in sorted(devices.glob("gpiochip*")) if _label(path) in _LABELS), None)
    if found is None:
        raise no_pins("this machine has no 40-pin header of a Raspberry Pi, or this user may not use it")
    try:
        return GpiodFactory(str(found))
    except OSError as error:
        raise no_pins(str(error)) from error


def no_pins(why: str) -> MissingComponent:
    return MissingComponent(
        f"The front panel's pins cannot be used: {why}.",
        "Check hw/pins.toml and the wiring; without a panel set panel.kind to none, or use --simulated.",
    )


def _label(path: Path) -> str:
    try:
        with gpiod.Chip(str(path)) as chip:
            return str(chip.get_info().label)
    except (OSError, ValueError):
        return ""  # not ours to use, or no chip at all
