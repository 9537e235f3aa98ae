"""How much is kept and what goes next, as the catalogue counts it. Every method raises StorageError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from firmware.core.retention import RetentionClass


@dataclass(frozen=True)
class DueCalls:
    """Calls whose time is over soon, those under a legal hold left out.

    Args:
        within_days: how many within so many days, by their number.
        by_class: how many of each class within the longest of these spans.
        next_ms: when the next go (Unix ms), and ``next_calls`` how many; None when nothing is dated.
        held: so many are kept beyond their time by a legal hold.
    """

    within_days: Mapping[int, int]
    by_class: Mapping[str, int]
    next_ms: int | None
    next_calls: int
    held: int


class RetentionFigures(Protocol):
    def classes(self) -> Mapping[str, RetentionClass]:
        """The classes by which calls are kept now, by name."""
        ...

    def calls_by_class(self) -> Mapping[str, int]: ...

    def due(self, now_ms: int, spans_days: tuple[int, ...]) -> DueCalls: ...
