"""An archive holds sealed files only, under names that begin with their time: it is proven as it lies there."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from firmware.core.archive_names import EvidencePiece, note_name, segment_name
from firmware.core.sealed_format import read_header
from tests.integration.verifier.proven_store import Case, findings


def archived(case: Case, folder: Path) -> Path:
    """The archive of the case's office: no keyslots, and days of the log in pieces of seven lines at most."""

    def put(name: str, content: bytes) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    for path in case.home.recordings.rglob("*.ear"):
        header = read_header(path.read_bytes())
        put(segment_name(header.recording_id, header.segment, header.started_at_ms), path.read_bytes())
    for day in case.home.evidence.glob("*.log"):
        lines = day.read_bytes().splitlines(keepends=True)
        for first in range(0, len(lines), 7):
            piece = lines[first : first + 7]
            numbers = [int(line.split(b" ")[0]) for line in piece]
            put(EvidencePiece(day.stem, numbers[0], numbers[-1]).name, b"".join(piece))
    for note in case.home.checkpoints.iterdir():
        put(note_name(int(note.stem)), note.read_bytes())
    return folder


def test_an_archive_of_sealed_files_alone_is_proven(tool: ModuleType, case: Case, tmp_path: Path) -> None:
    asked = tool.Asked(archived(case, tmp_path), case.key, [case.held], archive=True)
    assert tool.verify(asked).to_json()["findings"] == []
    shortened = next((tmp_path / "recordings").rglob(f"*{case.material.covered_recordings[1]}*.ear"))
    shortened.write_bytes(shortened.read_bytes()[:-1])
    (named,) = findings(tool.verify(asked).to_json())
    assert named.startswith("altered")
    shortened.unlink()
    (named,) = findings(tool.verify(asked).to_json())
    assert named.startswith("removed")


def test_an_archive_may_still_hold_what_was_erased_for_nobody_can_open_it(
    tool: ModuleType, case: Case, tmp_path: Path
) -> None:
    asked = tool.Asked(archived(case, tmp_path), case.key, [case.held], archive=True)
    (erased,) = case.material.erased
    path, content = next((path, content) for path, content in erased.items() if path.suffix == ".ear")
    there = tmp_path / f"recordings/2026/03/01/20260301090000-{path.name.split('.')[0]}.ear"
    there.write_bytes(content)
    assert tool.verify(asked).to_json()["findings"] == []
    there.write_bytes(content + b"?")
    (named,) = findings(tool.verify(asked).to_json())
    assert named.startswith("altered")
