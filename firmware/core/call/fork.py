"""Several phones that are reached at the same moment: whoever answers first has the call."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from firmware.core.leg import LegNumber


@dataclass(frozen=True)
class Fork:
    """The legs by which the party called is being reached now; one, where there is only one way.

    ``failed`` are the statuses of those that were given up, ``rang`` whether one of them rang.
    """

    legs: tuple[LegNumber, ...] = ()
    failed: tuple[int, ...] = ()
    rang: bool = False

    @property
    def alone(self) -> bool:
        """Whether there never was more than one: its own tones and words can be let through."""
        return len(self.legs) + len(self.failed) == 1

    def without(self, lost: Collection[LegNumber], status: int, rang: bool) -> Fork:
        """What is left once these legs have failed."""
        left = tuple(number for number in self.legs if number not in lost)
        return Fork(left, (*self.failed, *(status for _ in lost)), self.rang or rang)


NO_FORK = Fork()
