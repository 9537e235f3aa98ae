"""Room on a real file system."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.core.errors import StorageError
from firmware.ports.space_meter import Space


class DiskSpace:
    """The :class:`~firmware.ports.space_meter.SpaceMeter` of the file system that holds ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def measure(self) -> Space:
        """Ask statvfs(3)."""
        try:
            figures = os.statvfs(self._folder)
        except OSError as error:
            raise StorageError(
                f"The room left in {self._folder} cannot be measured: {error.strerror}.",
                "Check that the disk is plugged in and unlocked.",
            ) from error
        return Space(figures.f_blocks * figures.f_frsize, figures.f_bavail * figures.f_frsize)
