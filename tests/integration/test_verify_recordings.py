"""``scripts/verify-recordings``: whatever was changed before the checkpoint is reported, what came after is named."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from firmware.adapters.keys.device_key import new_device_key
from firmware.adapters.sealing.signed_note import sign_note
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.cli.verify import verify_home
from firmware.core.archive_names import EvidencePiece, note_name, segment_name
from firmware.core.evidence_chain import ChainEnd, Checkpoint
from firmware.core.home import Home
from firmware.core.sealed_format import read_header
from firmware.ports.evidence_log import EvidenceEntry
from tests.integration.evidenced_store import EvidencedStore
from tests.integration.store_changes import Material, Thief

SCRIPT = Path(__file__).parents[2] / "scripts" / "verify-recordings"
PROVEN, NOT_PROVEN, NOT_CHECKED, LATER_DOUBTS = 0, 1, 2, 3


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("verify_recordings", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Case:
    """A store with a past, and what is held elsewhere."""

    home: Home
    held: Path
    earlier: Path
    key: str
    material: Material

    def report(self, tool: ModuleType, home: Home | None = None, **more: Any) -> dict[str, Any]:
        folder = (home or self.home).data
        asked = tool.Asked(folder, self.key, [self.held], folder / "catalogue.db", **more)
        report: dict[str, Any] = tool.verify(asked).to_json()
        return report


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Four days of recordings; the checkpoint that is held elsewhere was made on the third, the box's on the fourth."""
    folder = tmp_path_factory.mktemp("office")
    made = EvidencedStore(Home(folder / "box"))
    held, earlier = folder / "held.note", folder / "earlier.note"
    recordings = a_day(made, folder)
    shutil.copyfile(made.home.checkpoint, earlier)
    recordings += a_day(made, folder)
    erased = made.erase(recordings.pop(0))
    rewrapped = Home.keyslot_of(made.sealed(recordings[0])[0]).relative_to(made.home.data)
    old_keyslot = rewrapped, made.rewrap(recordings[0])
    made.erase_details(3, 3)
    recordings += a_day(made, folder)
    made.log.checkpoint()
    shutil.copyfile(made.home.checkpoint, held)
    covered = made.log.end.number
    for _ in range(2):
        made.record()
        made.tell("searched", "", number="07")
    made.pass_time(1)
    made.record(finish=False)
    made.log.close()
    made.close()
    material = Material(made.key, covered, tuple(recordings), tuple(made.catalogues[:-1]), old_keyslot, (erased,))
    return Case(made.home, held, earlier, made.key.public_text(), material)


def a_day(made: EvidencedStore, folder: Path) -> list[str]:
    """Three recordings, the second of two segments, each looked for and listened to; it is the next day then."""
    recordings = []
    for segments in (1, 2, 1):
        made.snapshot(folder)
        recordings.append(made.record(segments))
        made.tell("searched", "", number=f"0{made.now.day}{made.now.hour}")
        made.tell("listened", recordings[-1], name="A. N. Other", purpose="complaint")
        made.pass_time(1)
        made.log.checkpoint()
    made.pass_time(21)
    return recordings


@pytest.fixture
def copy(case: Case, tmp_path: Path) -> Home:
    shutil.copytree(case.home.root, tmp_path / "copy")
    return Home(tmp_path / "copy")


def findings(report: dict[str, Any], period: str = "before") -> Iterator[str]:
    for finding in report["findings"]:
        if finding["period"] == period:
            yield f"{finding['what']} {finding['subject']}: {finding['text']}"


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=60)


# --- a store that nobody touched


def test_an_untouched_store_is_proven_and_the_unvouched_period_is_named(tool: ModuleType, case: Case) -> None:
    report = case.report(tool)
    assert report["findings"] == []
    assert (report["status"], report["verdict"]) == (PROVEN, "proven")
    assert report["covered"] == 8 + 3  # eight recordings that are left, three of two segments
    assert report["erased"] == 1
    later = report["later"]
    assert later["first_line"] == case.material.covered_lines + 1
    assert (len(later["begun"]), len(later["closed"]), later["kinds"]["searched"]) == (3, 2, 2)
    assert later["since"] == report["checkpoint"]["at"] < later["until"]


