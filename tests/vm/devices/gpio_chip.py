"""A real GPIO chip whose pins the test pulls and reads (the kernel's gpio-sim)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

_CONFIG: Final = Path("/sys/kernel/config/gpio-sim")
_PINS: Final = 54  # as many as a Raspberry Pi's first chip has


class GpioChip:
    """``label`` is what the chip's driver calls it: that of a Raspberry Pi 4's header. One of the name that is there
    already is that one.
    """

    def __init__(self, name: str, pins: Iterable[int], label: str = "pinctrl-bcm2711") -> None:
        self._folder = _CONFIG / name
        bank = self._folder / "bank0"
        if not bank.exists():
            bank.mkdir(parents=True)
            (bank / "num_lines").write_text(str(_PINS))
            (bank / "label").write_text(label)
            for pin in pins:
                (bank / f"line{pin}").mkdir()
            (self._folder / "live").write_text("1")
        self.chip = (bank / "chip_name").read_text().strip()
        device = (self._folder / "dev_name").read_text().strip()
        self._pins = Path("/sys/devices/platform") / device / self.chip

    @property
    def number(self) -> int:
        """Its place among the machine's chips, as in /dev/gpiochip0."""
        return int(self.chip.removeprefix("gpiochip"))

    def pull(self, pin: int, *, up: bool) -> None:
        """What the outside does to an input: a button to ground pulls it down."""
        (self._pins / f"sim_gpio{pin}" / "pull").write_text("pull-up" if up else "pull-down")

    def is_high(self, pin: int) -> bool:
        return (self._pins / f"sim_gpio{pin}" / "value").read_text().strip() == "1"

    def take_away(self) -> None:
        (self._folder / "live").write_text("0")
        for line in (self._folder / "bank0").glob("line*"):
            line.rmdir()
        (self._folder / "bank0").rmdir()
        self._folder.rmdir()
