"""Brings sealed recordings back from the archive, each to its place, if it is what the evidence says it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from firmware.core.archive_names import RECORDINGS, ArchivedSegment, read_segment_name
from firmware.core.entered_files import EnteredFiles
from firmware.ports.remote_storage import RemoteStorage

_BATCH = 50


class SegmentPlaces(Protocol):
    """Where fetched files go. Every method raises StorageError."""

    def is_here(self, archived: ArchivedSegment) -> bool: ...

    def has_keyslot(self, archived: ArchivedSegment) -> bool: ...

    def fetch(self, storage: RemoteStorage, batch: Sequence[ArchivedSegment]) -> None:
        """Have them in a folder of their own for now."""
        ...

    def put(self, archived: ArchivedSegment, sha256: str) -> bool:
        """Move a fetched file to its place. False, and it is removed, when it has another digest; "" is any."""
        ...


@dataclass
class Fetched:
    """How many sealed files came back, were here already, are erased, have no keyslot here, or are not what the
    evidence says they are (by name)."""

    fetched: int = 0
    here_already: int = 0
    erased: int = 0
    without_keyslot: int = 0
    altered: tuple[str, ...] = ()


def fetch_recordings(
    storage: RemoteStorage,
    places: SegmentPlaces,
    entered: EnteredFiles,
    wanted: Collection[str] | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> Fetched:
    """Those of ``wanted`` ids, or all. It may be cut short and done again: what is here stays.

    Raises:
        StorageAway, StorageError: what was fetched by then is in its place.
    """
    done = Fetched()
    names = (read_segment_name(file.name) for file in storage.listed(RECORDINGS))
    there = [each for each in names if each and (wanted is None or each.recording_id in wanted)]
    missing = []
    for each in there:
        if each.recording_id in entered.erased:
            done.erased += 1
        elif places.is_here(each):
            done.here_already += 1
        elif not places.has_keyslot(each):
            done.without_keyslot += 1
        else:
            missing.append(each)
    for batch in _batches(missing):
        places.fetch(storage, batch)
        for each in batch:
            known = entered.segments.get((each.recording_id, each.segment))
            if places.put(each, known.sha256 if known else ""):
                done.fetched += 1
            else:
                done.altered = (*done.altered, each.name)
        progress(done.fetched)
    return done


def _batches(missing: Sequence[ArchivedSegment]) -> Iterator[Sequence[ArchivedSegment]]:
    for first in range(0, len(missing), _BATCH):
        yield missing[first : first + _BATCH]
