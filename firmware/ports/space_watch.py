"""What the watch over the disk's room needs of the catalogue, and what the opener writes there of a person's choice.

Every method raises StorageError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from firmware.core.retention import RetentionClass
from firmware.core.space_forecast import SpaceSample

WhenFull = Literal["stop", "shorten"]


@dataclass(frozen=True)
class SpaceChoice:
    """What a person chose for a disk that is nearly full; before anybody has, it is the first of the two.

    stop: nothing more is recorded; calls go on. shorten: the oldest recordings of the classes in ``shorten`` go first,
    before their time.
    """

    when_full: WhenFull = "stop"
    shorten: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChosenForSpace:
    """A choice, who made it (a name to be shown) and when (Unix ms), and the line of evidence in which it stands."""

    choice: SpaceChoice
    chosen_by: str
    at_ms: int
    evidence_line: int


class SpaceChoiceStore(Protocol):
    """The opener's part."""

    def chosen(self) -> ChosenForSpace | None:
        """What stands; None as long as nobody has chosen."""
        ...

    def keep(self, chosen: ChosenForSpace) -> None: ...

    def classes(self) -> Mapping[str, RetentionClass]:
        """The classes by which recordings are kept now, by name."""
        ...


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

    def chosen(self) -> ChosenForSpace | None:
        """What a person has chosen, as the opener has written it down."""
        ...

    def order_oldest(self, classes: Sequence[str], wanted_bytes: int, at_ms: int) -> tuple[int, int]:
        """Put the oldest recordings of these classes, none of them held, into the journal of erasures.

        As many as it takes to free ``wanted_bytes``, those already in the journal counted. Returns how many were put
        there now, and all bytes that will be freed.
        """
        ...
