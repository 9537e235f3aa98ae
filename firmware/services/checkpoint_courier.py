"""Takes the evidence log and its signed checkpoints off the box, a piece at a time, within the hour.

Whoever gets at the box can change nothing in what has left it: pieces and checkpoints bear the numbers of their lines
in their names, and none is ever written again.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Protocol

from firmware.core.archive_names import (
    CHECKPOINTS,
    LINES,
    EvidencePiece,
    note_name,
    read_note_name,
    read_piece_name,
)
from firmware.core.errors import StorageAway
from firmware.ports.archiving import ArchivedFile, ArchiveTables
from firmware.ports.remote_storage import RemoteStorage

_LOG = logging.getLogger(__name__)


class EvidenceOnDisk(Protocol):
    def whole_lines(self, after: int) -> Iterator[tuple[EvidencePiece, bytes]]:
        """What was written after a line, day by day, as whole lines. Raises StorageError."""
        ...

    def notes(self, after: int) -> Sequence[tuple[int, Path]]:
        """The checkpoints that were signed after a line, oldest first."""
        ...

    def last_line(self) -> int:
        """The number of the last whole line; 0 when there is none. Raises StorageError."""
        ...


class CheckpointCourier:
    """``KeeperTask``."""

    name = "evidence off the box"
    every_s = 900.0

    def __init__(
        self, storage: RemoteStorage, tables: ArchiveTables, evidence: EvidenceOnDisk, own_folder: Path
    ) -> None:
        self._storage = storage
        self._tables = tables
        self._evidence = evidence
        self._own_folder = own_folder
        self._attention: tuple[str, ...] = ()

    @property
    def attention(self) -> Sequence[str]:
        return self._attention

    def run(self, now_ms: int) -> None:
        """Raises StorageAway when it does not get through; the rest follows at the next run."""
        destination = self._storage.identity
        carried, noted = self._last_line_there(destination), self._last_note_there(destination)
        last = self._evidence.last_line()
        self._attention = (_cut_short(carried, last),) if last < carried else ()
        with self._own_place() as folder:
            files = dict(self._pieces(carried, folder))
            files |= {note_name(line): path for line, path in self._evidence.notes(noted)}
            if files:
                self._carry(destination, files, now_ms)

    @contextmanager
    def _own_place(self) -> Iterator[Path]:
        """For pieces on their way; what a kill left there goes first."""
        folder = self._own_folder / "pieces"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder)

    def _carry(self, destination: str, files: dict[str, Path], now_ms: int) -> None:
        uploaded = self._storage.upload(files)
        there = [_noted(name, files[name]) for name in _without_holes(files, uploaded.verified)]
        self._tables.note_archived(destination, there, now_ms)
        if uploaded.problem:
            raise StorageAway(
                f"The evidence log did not reach {self._storage.shown}: {uploaded.problem}.",
                "It is sent again by itself. If it goes on: earmark archive test",
            )
        _LOG.info("%d pieces of evidence are off the box", len(there))

    def _pieces(self, carried: int, folder: Path) -> Iterator[tuple[str, Path]]:
        for piece, lines in self._evidence.whole_lines(carried):
            path = folder / f"{piece.first}"
            path.write_bytes(lines)
            yield piece.name, path

    def _last_line_there(self, destination: str) -> int:
        piece = read_piece_name(self._tables.newest_name(destination, LINES))
        return piece.last if piece else 0

    def _last_note_there(self, destination: str) -> int:
        return read_note_name(self._tables.newest_name(destination, CHECKPOINTS)) or 0


def _without_holes(names: Iterable[str], verified: Collection[str]) -> Iterator[str]:
    """Those that are there up to the first that is not, lines and checkpoints each by themselves: the last noted is to
    mean that all before it are there."""
    in_order = sorted(names)
    for folder in (LINES, CHECKPOINTS):
        yield from takewhile(verified.__contains__, (name for name in in_order if name.startswith(f"{folder}/")))


def _noted(name: str, path: Path) -> ArchivedFile:
    content = path.read_bytes()
    return ArchivedFile(name, hashlib.sha256(content).hexdigest(), len(content))


def _cut_short(carried: int, last: int) -> str:
    return (
        f"The evidence log ends at line {last}, and line {carried} has left the box already: the log was cut short or "
        "put back. Compare it with the archive: scripts/verify-recordings"
    )
