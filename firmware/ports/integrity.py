"""What reading the store again needs from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.entered_files import SegmentName
from firmware.ports.catalogue import SegmentRow


class ClosedSegments(Protocol):
    """The catalogue's rows of sealed files that are closed and not being erased, by recording (that is by time) and
    number. Every method raises StorageError or DamagedCatalogue when it cannot be read."""

    def count(self) -> int: ...

    def after(self, name: SegmentName, most: int) -> Sequence[SegmentRow]:
        """The next ones."""
        ...

    def those(self, names: Iterable[SegmentName]) -> Sequence[SegmentRow]:
        """These, as far as they are still there."""
        ...


@dataclass(frozen=True)
class ScrubMark:
    """Up to where the store was read, in this round. Outlives the process.

    ``left`` is how many files of the running portion are still to be read; ``suspects`` what did not fit in it;
    ``faulty`` what was found wrong and told, and is still so; ``rested_ms`` when the last portion was done (Unix ms, 0:
    never).
    """

    last: SegmentName = ("", -1)
    left: int = 0
    suspects: tuple[SegmentName, ...] = ()
    faulty: tuple[SegmentName, ...] = ()
    log_fault: str = ""
    rested_ms: int = 0


class ScrubNotebook(Protocol):
    """Keeps the mark."""

    def load(self) -> ScrubMark:
        """A new one if there is none that can be read: the round begins again. Raises StorageError."""
        ...

    def save(self, mark: ScrubMark) -> None:
        """Raises StorageError."""
        ...
