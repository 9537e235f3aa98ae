"""When the evidence log was last written to, by its own dates."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.store.evidence_files import day_files
from firmware.core.evidence_chain import EvidenceFault, EvidenceLine

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
