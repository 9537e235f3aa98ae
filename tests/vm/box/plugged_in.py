"""Devices that are plugged into the box under test, and the person before them: both are imitated inside the box, by
what the tests of ``tests/vm`` use as well.
"""

from __future__ import annotations

import base64
import io
import tarfile
from pathlib import Path
from typing import Final

from tests.vm.box.machine import Box

_DEVICES: Final = Path(__file__).parents[1] / "devices"
_BROUGHT: Final = ("gpio_chip", "seen_light", "panel_person", "sound_card")
_PLACE: Final = "/run/test-devices"
# Of one order: the kernel bounds how long an argument of a program may be.
_PART: Final = 60_000
_CHIP: Final = """
from tests.vm.devices.gpio_chip import GpioChip
from tests.vm.devices.panel_person import PanelPerson
from firmware.core.panel_light import ButtonAnswer, PanelState
person = PanelPerson(GpioChip("panel", range(28)))
"""


def put(box: Box, path: str, content: bytes) -> None:
    text = base64.b64encode(content).decode()
    box.out(f": >{path}")
    for begin in range(0, len(text), _PART):
        box.out(f"echo {text[begin : begin + _PART]} | base64 -d >>{path}")


def get(box: Box, path: str) -> bytes:
    return base64.b64decode(box.out(f"base64 -w0 {path}"))


def plug_in(box: Box, gpio_module: Path) -> None:
    """A chip with a Raspberry Pi's pins, and a sound card that hears what is played to it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(gpio_module, "gpio-sim.ko")
        for name in ("tests", "tests/vm", "tests/vm/devices"):
            archive.addfile(tarfile.TarInfo(f"{name}/__init__.py"))
        for name in _BROUGHT:
            archive.add(_DEVICES / f"{name}.py", f"tests/vm/devices/{name}.py")
    put(box, "/run/devices.tar.gz", packed.getvalue())
    box.out(f"mkdir -p {_PLACE} && tar -xzf /run/devices.tar.gz -C {_PLACE}")
    box.out("modprobe configfs && (mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config)")
    box.out(f"insmod {_PLACE}/gpio-sim.ko && modprobe snd-aloop index=0 id=Lines")
    person(box, "")
    # Nothing here sets the clock from the network, and the light would ask for attention.
    box.out("mkdir -p /run/systemd/timesync && touch /run/systemd/timesync/synchronized")


def person(box: Box, does: str, timeout_s: float = 600.0) -> str:
    """``does``: statements about ``person``; gives what they print."""
    return inside(box, _CHIP + does, timeout_s)


def inside(box: Box, program: str, timeout_s: float = 600.0) -> str:
    put(box, f"{_PLACE}/program.py", program.encode())
    return box.out(f"cd {_PLACE} && /opt/earmark/bin/python program.py", timeout_s)
