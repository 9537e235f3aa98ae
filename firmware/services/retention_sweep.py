"""The keeper's duty of erasing: what its time is over for, and what somebody has ordered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from firmware.ports.erasing import ErasureTables
from firmware.services.clock_watch import ClockWatch
from firmware.services.erasing import Erasing
from firmware.services.hold_watch import HoldWatch
from firmware.services.retention_classes import ClassesInEffect

_ORDERED_AT_ONCE = 500


class RetentionSweep:
    """A ``KeeperTask``. Orders of people are carried out whatever the clock shows; expiry only while it is believed.
    While legal holds are lost nothing goes but what a redaction replaced.
    """

    name = "retention and erasure"
    every_s = 60.0

    def __init__(
        self,
        clock: ClockWatch,
        holds: HoldWatch,
        classes: ClassesInEffect,
        tables: ErasureTables,
        erasing: Erasing,
        also: Callable[[int], object] = lambda now_ms: None,
    ) -> None:
        """``also``: erases what else has had its time, by the wall clock in Unix ms; asked while that is believed."""
        self._clock = clock
        self._holds = holds
        self._classes = classes
        self._tables = tables
        self._erasing = erasing
        self._also = also
        self._doubt = ""
        self._lost = 0
        self._looked = False

    @property
    def attention(self) -> Sequence[str]:
        return (*self._of_holds(), *self._of_the_clock(), *self._classes.attention)

    @property
    def may_erase(self) -> bool:
        """Whether what its time is over for may go, as of the last look: the clock is believed and no hold is lost."""
        return self._looked and not (self._doubt or self._lost)

    def run(self, now_ms: int) -> None:
        self._lost = self._holds.lost()
        self._doubt = self._clock.doubt()
        self._looked = True
        if not self._doubt:
            self._classes.take_in(now_ms)
        if not (self._doubt or self._lost):
            while self._tables.order_expired(now_ms, _ORDERED_AT_ONCE):
                self._erasing.carry_out(now_ms)
            self._also(now_ms)
        self._erasing.carry_out(now_ms, redactions_only=bool(self._lost))

    def _of_holds(self) -> Iterator[str]:
        if self._lost:
            yield (
                f"By the evidence {self._lost} legal holds stand that the catalogue does not know: it was made anew, "
                "or is an older one. Nothing is erased, and if one restricts calls nobody but a director may listen. "
                "Put the catalogue back from a backup that has them; or place them anew, and then release the lost "
                f"ones on the page “Keeping”; or, for erasing alone: earmark retention holds-lost {self._lost}"
            )

    def _of_the_clock(self) -> Iterator[str]:
        if self._doubt:
            yield (
                f"The box's clock is not believed: {self._doubt}. Nothing is erased by it. Set the clock right; if it "
                "is right: earmark retention trust-clock"
            )
