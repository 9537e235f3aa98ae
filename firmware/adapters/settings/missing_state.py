"""What a missing file of the state folder means: no office yet, or an office that has lost a part."""

from __future__ import annotations

from pathlib import Path

from firmware.core.errors import NotSetUp, OfficeIncomplete


def missing(path: Path, what: str, remedy: str = "Put it back from a backup of the state folder.") -> NotSetUp:
    """The error to raise. Setting up again is refused where there is an office, and would orphan its recordings."""
    if path.parent.is_dir():
        return OfficeIncomplete(what, remedy)
    return NotSetUp(what, "Set the box up with: earmark init")