def test_an_erased_detail_breaks_nothing_and_is_reported_as_erased(tool: ModuleType, case: Case) -> None:
    (note,) = [note for note in case.report(tool)["notes"] if "Details" in note]
    # Line 3, a search, by a line of its own; line 4, a listening, with the recording it was of.
    assert note == "Details were erased, as the log says: lines 3 to 4."


def test_the_box_s_own_look_agrees_that_all_is_well(case: Case) -> None:
    assert [finding for finding in verify_home(case.home) if finding.severity == "wrong"] == []


def test_a_detail_that_was_altered_or_that_is_missing_without_a_word_is_named(
    tool: ModuleType, case: Case, copy: Home
) -> None:
    with closing(sqlite3.connect(copy.catalogue)) as database, database:
        (first,) = database.execute("SELECT commitment FROM evidence_details ORDER BY rowid LIMIT 1").fetchone()
        database.execute("UPDATE evidence_details SET detail = '{}' WHERE commitment = ?", (first,))
    (named,) = findings(case.report(tool, copy))
    assert "is not the one that the line commits to" in named
    with closing(sqlite3.connect(copy.catalogue)) as database, database:
        database.execute("DELETE FROM evidence_details WHERE commitment = ?", (first,))
    (named,) = findings(case.report(tool, copy))
    assert "no line says that it was erased" in named


