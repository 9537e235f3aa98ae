"""A round of the keeper for the office's own storage: recordings, evidence, a backup. The storage is a folder here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from firmware.cli.verify import verify_home
from firmware.core.archive_names import read_backup_name, read_piece_name
from firmware.core.home import Home
from tests.integration.lost_box import OfficeToLose, office_to_lose

_RECORDED = 2


def prepare(home: Path) -> None:
    made = office_to_lose(home)
    for _ in range(_RECORDED):
        made.record()


def run(home: Path, given: None) -> None:
    office = OfficeToLose(Home(home / "box"), home / "nas")
    office.archive()
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
    if not [path for path in (nas / "backups").iterdir() if read_backup_name(path.name) is not None]:
        wrong.append("there is no backup")
    if left := [str(path) for path in (box.keeper / "backup").glob("*")]:
        wrong.append(f"left lying about: {left}")
    if left := [str(path) for path in box.keeper.glob("*/stage-*")]:
        wrong.append(f"left lying about: {left}")
    return wrong


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
