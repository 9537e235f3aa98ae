"""Searches that people keep under a name: the catalogue has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class SavedSearch:
    """``query`` is the address's, by name."""

    name: str
    query: Mapping[str, str]


class SavedSearchStore(Protocol):
    """Every method raises StorageError when the catalogue is away."""

    def searches(self, person_id: str) -> Sequence[SavedSearch]:
        """By name."""
        ...

    def put(self, person_id: str, search: SavedSearch, at_ms: int) -> None:
        """In the place of one of the same name."""
        ...

    def everybodys(self) -> Sequence[tuple[str, str, int]]:
        """Whose each is, its name, and when it was saved (Unix ms)."""
        ...

    def remove(self, person_id: str, name: str) -> bool:
        """Whether it was there."""
        ...
