"""A person before a front panel on a GPIO chip: fingers on its button, eyes on its lights."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from firmware.core.panel_light import PATTERNS, PanelState, Shown
from tests.vm.devices.gpio_chip import GpioChip
from tests.vm.devices.seen_light import SeenLight, until_it_follows

BUTTON: Final = 17
_LIGHT: Final = {"red": 22, "green": 27, "blue": 24}
_OF_LINE: Final = {"lit": 12}
_FINGER_S: Final = 0.12


class PanelPerson:
    def __init__(self, chip: GpioChip) -> None:
        self._chip = chip
        self.up()

    def down(self) -> float:
        """Gives when."""
        self._chip.pull(BUTTON, up=False)
        return time.monotonic()

    def up(self) -> None:
        self._chip.pull(BUTTON, up=True)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold it down whatever a program does to the pin. Pulling it up is enough to lift this chip's contact, which
        no pull-up does to a finger.
        """
        tired = threading.Event()

        def hold() -> None:
            while not tired.wait(0.002):
                self.down()

        finger = threading.Thread(target=hold)
        finger.start()
        try:
            yield
        finally:
            tired.set()
            finger.join()
            self.up()

    def press(self, times: int = 1) -> float:
        """Gives when it first went down."""
        began_s = self.down()
        for number in range(times):
            if number:
                time.sleep(_FINGER_S)
                self.down()
            time.sleep(_FINGER_S)
            self.up()
        return began_s

    def sees(self, shown: Shown, seconds: float = 5.0, within_s: float = 180.0) -> set[str]:
        """Wait until the light keeps this rhythm; gives its colours."""
        look = partial(SeenLight, self._chip, _LIGHT)
        return until_it_follows(look, PATTERNS[shown], f"{shown.value} on the light", seconds, within_s)

    def sees_on_line(self, state: PanelState, seconds: float = 5.0) -> None:
        """The same of the line's own light."""
        look = partial(SeenLight, self._chip, _OF_LINE)
        until_it_follows(look, PATTERNS[state], f"{state.value} on the line's light", seconds)


@contextmanager
def panel_on_pins(
    folder: Path, line: str, environment: Mapping[str, str], *before: str
) -> Iterator[subprocess.Popen[str]]:
    """``earmark panel`` over the chip; ``before`` is put before its command."""
    pins = folder / "pins.toml"
    colours = "".join(f"{colour} = {pin}\n" for colour, pin in _LIGHT.items())
    of_line = f'[[line_light]]\nline = "{line}"\npin = {_OF_LINE["lit"]}\n'
    pins.write_text(f"[button]\npin = {BUTTON}\n[light]\n{colours}{of_line}")
    command = [*before, sys.executable, "-m", "firmware.cli.main", "panel", "--pins", str(pins)]
    with (folder / "panel.log").open("w") as log:
        process = subprocess.Popen(command, env=dict(environment), stdout=log, stderr=log, text=True)
        try:
            yield process
        finally:
            # What stands before it passes no signal on but this.
            (process.kill if before else process.terminate)()
            process.wait(60)
