"""A round of the keeper for the office's own storage: recordings, evidence, keyslots since the last backup, and another
backup. The storage is a folder here.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from firmware.cli.verify import verify_home
from firmware.core.archive_names import read_backup_name, read_piece_name
from firmware.core.home import Home
from tests.integration.lost_box import OfficeToLose, office_to_lose

_RECORDED = 2
_FIRST = "first-backup"


def prepare(home: Path) -> None:
    office_to_lose(home)
    office = _office(home)
    office.record()
    office.back_up()
    office.record()
    [first] = office.backups.iterdir()
    (home / _FIRST).write_text(first.name)


def run(home: Path, given: None) -> None:
    office = _office(home)
    office.archive()
    office.send_keyslots()
    office.back_up()


def check(home: Path, given: None) -> list[str]:
    box, nas = Home(home / "box"), home / "nas"
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(box) if each.severity == "wrong"]
    there = sorted(_digest(path) for path in (nas / "archive" / "recordings").rglob("*") if path.is_file())
    if there != sorted(_digest(path) for path in box.recordings.rglob("*.ear")):
        wrong.append(f"{len(there)} files are in the archive, not the {_RECORDED} that are here")
    log = b"".join(path.read_bytes() for path in sorted(box.evidence.glob("*.log")))
    pieces = [path for path in (nas / "archive" / "evidence" / "lines").rglob("*.log")]
    named = sorted(
        (piece.first, path)
        for path in pieces
        if (piece := read_piece_name(str(path.relative_to(nas / "archive")))) is not None
    )
    if not log.startswith(b"".join(path.read_bytes() for _, path in named)) or not named:
        wrong.append("the evidence that left the box is not the log")
    backups = {path.name for path in (nas / "backups").iterdir() if read_backup_name(path.name) is not None}
    if not backups - {(home / _FIRST).read_text()}:
        wrong.append("there is no new backup")
    if not list((nas / "backups").glob("*.keyslots-*")):
        wrong.append("no keyslots were sent")
    if left := [str(path) for folder in ("backup", "keyslots") for path in (box.keeper / folder).glob("*")]:
        wrong.append(f"left lying about: {left}")
    if left := [str(path) for path in box.keeper.glob("*/stage-*")]:
        wrong.append(f"left lying about: {left}")
    return wrong


def _office(home: Path) -> OfficeToLose:
    """Its storage has the same address in every copy: what was sent before is known there."""
    os.chdir(home)
    return OfficeToLose(Home(home / "box"), Path("nas"))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
