"""Reads the evidence log's day files from their ends, in blocks, so that six years of them are as quick as a day."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine
from firmware.core.evidence_search import EvidencePage, EvidenceSearch, FoundLine, Place
from firmware.core.home import Home

_BLOCK_BYTES = 64 * 1024
#: Of the log looked through for one page: some 100,000 lines, half a second.
MOST_BYTES_A_PAGE = 16 * 1024 * 1024
_LONGEST_LINE_BYTES = 1024 * 1024
_PART_BYTES = 256 * 1024
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class EvidenceFilePages:
    """``EvidencePages`` over a data folder.

    Args:
        most_bytes: looked through for one page, whole lines.
    """

    def __init__(self, home: Home, most_bytes: int = MOST_BYTES_A_PAGE) -> None:
        self._folder = home.evidence
        self._most_bytes = most_bytes

    def page(self, search: EvidenceSearch, most: int) -> EvidencePage:
        found: list[FoundLine] = []
        looked_through = 0
        for place, raw in self._lines_backwards(search):
            # Whoever goes on here has what is older than the last line that was looked at, whether or not it fitted.
            if len(found) == most or looked_through >= self._most_bytes:
                return EvidencePage(tuple(found), Place(place.day, place.offset + len(raw)))
            looked_through += len(raw)
            if not search.might_find(raw):
                continue
            line = _read(raw)
            if line is None or search.finds(line):
                found.append(FoundLine(place, line))
        return EvidencePage(tuple(found), None)

    def day(self, day: str, offset: int) -> tuple[bytes, int | None]:
        path = self._folder / f"{day}.log"
        if not _DAY.fullmatch(day) or not path.exists():
            return b"", None
        with storage_errors("read", path), path.open("rb") as file:
            file.seek(offset)
            part = file.read(_PART_BYTES)
            ends = offset + len(part) >= os.fstat(file.fileno()).st_size
        if ends and path == day_files(self._folder)[-1]:  # the rest is a line that is being written
            return part[: part.rfind(b"\n") + 1], None
        return part, None if ends else offset + len(part)

    def _lines_backwards(self, search: EvidenceSearch) -> Iterator[tuple[Place, bytes]]:
        """Each line with the place before it, newest first."""
        before = search.before
        for path in reversed(day_files(self._folder)):
            if path.stem > search.last_day or (before is not None and path.stem > before.day):
                continue
            if path.stem < search.first_day:
                return
            end = before.offset if before is not None and path.stem == before.day else None
            for offset, raw in _backwards(path, end):
                yield Place(path.stem, offset), raw


def _backwards(path: Path, end: int | None) -> Iterator[tuple[int, bytes]]:
    """Whole lines with their newline, the last first, and where each begins.

    Args:
        end: the place to begin at; None for the end of the file.
    """
    with storage_errors("read", path), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        at = size if end is None else min(end, size)
        rest = b""
        whole = False
        while at > 0:
            begin = max(0, at - _BLOCK_BYTES)
            file.seek(begin)
            rest = file.read(at - begin) + rest
            at = begin
            if not whole:  # what follows the last newline is a line being written, or a place that is none
                rest, whole = rest[: rest.rfind(b"\n") + 1], b"\n" in rest
            lines = [line + b"\n" for line in rest.split(b"\n")[:-1]]
            first = 1 if at > 0 and lines else 0
            if first and len(lines[0]) > _LONGEST_LINE_BYTES:  # no line of this log: it need not be in one piece
                first, whole = 0, False
            offset = at + len(rest)
            for line in reversed(lines[first:]):
                offset -= len(line)
                yield offset, line
            rest = lines[0] if first else b""


def _read(raw: bytes) -> EvidenceLine | None:
    try:
        return EvidenceLine.from_text(raw.decode("ascii"))
    except (EvidenceFault, UnicodeDecodeError):
        return None
