"""Looks into the evidence log that need not check it: which holds stand, what details are about, and the like."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.access_request import KEY, REQUESTED
from firmware.core.errors import DamagedEvidence
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine
from firmware.core.legal_hold import standing_by

_TAIL_BYTES = 16_384  # several lines at least


def newest_evidence_ms(folder: Path) -> int:
    """The last sound line's time, Unix ms; 0 when there is none. Raises StorageError."""
    for path in reversed(day_files(folder)):
        with storage_errors("read", path), path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
            tail = file.read().decode("ascii", errors="replace")
        for line in reversed(tail.splitlines(keepends=True)):
            try:
                return round(EvidenceLine.from_text(line).at.timestamp() * 1000)
            except EvidenceFault:
                continue
    return 0


def holds_in_evidence(folder: Path) -> frozenset[str]:
    """The ids of the legal holds that stand by it.

    Raises:
        StorageError: it cannot be read.
        DamagedEvidence: a line about a hold is damaged.
    """
    try:
        return standing_by(_lines(day_files(folder)))
    except (EvidenceFault, KeyError) as error:
        raise DamagedEvidence(
            "A line of evidence about a legal hold is damaged.", "earmark verify says which; put it back from a backup."
        ) from error


def key_asked_with(folder: Path, request_id: str, asked_at_ms: int) -> str:
    """The digest of the key with which somebody made a request for access; empty where no line tells. Raises
    StorageError.
    """
    asked = datetime.fromtimestamp(asked_at_ms / 1000, UTC)
    days = {f"{day:%Y-%m-%d}.log" for day in (asked, asked + timedelta(days=1))}
    for text in _lines(path for path in day_files(folder) if path.name in days):
        with contextlib.suppress(EvidenceFault):
            if f"request={request_id}" in text and (line := EvidenceLine.from_text(text)).kind == REQUESTED:
                return line.subject.get(KEY, "")
    return ""


def commitments_about_recordings(folder: Path) -> Iterator[tuple[str, str]]:
    """Each line's commitment to a detail, and the recording that the line names. Raises StorageError."""
    for text in _lines(day_files(folder)):
        with contextlib.suppress(EvidenceFault):  # a damaged line is verification's to tell
            line = EvidenceLine.from_text(text)
            if line.commitment:
                yield line.commitment, line.subject.get("recording", "")


def _lines(days: Iterable[Path]) -> Iterator[str]:
    """As they are, each with its newline. Raises StorageError."""
    for path in days:
        with storage_errors("read", path), path.open(encoding="ascii", errors="replace") as lines:
            yield from lines
