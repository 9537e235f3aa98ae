"""The spool's evidence: an evidence log of its own form and in its own folder, read as it is taken into the office's.

How far what is about no file was taken in stands in ``told-until`` within the same folder, so that both go together.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from firmware.adapters.store.durable_files import replace_file, storage_errors, sync_folder
from firmware.adapters.store.evidence_files import day_files
from firmware.core.evidence_chain import ENTRY_ID, EvidenceFault, EvidenceLine, line_hash
from firmware.core.home import Home
from firmware.ports.spool import SpooledLine

_TOLD = "told-until"


class SpooledJournal:
    """One thread at a time; the recorder may write on meanwhile."""

    def __init__(self, home: Home) -> None:
        self._folder = home.spooled.evidence
        self._sizes: list[tuple[Path, int]] = []
        self._lines: list[SpooledLine] = []

    def lines(self) -> Sequence[SpooledLine]:
        """Whole lines, read again when there are more."""
        with storage_errors("read", self._folder):
            sizes = [(path, path.stat().st_size) for path in day_files(self._folder)]
            if sizes != self._sizes:
                self._lines = [line for path, _ in sizes for line in _read(path)]
                self._sizes = sizes
        return self._lines

    @property
    def told_until(self) -> int:
        with suppress(FileNotFoundError, ValueError), storage_errors("read", self._folder / _TOLD):
            path = self._folder / _TOLD
            return int(path.read_text()) if path.exists() else 0
        return 0

    def tell_until(self, line: int) -> None:
        replace_file(self._folder / _TOLD, str(line).encode())


def remove_taken(home: Home) -> None:
    """The spool's evidence, all of which was taken in. Gone as a whole, or there as a whole. Raises StorageError."""
    folder = home.spooled.evidence
    leftover = folder.with_name("evidence.taken")
    with storage_errors("removed", folder):
        if leftover.exists():
            shutil.rmtree(leftover)
        if folder.exists():
            folder.rename(leftover)
            sync_folder(folder.parent)
            shutil.rmtree(leftover)


def _read(path: Path) -> list[SpooledLine]:
    found = []
    for text in path.read_text(encoding="ascii", errors="replace").splitlines(keepends=True):
        with suppress(EvidenceFault, UnicodeEncodeError):
            line = EvidenceLine.from_text(text)
            identity = line.subject.get(ENTRY_ID) or line_hash(text)[:32]
            found.append(SpooledLine(line.number, line.at, line.kind, line.subject, line.commitment, identity))
    return found
