"""The evidence log for people who read it, a page at a time and never the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from firmware.core.evidence_search import Detail, EvidencePage, EvidenceSearch


class EvidencePages(Protocol):
    """Reads the log backwards. Any thread, beside the one that writes it. Every method raises StorageError."""

    def page(self, search: EvidenceSearch, most: int) -> EvidencePage:
        """The newest lines that fit, at most ``most``."""
        ...

    def day(self, day: str, offset: int) -> tuple[bytes, int | None]:
        """A part of one day's file exactly as it lies there, and the offset of the next; None after the last. The day
        is in UTC, ``YYYY-MM-DD``; one without a file is empty."""
        ...


class DetailShelf(Protocol):
    """The details that lines commit to, as far as they are not erased. Raises StorageError or DamagedCatalogue."""

    def details(self, commitments: Iterable[str]) -> Mapping[str, Detail]:
        """By commitment; those that were erased are not among them."""
        ...
