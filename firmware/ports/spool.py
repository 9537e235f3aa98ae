"""What waits in the spool for the data disk, and how it is taken in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from firmware.ports.catalogue import CatalogueChange
from firmware.ports.recording_store import SegmentDigest, StoredSegment


@dataclass(frozen=True)
class SpooledCall:
    """One recording's row. ``finished``: nothing is added to it any more, and all of it is on disk."""

    recording_id: str
    started_at_ms: int
    finished: bool


@dataclass(frozen=True)
class SpooledLine:
    """One line of the spool's evidence. ``identity`` is unlike that of any other line, and known again."""

    number: int
    at: datetime
    kind: str
    subject: Mapping[str, str]
    commitment: str
    identity: str


@dataclass(frozen=True)
class SpooledDetail:
    """What a line commits to, opened."""

    salt: bytes
    detail: Mapping[str, Any]
    recording_id: str


class Shelf(Protocol):
    """The spool, as it is emptied. Every method may be repeated after a kill, and raises StorageError."""

    def calls(self) -> Sequence[SpooledCall]:
        """Oldest first. Any thread."""
        ...

    def changes(self, recording_id: str) -> Sequence[CatalogueChange]:
        """What the catalogue is to be told of a call. The parties are missing where they cannot be opened."""
        ...

    def segments(self, recording_id: str, started_at_ms: int) -> Sequence[StoredSegment]: ...

    def lines(self) -> Sequence[SpooledLine]:
        """All lines of the spool's evidence, in order. What is no line (any more) is passed over."""
        ...

    def detail(self, commitment: str) -> SpooledDetail | None:
        """None: there is none, or it cannot be opened."""
        ...

    @property
    def told_until(self) -> int:
        """The number of the last line up to which what is about no file was taken in."""
        ...

    def tell_until(self, line: int) -> None: ...

    def copy(self, stored: StoredSegment, go_on: Callable[[int], bool]) -> SegmentDigest | None:
        """Bring a segment and its keyslot to their place on the data disk, unless they are there. Returns what lies
        there then. None: ``go_on``, asked with the number of bytes copied since it was last asked, said no.

        Another file in that place is what was begun there, and never flushed, when the disk went away: it gives way,
        for all that was said since the last flush is in the spool.
        """
        ...

    def flush(self) -> None:
        """Everything that was copied is durable on return."""
        ...

    def forget(self, call: SpooledCall) -> None:
        """Destroy the spooled keyslots, then the files, then the row."""
        ...
