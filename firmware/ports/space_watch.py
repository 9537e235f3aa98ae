"""What the watch over the disk's room needs of the catalogue; every method raises StorageError."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.core.space_forecast import SpaceSample

WhenFull = Literal["stop", "shorten"]


@dataclass(frozen=True)
class SpaceChoice:
    """What the operator chose for a disk that is nearly full.

    stop: nothing more is recorded; calls go on. shorten: the oldest recordings of the classes in ``shorten`` go first,
    before their time.
    """

    when_full: WhenFull = "stop"
    shorten: tuple[str, ...] = ()


class SpaceTables(Protocol):
    def recordings_now(self) -> tuple[int, int]:
        """Bytes of all sealed files, and how many recordings there are."""
        ...

    def add_sample(self, sample: SpaceSample, forget_before_ms: int) -> None: ...

    def samples(self, since_ms: int) -> Sequence[SpaceSample]:
        """In the order of their times."""
        ...

    def recorded_between(self, from_ms: int, to_ms: int) -> Mapping[str, int]:
        """Bytes of the recordings that began then, by retention class."""
        ...

    def oldest_ms(self) -> int | None:
        """When the oldest recording there is began."""
        ...

    def freed_by_day(self, now_ms: int, days: int) -> Mapping[int, int]:
        """Bytes whose time is over in so many days, what is held left out."""
        ...

    def entered_choice(self) -> SpaceChoice | None:
        """The one that stands in the evidence."""
        ...

    def keep_choice(self, choice: SpaceChoice, at_ms: int) -> None: ...

    def order_oldest(self, classes: Sequence[str], wanted_bytes: int, at_ms: int) -> tuple[int, int]:
        """Put the oldest recordings of these classes, none of them held, into the journal of erasures.

        As many as it takes to free ``wanted_bytes``, those already in the journal counted. Returns how many were put
        there now, and all bytes that will be freed.
        """
        ...
