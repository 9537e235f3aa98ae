"""Looks into the evidence log that need not check it: which holds stand, what details are about, and the like."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.access_request import KEY, REQUESTED
from firmware.core.entered_files import ERASED, ERASURE_DOUBTED
from firmware.core.errors import DamagedEvidence
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine
from firmware.core.leavers import RECOVERY_USED
from firmware.core.legal_hold import LegalHold, standing_by, unreleased_by
from firmware.core.space_forecast import SPACE_CHOICE
from firmware.core.vouched_log import BACKUP_MADE, LINES

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
    with _sound_holds():
        return standing_by(_lines_with(folder, " hold-"))


def unreleased_holds(folder: Path) -> Sequence[LegalHold]:
    """The holds that nobody has released, as it tells of them. Raises as ``holds_in_evidence``."""
    with _sound_holds():
        return unreleased_by(_lines_with(folder, " hold-"))


def erased_in_evidence(folder: Path) -> Iterator[tuple[str, str]]:
    """Each recording that it says is erased, and because of what. Raises StorageError."""
    doubted = {
        line.subject.get("recording", ""): line.number
        for line in _sound(_lines_with(folder, f" {ERASURE_DOUBTED} "))
        if line.kind == ERASURE_DOUBTED
    }
    for line in _sound(_lines_with(folder, f" {ERASED} ")):
        recording = line.subject.get("recording", "")
        if line.kind == ERASED and line.number > doubted.get(recording, 0):
            yield recording, line.subject.get("because", "")


def lines_at_backup(folder: Path, name: str) -> int | None:
    """Up to which line of evidence a backup went, by the line that tells of it; None: there is none, or it does not
    say. Raises StorageError.
    """
    for path in reversed(day_files(folder)):
        for line in _sound(_of_file(path, f"backup={name},")):
            if line.kind == BACKUP_MADE:
                return int(line.subject[LINES]) if LINES in line.subject else None
    return None


def last_space_choice(folder: Path) -> int:
    """The number of the last line in which somebody chose what a full disk means; 0 when there is none.

    Raises:
        StorageError: it cannot be read.
        DamagedEvidence: that line is damaged: nobody knows what was chosen.
    """
    for path in reversed(day_files(folder)):
        lines = list(_of_file(path, f" {SPACE_CHOICE} "))
        if lines:
            try:
                return EvidenceLine.from_text(lines[-1]).number
            except EvidenceFault as error:
                raise DamagedEvidence(
                    "The last line of evidence about a full disk is damaged.", "Choose anew, on the page under Keeping."
                ) from error
    return 0


def lines_about_people(folder: Path) -> Iterator[str]:
    """The sound lines about whose rights began and ended, in order. Raises StorageError."""
    found = [line for kind in (" person-", f" {RECOVERY_USED} ") for line in _sound(_lines_with(folder, kind))]
    return (line.to_text() for line in sorted(found, key=lambda line: line.number))


def key_asked_with(folder: Path, request_id: str, asked_at_ms: int) -> str:
    """The digest of the key with which somebody made a request for access; empty where no line tells. Raises
    StorageError.
    """
    asked = datetime.fromtimestamp(asked_at_ms / 1000, UTC)
    days = {f"{day:%Y-%m-%d}.log" for day in (asked, asked + timedelta(days=1))}
    asking = (line for line in _sound(_lines_with(folder, f"request={request_id}", days)) if line.kind == REQUESTED)
    return next((line.subject.get(KEY, "") for line in asking), "")


def readable_lines(folder: Path) -> Iterator[EvidenceLine]:
    """Every line that can be read, also of a log that does not hold together. Raises StorageError."""
    return _sound(_lines_with(folder, ""))


def commitments_about_recordings(folder: Path) -> Iterator[tuple[str, str]]:
    """Each line's commitment to a detail, and the recording that the line names. Raises StorageError."""
    for line in readable_lines(folder):
        if line.commitment:
            yield line.commitment, line.subject.get("recording", "")


@contextlib.contextmanager
def _sound_holds() -> Iterator[None]:
    try:
        yield
    except (EvidenceFault, KeyError) as error:
        raise DamagedEvidence(
            "A line of evidence about a legal hold is damaged.", "earmark verify says which; put it back from a backup."
        ) from error


def _lines_with(folder: Path, words: str, days: Collection[str] = ()) -> Iterator[str]:
    """Those in which these words stand, each with its newline; of the files named, or of all. Raises StorageError."""
    for path in day_files(folder):
        if not days or path.name in days:
            yield from _of_file(path, words)


def _of_file(path: Path, words: str) -> Iterator[str]:
    with storage_errors("read", path):
        content = path.read_bytes()
    if words.encode("ascii") in content:  # of most days nothing is wanted, and years of them are looked through
        lines = io.StringIO(content.decode("ascii", errors="replace"))
        yield from (line for line in lines if words in line)


def _sound(lines: Iterable[str]) -> Iterator[EvidenceLine]:
    """Without those that are damaged: they are verification's to tell."""
    for text in lines:
        with contextlib.suppress(EvidenceFault):
            yield EvidenceLine.from_text(text)
