"""How much room is left where recordings are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Space:
    """Room on one file system, in bytes, as an ordinary user may use it."""

    total_bytes: int
    free_bytes: int

    @property
    def used_share(self) -> float:
        """From 0 (empty) to 1 (full)."""
        return 1.0 - self.free_bytes / self.total_bytes if self.total_bytes else 1.0


class SpaceMeter(Protocol):
    """Measures the file system that holds the recordings."""

    def measure(self) -> Space:
        """The room there is now.

        Raises:
            StorageError: the folder cannot be reached (an unplugged or locked disk).
        """
        ...
