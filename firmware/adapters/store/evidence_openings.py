"""``OpeningLines`` over the evidence log's day files: a year of them in a fraction of a second.

Recordings are opened a few times a day, and a day has thousands of lines: what is looked for is found in the bytes, and
only the lines that have it are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine
from firmware.core.openings import OPENINGS

_KINDS = tuple(f" {kind} ".encode("ascii") for kind in OPENINGS)


class EvidenceOpenings:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def between(self, since: datetime, until: datetime) -> Iterator[EvidenceLine]:
        first, last = (f"{moment.astimezone(UTC):%Y-%m-%d}" for moment in (since, until))
        for path in day_files(self._folder):
            if first <= path.stem <= last:
                yield from (line for line in _openings(path) if since <= line.at < until)


def _openings(path: Path) -> Iterator[EvidenceLine]:
    with storage_errors("read", path):
        content = path.read_bytes()
    begins = sorted({content.rfind(b"\n", 0, at) + 1 for kind in _KINDS for at in _all(content, kind)})
    for begin in begins:
        end = content.find(b"\n", begin)
        line = _read(content[begin : end + 1]) if end >= 0 else None
        if line is not None and line.kind in OPENINGS:
            yield line


def _all(content: bytes, wanted: bytes) -> Iterator[int]:
    at = content.find(wanted)
    while at >= 0:
        yield at
        at = content.find(wanted, at + 1)


def _read(raw: bytes) -> EvidenceLine | None:
    try:
        return EvidenceLine.from_text(raw.decode("ascii"))
    except (EvidenceFault, UnicodeDecodeError):
        return None
