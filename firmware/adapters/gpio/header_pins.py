"""The 40-pin header of this machine: the GPIO chip that a Raspberry Pi has there, and no other.

A PC has GPIO chips too, and on some of their pins hang its voltage regulators: what is not known to be the header is
never driven.
"""

from __future__ import annotations

from pathlib import Path

import gpiod
from gpiozero import BadPinFactory

from firmware.adapters.gpio.gpiod_pins import GpiodFactory

#: How Linux labels the chip of the header, by the maker's chip: Pi 3 and before, 4, 5.
_LABELS = ("pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1")


def header_pins(devices: Path = Path("/dev")) -> GpiodFactory:
    """gpiozero's pin factory over that chip.

    Raises:
        BadPinFactory: there is none, or this user may not use it.
        OSError: it cannot be opened.
    """
    found = next((path for path in sorted(devices.glob("gpiochip*")) if _label(path) in _LABELS), None)
    if found is None:
        raise BadPinFactory("this machine has no 40-pin header of a Raspberry Pi, or this user may not use it")
    return GpiodFactory(str(found))


def _label(path: Path) -> str:
    try:
        with gpiod.Chip(str(path)) as chip:
            return str(chip.get_info().label)
    except (OSError, ValueError):
        return ""  # not ours to use, or no chip at all
