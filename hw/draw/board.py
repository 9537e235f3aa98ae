"""What ``pins.toml`` and ``parts.toml`` say, and where a pin is on the header."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpiozero.pins.mock import MockFactory

from firmware.adapters.panel.panel_pins import PanelPins
from firmware.adapters.panel.pins import read_pins

HW = Path(__file__).resolve().parents[1]
#: Revision code of a Raspberry Pi 4 Model B; every model since the B+ has the same header.
_PI_4 = "c03114"
#: The clock's bus, by BCM number: the header's I2C pins, and those of no other function here.
SDA, SCL = 2, 3


@dataclass(frozen=True)
class Part:
    """A line of ``parts.toml``; ``value`` is what drawings write beside it, ``watts`` what it takes in use."""

    id: str
    need: str
    what: str
    maker: str
    number: str
    quantity: int | str
    why: str
    source: str
    choice: str = ""
    value: str = ""
    watts: float = 0.0


@dataclass(frozen=True)
class Board:
    """All that is drawn from. ``header`` is the name of each of the 40 pins, by its position."""

    pins: PanelPins
    parts: dict[str, Part]
    header: dict[int, str]

    def position(self, bcm: int) -> int:
        """Where the pin with this BCM number is on the header."""
        return next(position for position, name in self.header.items() if name == f"GPIO{bcm}")

    def value(self, part_id: str) -> str:
        return self.parts[part_id].value


def read_board(folder: Path = HW) -> Board:
    """Both files in ``folder``.

    Raises:
        SettingsError: the pin map is not right.
        TypeError: a part has a key too many or too few.
    """
    rows: list[dict[str, Any]] = tomllib.loads((folder / "parts.toml").read_text(encoding="utf-8"))["part"]
    parts = [Part(**row) for row in rows]
    header = MockFactory(revision=_PI_4).board_info.headers["J8"]
    names = {position: str(pin.name) for position, pin in header.pins.items()}
    return Board(read_pins(folder / "pins.toml"), {part.id: part for part in parts}, names)
