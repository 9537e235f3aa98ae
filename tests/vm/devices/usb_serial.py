"""A real USB serial adapter (the kernel's ACM gadget on a virtual USB bus), and what stands at its far end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import serial

_GADGETS: Final = Path("/sys/kernel/config/usb_gadget")
_CONTROLLER: Final = "dummy_udc.0"
_APPEARS_WITHIN_S: Final = 20.0


class UsbSerial:
    """``port`` is where the product finds it while it is plugged in."""

    port: Final = Path("/dev/ttyACM0")

    def __init__(self, name: str) -> None:
        self._folder = _GADGETS / name
        (self._folder / "strings/0x409").mkdir(parents=True)
        (self._folder / "idVendor").write_text("0x1d6b")
        (self._folder / "idProduct").write_text("0x0104")
        (self._folder / "strings/0x409/serialnumber").write_text(name)
        (self._folder / "configs/c.1").mkdir(parents=True)
        function = self._folder / "functions/acm.0"
        function.mkdir(parents=True)
        (self._folder / "configs/c.1/acm.0").symlink_to(function)

    def plug_in(self) -> None:
        (self._folder / "UDC").write_text(_CONTROLLER)
        self._wait(there=True)

    def pull_out(self) -> None:
        (self._folder / "UDC").write_text("\n")
        self._wait(there=False)

    def far_end(self) -> serial.Serial:
        """What stands at the other end of the wire, a modem or a PBX: the test speaks for it."""
        return serial.Serial("/dev/ttyGS0", timeout=5)

    def _wait(self, *, there: bool) -> None:
        until = time.monotonic() + _APPEARS_WITHIN_S
        while self.port.exists() is not there:
            assert time.monotonic() < until, f"{self.port} {'did not come' if there else 'did not go'}"
            time.sleep(0.05)
