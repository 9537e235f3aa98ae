"""What erasing recordings needs from outside: the files, the catalogue's rows, and the evidence that says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

# retention: its time was over. request: a person asked for it. redaction: a revision with a silence in it replaces it.
# space: the disk was full, and the operator had named its class for that.
ErasedBecause = Literal["retention", "request", "redaction", "space"]


@dataclass(frozen=True)
class Erasure:
    """One recording that is to be erased, as the journal has it. Times are Unix milliseconds."""

    recording_id: str
    started_at_ms: int
    because: ErasedBecause


class ErasableFiles(Protocol):
    """The sealed files. Whatever is not there (any more) is passed over: each step may be repeated."""

    def destroy_keys(self, recordings: Sequence[Erasure]) -> None:
        """Overwrite and remove every keyslot and grant of these recordings; durable on return. Raises StorageError."""
        ...

    def remove(self, recordings: Sequence[Erasure]) -> None:
        """Remove the sealed files; durable on return. Raises StorageError."""
        ...


class ErasureEvidence(Protocol):
    def erased(self, recordings: Sequence[Erasure]) -> None:
        """Enter that these were erased, durable on return. Entering it twice is entering it once.

        Raises:
            ServiceAway, StorageError: nothing is promised about any of them.
        """
        ...


class ErasureTables(Protocol):
    """The catalogue's part. Every method raises StorageError when the catalogue cannot be written."""

    def order_expired(self, now_ms: int, most: int) -> int:
        """Put into the journal what has expired and is not held; returns how many. No more than ``most`` at once."""
        ...

    def order_again(self) -> int:
        """What was erased and is listed again (a backup was put back) is to be erased again. Returns how many."""
        ...

    def order_erased(self, because: Mapping[str, str], now_ms: int) -> int:
        """What is listed although it was erased, and why, by the evidence: to be erased again. Returns how many."""
        ...

    def ordered(self, most: int, *, redactions_only: bool = False) -> Sequence[Erasure]:
        """What is to be erased now, the oldest order first."""
        ...

    def standing_holds(self) -> Collection[str]:
        """The ids of the legal holds that keep some recording."""
        ...

    def forget(self, recordings: Sequence[Erasure], now_ms: int, gone_from_backups_at_ms: int) -> None:
        """Delete every row about these recordings and mark them erased, all in one transaction."""
        ...

    def homeless_details(self) -> Collection[str]:
        """The commitments of evidence details of which it was not noted which recording they are about."""
        ...

    def house_details(self, recordings: Mapping[str, str]) -> None:
        """Note it, by commitment: a recording's id, or an empty text for a detail about none."""
        ...

    def settle_gone(self, now_ms: int) -> int:
        """Mark as gone what no backup can hold the key of any more. Returns how many."""
        ...

    def wipe_traces(self) -> bool:
        """Have no deleted word left in search index and write-ahead log. False: somebody reads; again later."""
        ...
