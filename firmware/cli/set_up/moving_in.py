"""Moving an office that was made aside to its place, where a box may have made folders already, and mounted a disk."""

from __future__ import annotations

from pathlib import Path

from firmware.adapters.store.durable_files import sync_folder


def move_in(made: Path, place: Path, but_for: Path | None = None) -> None:
    """Move all that is in a folder to ``place`` on the same file system, but for one file of it. What is there besides
    stays; a file of the same name gives way.

    Killed anywhere, it goes on where it was when it is called again. Raises OSError.
    """
    if not made.exists():
        return
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in sorted(made.iterdir()):
        target = place / each.name
        if each.is_dir() and target.is_dir():
            move_in(each, target, but_for)
        elif each != but_for:
            each.replace(target)
    sync_folder(place)
