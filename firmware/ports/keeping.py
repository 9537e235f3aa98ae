"""What the opener writes about how long recordings are kept: holds, orders to erase, classes chosen by hand.

Every method raises StorageError when the catalogue cannot be had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.legal_hold import LegalHold
from firmware.core.retention import RetentionClass


@dataclass(frozen=True)
class Keeping:
    """How one recording is kept. Times are Unix ms; ``held_for`` are the purposes of the holds on it; ``restricted``:
    one of these leaves nothing to be done with it but keeping it.
    """

    recording_id: str
    started_at_ms: int
    retention_class: str
    expires_at_ms: int | None
    going_on: bool
    held_for: tuple[str, ...] = ()
    to_be_erased: bool = False
    duration_ms: int = 0
    restricted: bool = False


@dataclass(frozen=True)
class JournalledErasure:
    """One line of the journal of erasures; it names nobody. ``state``: ordered, erased, gone."""

    recording_id: str
    because: str
    state: str
    ordered_at_ms: int
    erased_at_ms: int | None
    gone_from_backups_at_ms: int | None


class KeepingStore(Protocol):
    def holds(self) -> Sequence[LegalHold]:
        """All, those that stand first, then the newest."""
        ...

    def hold(self, hold_id: str) -> LegalHold | None: ...

    def held_by(self, hold_id: str) -> Sequence[str]:
        """The recordings a hold is on that are still there."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many recordings each hold is on."""
        ...

    def place(self, hold: LegalHold, recordings: Sequence[str]) -> int:
        """Save a new hold and put it on these recordings, but those that are not there or are to be erased.

        Returns how many it is on; on none, it is not saved.
        """
        ...

    def save(self, hold: LegalHold) -> None:
        """What was changed of a hold."""
        ...

    def keeping(self, recording_id: str) -> Keeping | None: ...

    def classes(self) -> Mapping[str, RetentionClass]:
        """The classes by which recordings are kept now, by name."""
        ...

    def order_erasure(self, recording_id: str, at_ms: int) -> bool:
        """Put it into the journal, on request, unless it is held by now. False: it is held, or not there."""
        ...

    def choose_class(self, recording_id: str, retention_class: str, at_ms: int) -> None: ...

    def erasures(self, most: int) -> Sequence[JournalledErasure]:
        """The journal, the newest order first."""
        ...
