"""What the retention sweep needs from the catalogue. Every method raises StorageError when it cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.clock_doubt import Moment
from firmware.core.retention import RetentionClass


@dataclass(frozen=True)
class AppliedClass:
    """A class as recordings' expiry was reckoned by it: in which time zone, too."""

    kept: RetentionClass
    zone: str


@dataclass(frozen=True)
class BelievedClock:
    """The last moment at which the wall clock was believed, and why it is not now (empty: it is).

    Dates up to ``excused_ms`` are not held against a clock that shows an earlier time: a person has said so.
    """

    at: Moment
    excused_ms: int = 0
    doubt: str = ""


@dataclass(frozen=True)
class Due:
    """A recording whose time is over. ``held``: a legal hold keeps it all the same."""

    recording_id: str
    retention_class: str
    started_at_ms: int
    expires_at_ms: int
    held: bool


class RetentionTables(Protocol):
    def applied(self) -> Mapping[str, AppliedClass]:
        """The classes by which recordings were dated, by name."""
        ...

    def apply(self, applied: AppliedClass) -> None:
        """Take note that all recordings of this class are dated by it now."""
        ...

    def date_undated(self, expiry: Mapping[str, Callable[[int], int]], most: int) -> int:
        """Reckon the expiry of up to ``most`` finished recordings that have none; returns how many had none.

        ``expiry`` gives it for a class and the start of a recording (both Unix ms). Other classes stay as they are.
        """
        ...

    def date_anew(self, name: str, expires_at_ms: Callable[[int], int], most: int) -> None:
        """Reckon it for every recording of a class, ``most`` in a transaction."""
        ...

    def take_chosen(self, known: Sequence[str]) -> int:
        """Move recordings to the class of ``known`` that was chosen for them by hand. They are undated then."""
        ...

    def count_between(self, name: str, started_from_ms: int, started_to_ms: int, *, held_too: bool = False) -> int:
        """Recordings of a class that began in that span, both included; without those that a hold keeps, or with."""
        ...

    def oldest_ms(self, name: str) -> int | None:
        """When the oldest recording of a class began."""
        ...

    def count_of_others(self, known: Sequence[str]) -> Mapping[str, int]:
        """How many recordings are of classes that are not among ``known``."""
        ...

    def due(self, now_ms: int, most: int) -> Sequence[Due]:
        """What is expired and not erased yet, the longest due first."""
        ...

    def newest_ms(self) -> int:
        """When the newest recording began; 0 when there is none."""
        ...

    def clock(self) -> BelievedClock | None: ...

    def keep_clock(self, believed: BelievedClock) -> None: ...