def test_the_write_ahead_log_of_a_copied_catalogue_is_read_and_nothing_is_changed(
    tool: ModuleType, case: Case, copy: Home
) -> None:
    with closing(sqlite3.connect(copy.catalogue)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute("DELETE FROM evidence_details")
        log = copy.catalogue.with_name("catalogue.db-wal")
        assert log.stat().st_size
        before = {path: path.read_bytes() for path in copy.root.rglob("*") if path.is_file()}
        assert any("no line says" in each for each in findings(case.report(tool, copy)))
        assert {path: path.read_bytes() for path in copy.root.rglob("*") if path.is_file()} == before


# --- changes before the checkpoint


def change_and_verify(tool: ModuleType, case: Case, folder: Path, seed: int, way: int | None = None) -> None:
    """One change: both verifiers must see it, and the standalone one must name it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(case.home.root, folder)
    home = Home(folder)
    thief = Thief(home, random.Random(seed), case.material)
    change = thief.change() if way is None else thief.ways()[way]()
    report = case.report(tool, home)
    found = list(findings(report))
    assert report["status"] == NOT_PROVEN, f"seed {seed}: {change.what} was not seen: {found}"
    assert any(change.names in each for each in found), f"seed {seed}: {change.what} was not named: {found}"
    if change.box_can_tell:
        wrong = [each for each in verify_home(home) if each.severity == "wrong"]
        assert wrong, f"seed {seed}: the box itself did not see {change.what}"


@pytest.mark.parametrize("way", range(17))
def test_every_way_to_change_a_store_is_reported(tool: ModuleType, case: Case, tmp_path: Path, way: int) -> None:
    for seed in range(4):
        change_and_verify(tool, case, tmp_path / "copy", seed, way)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_thousand_random_changes_are_all_reported(
    tool: ModuleType, case: Case, tmp_path: Path, record_property: Any
) -> None:
    for seed in range(1000):
        change_and_verify(tool, case, tmp_path / "copy", 10_000 + seed)
    record_property("changes, all reported", 1000)


def test_an_earlier_checkpoint_held_elsewhere_narrows_a_rewritten_log_down(
    tool: ModuleType, case: Case, copy: Home
) -> None:
    """With the device's key everything after the change can be signed anew, but not what the earlier one covers."""
    day = copy.evidence / "2026-03-02.log"
    day.write_text(day.read_text().replace("listened", "exported"))
    asked = tool.Asked(copy.data, case.key, [case.held, case.earlier])
    report = tool.verify(asked).to_json()
    (untied,) = [note for note in report["notes"] if "ties them" in note]
    assert not untied.startswith("Lines 1 to")
    assert report["status"] == NOT_PROVEN


def test_two_checkpoints_held_elsewhere_that_contradict_each_other_are_named(
    tool: ModuleType, case: Case, tmp_path: Path
) -> None:
    other = tmp_path / "other.note"
    at = datetime(2026, 3, 1, tzinfo=UTC)
    other.write_text(sign_note(Checkpoint(ChainEnd(3, "ab" * 32), at).to_text(), case.material.key))
    report = tool.verify(tool.Asked(case.home.data, case.key, [case.held, other])).to_json()
    (named,) = findings(report)
    assert named.startswith("contradiction the checkpoint of 2026-03-01")


def test_several_changes_at_once_are_each_named(tool: ModuleType, case: Case, copy: Home) -> None:
    sealed = sorted(copy.recordings.rglob("*.ear"))
    sealed[0].unlink()
    Home.keyslot_of(sealed[1]).write_bytes(bytes(1024))
    day = copy.evidence / "2026-03-01.log"
    lines = day.read_text().splitlines(keepends=True)
    lines[4], lines[7] = lines[7], lines[4]
    del lines[9]
    day.write_text("".join(lines))
    named = list(findings(case.report(tool, copy)))
    assert any(each.startswith("removed") and sealed[0].name in each for each in named)
    assert any("overwritten, as an erasure does" in each for each in named)
    assert any(each.startswith("removed evidence: Line 10 is gone") for each in named)
    # Below a line that is gone no hash leads: lines that were moved there are still known by their numbers.
    assert any("not stand in order" in each for each in named)


def test_a_store_without_its_log_or_without_its_recordings_is_not_proven(
    tool: ModuleType, case: Case, copy: Home
) -> None:
    shutil.rmtree(copy.recordings)
    assert len([each for each in findings(case.report(tool, copy)) if each.startswith("removed")]) >= 22
    shutil.copytree(case.home.recordings, copy.recordings)
    shutil.rmtree(copy.evidence)
    report = case.report(tool, copy)
    assert report["status"] == NOT_PROVEN
    assert any(f"Lines 1 to {case.material.covered_lines} are gone" in each for each in findings(report))


def test_a_link_in_place_of_a_recording_is_no_recording(
    tool: ModuleType, case: Case, copy: Home, tmp_path: Path
) -> None:
    sealed = sorted(copy.recordings.rglob("*.ear"))[0]
    sealed.rename(tmp_path / "elsewhere")
    sealed.symlink_to(tmp_path / "elsewhere")
    assert any("a link to something else" in each for each in findings(case.report(tool, copy)))


# --- changes after the checkpoint


@pytest.mark.parametrize("way", ["cut", "deleted", "line edited", "line removed", "copied in"])
def test_a_change_after_the_checkpoint_names_the_period_and_disproves_nothing_before_it(
    tool: ModuleType, case: Case, copy: Home, way: str
) -> None:
    newest_day = sorted(copy.evidence.glob("*.log"))[-1]
    closing_line = next(line for line in newest_day.read_text().splitlines() if "recording-closed" in line)
    recording = closing_line.split("recording=")[1].split(",")[0]
    (sealed,) = copy.recordings.rglob(f"{recording}.*.ear")
    if way == "cut":
        sealed.write_bytes(sealed.read_bytes()[:-1])
    elif way == "deleted":
        sealed.unlink()
    elif way == "line edited":
        newest_day.write_text(newest_day.read_text().replace("recording-closed", "recording-cl0sed", 1))
    elif way == "line removed":
        newest_day.write_text(newest_day.read_text().replace(closing_line + "\n", ""))
    else:
        shutil.copyfile(sealed, sealed.with_name(f"{'7' * 32}.0.ear"))
    report = case.report(tool, copy)
    assert report["status"] == LATER_DOUBTS
    assert list(findings(report)) == []
    assert list(findings(report, "after"))
    assert report["later"]["since"].startswith("2026-03-04T")


def test_what_the_device_key_signs_after_the_checkpoint_is_named_as_the_box_s_word_alone(
    tool: ModuleType, case: Case, copy: Home
) -> None:
    """A thief with the key can have the box say that a recording was erased, but only after the checkpoint."""
    recording = case.material.covered_recordings[4]
    for path in copy.recordings.rglob(f"{recording}.*"):
        path.unlink()
    log = EvidenceFiles(copy, case.material.key)
    log.enter([EvidenceEntry("recording-erased", {"recording": recording})])
    log.close()
    asked = tool.Asked(copy.data, case.key, [case.held])
    report = tool.verify(asked)
    assert report.status == PROVEN
    assert report.later.erased == [recording]
    assert recording in "\n".join(tool.as_text(report))


# --- the command


def test_the_report_is_in_plain_sentences(case: Case, tmp_path: Path) -> None:
    key = tmp_path / "device.pub"
    key.write_text(case.key)
    done = command(case.home.data, "--key", key, "--checkpoint", case.held, "--catalogue", "--jobs", "2")
    assert (done.returncode, done.stderr) == (PROVEN, "")
    assert "PROVEN       Nothing before the checkpoint was altered, removed, inserted or re-ordered:" in done.stdout
    assert "Only the box itself vouches for what came after 2026-03-04T" in done.stdout


def test_json_says_the_same_and_a_whole_data_folder_will_do(case: Case) -> None:
    done = command(case.home.root, "--key", case.key, "--checkpoint", case.held, "--json")
    document = json.loads(done.stdout)
    assert (document["verdict"], document["status"], document["findings"]) == ("proven", 0, [])
    assert set(document["later"]) >= {"since", "until", "first_line", "last_line", "begun", "closed", "erased"}


def test_what_cannot_be_checked_is_told_from_what_is_wrong(case: Case, tmp_path: Path) -> None:
    stranger = new_device_key("earmark-box").public_text()
    for arguments, why in (
        ((case.home.data, "--key", stranger, "--checkpoint", case.held), "not signed by"),
        ((case.home.data, "--key", case.key[:-4], "--checkpoint", case.held), "device key"),
        ((case.home.data, "--key", case.key, "--checkpoint", tmp_path / "none"), "cannot be read"),
        ((tmp_path, "--key", case.key, "--checkpoint", case.held), "neither evidence nor recordings"),
        ((case.home.data, "--key", tmp_path / "none", "--checkpoint", case.held), "cannot be read"),
    ):
        done = command(*arguments)
        assert done.returncode == NOT_CHECKED, done.stdout
        assert why in done.stderr
    assert command(case.home.data).returncode == NOT_CHECKED


def test_the_tool_needs_nothing_but_python_and_pynacl(case: Case, tmp_path: Path) -> None:
    """It is handed to others by itself: neither this project nor another library may be within its reach."""
    lone = tmp_path / "verify-recordings"
    shutil.copyfile(SCRIPT, lone)
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert imported - sys.stdlib_module_names == {"nacl"}
    run: list[str | Path] = [sys.executable, lone, case.home.data, "--key", case.key, "--checkpoint", case.held]
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert done.returncode == PROVEN, done.stderr


def test_the_tool_is_as_clean_as_the_rest(tmp_path: Path) -> None:
    """Without a suffix, the checks of the whole project pass it over."""
    typed = tmp_path / "verify_recordings.py"
    shutil.copyfile(SCRIPT, typed)
    clone = SCRIPT.parents[1]
    checks: tuple[tuple[str | Path, ...], ...] = (
        ("ruff", "check", "--config", clone / "pyproject.toml", "--ignore", "T201"),
        ("ruff", "format", "--check", "--config", clone / "pyproject.toml"),
        ("mypy", "--strict", "--cache-dir", tmp_path / "cache"),
    )
    for check in checks:
        done = subprocess.run(
            [sys.executable, "-m", *map(str, check), str(typed)],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# --- an archive: sealed files only, under names that begin with their time


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


# --- by hand


def test_the_page_s_commands_prove_by_hand_what_the_tool_proves(case: Case, tmp_path: Path) -> None:
    """``sha256sum`` and ``openssl`` alone, as the page on the format says; its blocks run one after the other."""
    shutil.copytree(case.home.data, tmp_path / "copy")
    copy = tmp_path / "copy"
    shutil.copyfile(case.held, copy / "latest.note")
    (copy / "device.pub").write_text(case.key + "\n")
    page = (SCRIPT.parents[1] / "firmware" / "core" / "evidence-format.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "".join(blocks)],
        capture_output=True,
        text=True,
        check=False,
        cwd=copy,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    signature, signed, found, walked, closed, sealed, made, keyslot = done.stdout.splitlines()
    assert signature == "Signature Verified Successfully"
    assert signed == found == walked
    assert closed == sealed
    assert made == keyslot
