"""Whether a file was replaced since it was last read: settings are, whole, whenever they change."""

from __future__ import annotations

from pathlib import Path

State = tuple[int, int, int]


def state_of(path: Path) -> State | None:
    """Differs from what it was before if the file was replaced or written; None where it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
