"""The evidence log on disk, cut into pieces that leave the box, and put together again from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.archive_names import EvidencePiece
from firmware.core.home import Home


class EvidencePieces:
    """``EvidenceOnDisk`` over one data folder. It goes by the numbers that lines bear; whether they hold is for a
    verifier to say: what is damaged must leave the box as it is.
    """

    def __init__(self, home: Home) -> None:
        self._home = home

    def whole_lines(self, after: int) -> Iterator[tuple[EvidencePiece, bytes]]:
        newer = []
        for path in reversed(day_files(self._home.evidence)):
            lines = _whole_lines_of(path)
            new = [line for line in lines if _number(line) > after]
            if new:
                numbers = [_number(line) for line in new]
                newer.append((EvidencePiece(path.stem, min(numbers), max(numbers)), b"".join(new)))
            if lines and len(new) < len(lines):
                break
        yield from reversed(newer)

    def notes(self, after: int) -> Sequence[tuple[int, Path]]:
        found = ((int(path.stem), path) for path in self._home.checkpoints.glob("*.note") if path.stem.isdigit())
        return sorted(each for each in found if each[0] > after)

    def last_line(self) -> int:
        for path in reversed(day_files(self._home.evidence)):
            if lines := _whole_lines_of(path):
                return _number(lines[-1])
        return 0


def put_together(folder: Path, pieces: Iterable[tuple[EvidencePiece, Path]]) -> None:
    """Write the days' files into ``folder`` from pieces that were fetched. Raises StorageError.

    Pieces may overlap: a box that was restored sends once more what the one before had sent since its backup.
    """
    with storage_errors("written", folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for day, of_day in groupby(sorted(pieces), key=lambda each: each[0].day):
            lines = (line for _, path in of_day for line in path.read_bytes().splitlines(keepends=True))
            (folder / f"{day}.log").write_bytes(b"".join(dict.fromkeys(lines)))


def _whole_lines_of(path: Path) -> list[bytes]:
    with storage_errors("read", path):
        content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1].splitlines(keepends=True)


def _number(line: bytes) -> int:
    """What a line says its number is; 0 where it cannot be read."""
    first = line.split(b" ", 1)[0]
    return int(first) if first.isdigit() else 0
