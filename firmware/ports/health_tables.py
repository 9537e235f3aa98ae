"""What the catalogue tells of how lines and duties are: figures, and nobody's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from firmware.core.line_health import HeardCall, Unrecorded


class HealthTables(Protocol):
    """Any thread. All raise StorageError or DamagedCatalogue."""

    def last_call_ms(self, line: str) -> int | None:
        """When the line's last call began, recorded or not, Unix ms."""
        ...

    def heard(self, line: str, most: int) -> Sequence[HeardCall]:
        """The line's newest finished recordings whose speech was measured, newest first."""
        ...

    def lost_ms(self, since_ms: int) -> Mapping[str, tuple[int, int]]:
        """By line, of calls since then: sound that was not taken, and sound that was not stored."""
        ...

    def unrecorded(self, since_ms: int) -> Mapping[str, Unrecorded]:
        """By line, of calls since then: those that were to be recorded, and of which nothing is kept."""
        ...

    def backup_ms(self, destination: str) -> int | None:
        """When the newest whole backup there was found whole."""
        ...

    def checkpoint_ms(self, destination: str) -> int | None:
        """When a checkpoint last reached it."""
        ...

    def clock_doubt(self) -> str:
        """Why the keeper does not believe the clock; empty when it does."""
        ...
