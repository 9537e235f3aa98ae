"""What makes gpiozero take the test machine for a Raspberry Pi, so that its pins have names."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

_CPU_INFO: Final = Path("/proc/cpuinfo")
_PI_4B: Final = "c03114"


@contextmanager
def as_raspberry_pi() -> Iterator[None]:
    """The kernel's word on its processor says that it is a Pi 4, until the end."""
    with NamedTemporaryFile("w", prefix="cpuinfo-") as told:
        told.write(f"{_CPU_INFO.read_text()}Revision\t: {_PI_4B}\n")
        told.flush()
        subprocess.run(["mount", "--bind", told.name, str(_CPU_INFO)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", str(_CPU_INFO)], check=True)
