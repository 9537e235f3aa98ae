"""A disk of the test machine's own: a file behind a loop device, which can be made larger."""

from __future__ import annotations

import subprocess
from pathlib import Path


class BlockDevice:
    def __init__(self, file: Path, megabytes: int) -> None:
        self._file = file
        with file.open("wb") as made:
            made.truncate(megabytes << 20)
        self.path = Path(_run("losetup", "--find", "--show", "--sector-size", "4096", str(file)).strip())

    def grow(self, megabytes: int) -> None:
        """As a partition does that is given the rest of a disk."""
        with self._file.open("r+b") as made:
            made.truncate(megabytes << 20)
        _run("losetup", "--set-capacity", str(self.path))

    def take_away(self) -> None:
        _run("losetup", "--detach", str(self.path))


def fail_all(mapped: str) -> None:
    """From now on whatever is read from or written to an open volume fails, as after a plug was pulled out."""
    sectors = _run("dmsetup", "table", mapped).split()[1]
    _run("dmsetup", "load", mapped, "--table", f"0 {sectors} error")
    _run("dmsetup", "resume", "--noflush", mapped)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
