"""The evidence log read day by day, for the details that its lines commit to and that have had their time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine
from firmware.ports.old_records import DayOfDetails

_TAIL_BYTES = 4096


class EvidenceByDay:
    """``OldEvidence``. A damaged line is passed over: it is verification's to tell."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def days(self, after_line: int) -> Iterator[DayOfDetails]:
        for path in day_files(self._folder):
            if _last_line(path) > after_line:
                lines = [line for line in _lines(path) if line.number > after_line]
                if lines:
                    about_none = [line.commitment for line in lines if line.commitment and not _recording(line)]
                    day = date.fromisoformat(path.stem)
                    yield DayOfDetails(day, lines[0].number, lines[-1].number, about_none)


def _recording(line: EvidenceLine) -> str:
    return line.subject.get("recording", "")


def _lines(path: Path) -> Iterator[EvidenceLine]:
    with storage_errors("read", path):
        content = path.read_bytes().decode("ascii", errors="replace")
    return _sound(content.splitlines(keepends=True))


def _sound(texts: list[str]) -> Iterator[EvidenceLine]:
    for text in texts:
        try:
            yield EvidenceLine.from_text(text)
        except EvidenceFault:
            continue


def _last_line(path: Path) -> int:
    """The number of the file's last sound line, by its end; 0 when there is none."""
    with storage_errors("read", path), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = file.read().decode("ascii", errors="replace").splitlines(keepends=True)
    return max((line.number for line in _sound(tail)), default=0)
