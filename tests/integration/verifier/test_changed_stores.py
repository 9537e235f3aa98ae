"""``scripts/verify-recordings``: whatever was changed before the checkpoint is reported, what came after is named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from firmware.adapters.sealing.signed_note import sign_note
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.cli.verify import verify_home
from firmware.core.evidence_chain import ChainEnd, Checkpoint
from firmware.core.home import Home
from firmware.ports.evidence_log import EvidenceEntry
from tests.integration.store_changes import Thief
from tests.integration.verifier.proven_store import LATER_DOUBTS, NOT_PROVEN, NOTHING_COVERED, PROVEN, Case, findings

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


# --- a checkpoint of before the first line


def test_a_checkpoint_of_before_the_first_line_proves_nothing_and_leaves_all_to_the_box(
    tool: ModuleType, case: Case, copy: Home, tmp_path: Path
) -> None:
    held = tmp_path / "first.note"
    made_at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    held.write_text(sign_note(Checkpoint(ChainEnd(), made_at).to_text(), case.material.key))
    asked = tool.Asked(copy.data, case.key, [held])
    report = tool.verify(asked)
    said = "\n".join(tool.as_text(report))
    assert (report.status, report.verdict, report.covered) == (NOTHING_COVERED, "nothing covered yet", 0)
    assert "PROVEN" not in said
    assert "covers nothing" in said
    assert (report.later.first_line, report.later.last_line) == (1, report.lines)
    assert f"Only the box itself vouches for all of it, from {report.later.since}" in said

    day = copy.evidence / "2026-03-02.log"
    day.write_text(day.read_text().replace("listened", "exported"))
    report = tool.verify(asked)
    assert (report.status, report.verdict) == (LATER_DOUBTS, "nothing covered yet, contradictions after it")
    assert "PROVEN" not in "\n".join(tool.as_text(report))
