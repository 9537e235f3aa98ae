"""The catalogue made anew: what real recorders wrote comes back from the files, row by row."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pyrage
import pytest

from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.sealing.keyslot import erase_keyslot
from firmware.cli.verify import verify_home
from tests.integration.recorder_at_work import Lines, Office, RecorderAtWork, eventually, speech

NOTE = "Ring back on Monday about the fence"


@pytest.fixture
def recordings(office: Office, recorder: RecorderAtWork, lines: Lines) -> list[str]:
    """One call from beginning to end, one that the recorder died in, one that nobody ended."""
    recorder.start()
    whole, twice, cut = (lines.call(speech(6), speech(6, 4.0)) for _ in range(3))
    for call in (whole, twice, cut):
        call.wait_until_taken()
        call.say(3)
    eventually(lambda: all(lines.sender.acknowledged(each.id) for each in (whole, twice, cut)), 30, "nothing is sealed")
    whole.hang_up()
    eventually(lambda: getattr(office.row(whole.id), "state", "") == "complete", 30, "the first call is not complete")
    recorder.kill()
    recorder.start()
    eventually(lambda: len(office.sealed_files(twice.id)) == 2, 30, "no second segment was begun")
    twice.hang_up()
    eventually(lambda: getattr(office.row(twice.id), "state", "") == "complete", 30, "the second call is not complete")
    lines.stop()
    eventually(lambda: getattr(office.row(cut.id), "state", "") == "interrupted", 20, "the third call is not closed")
    recorder.stop()
    return [whole.id, twice.id, cut.id]


def rebuild(office: Office, *options: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firmware.cli.main", "catalogue", "rebuild", *options],
        env={**os.environ, "EARMARK_HOME": str(office.home.root)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def tables(office: Office) -> dict[str, list[dict[str, Any]]]:
    with sqlite3.connect(office.home.catalogue) as connection:
        names = ("recordings", "segments", "evidence_details", "notes")
        connection.row_factory = lambda cursor, row: {
            column[0]: value for column, value in zip(cursor.description, row, strict=True)
        }
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


def test_with_the_recovery_key_every_row_is_what_it_was(office: Office, recordings: list[str]) -> None:
    before = tables(office)
    office.home.catalogue.unlink()
    done = rebuild(office, "--with-recovery-key", typed=f"{office.recovery}\n")
    assert (done.returncode, "3 recordings in" in done.stdout) == (0, True), done.stderr
    assert tables(office)["segments"] == before["segments"]
    for was, now in zip(before["recordings"], tables(office)["recordings"], strict=True):
        assert was.pop("far_speech_ms") is not None
        assert was.pop("office_speech_ms") is not None
        # How much was said tells of the line's health, not of the call: it is not sealed.
        assert (now.pop("far_speech_ms"), now.pop("office_speech_ms")) == (None, None)
        assert now == was
    assert [each for each in verify_home(office.home) if each.severity == "wrong"] == []


def test_without_a_key_recordings_are_listed_and_name_nobody(office: Office, recordings: list[str]) -> None:
    before = tables(office)
    office.home.catalogue.unlink()
    done = rebuild(office)
    assert done.returncode == 0
    assert "without their parties" in done.stdout
    assert tables(office)["segments"] == before["segments"]
    rows = [office.row(each) for each in recordings]
    assert [row and (row.state, row.far_number) for row in rows] == [("complete", None)] * 2 + [("interrupted", None)]
    assert [row and round(row.duration_s) for row in rows][:2] == [3, 3]


def test_what_only_the_catalogue_knew_is_taken_over(office: Office, recordings: list[str]) -> None:
    with sqlite3.connect(office.home.catalogue) as connection:
        note = (recordings[0], 1, "ab" * 16, "anna", NOTE)
        connection.execute(
            "INSERT INTO notes (recording_id, written_at_ms, person_id, person_name, text) VALUES (?,?,?,?,?)", note
        )
        connection.execute("UPDATE recordings SET retention_class = 'complaints' WHERE id = ?", recordings[:1])
    before = tables(office)
    done = rebuild(office, "--with-recovery-key", typed=f"{office.recovery}\n")
    assert done.returncode == 0
    assert tables(office) == before
    with sqlite3.connect(office.home.catalogue) as connection:
        assert connection.execute("SELECT rowid FROM notes_search('fence')").fetchall() == [(1,)]
    aside = list(office.home.catalogue.parent.glob("catalogue.db.before-*Z"))
    assert len(aside) == 1
    assert aside[0].name in done.stdout


def test_a_damaged_old_catalogue_is_named_table_by_table(office: Office, recordings: list[str]) -> None:
    office.home.catalogue.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    done = rebuild(office, "--with-recovery-key", typed=f"{office.recovery}\n")
    assert done.returncode == 1
    assert "Could not be read from the old catalogue: legal_holds. Take it from a backup." in done.stderr
    assert len(tables(office)["recordings"]) == 3


def test_nothing_goes_early_because_holds_and_classes_were_lost(
    office: Office, recorder: RecorderAtWork, recordings: list[str]
) -> None:
    recorder.start()
    desk = RecorderEvidenceDesk(office.home.recorder_socket)
    desk.enter("retention-changed", {"recording": recordings[0], "class": "claims", "person": "ab" * 16}, {})
    of_hold = {"hold": "cd" * 16, "restricts": "yes", "person": "ab" * 16}
    desk.enter("hold-placed", of_hold, {"purpose": "claim 4711"})
    recorder.stop()
    office.home.catalogue.unlink()
    done = rebuild(office)
    assert done.returncode == 1
    assert "1 legal holds are lost: the keeper erases nothing" in done.stderr
    assert "nobody but a director may listen" in done.stderr
    with closing(CatalogueReader(office.home.catalogue)) as reader:
        assert all(row.restricted for row in reader.recordings())
    with sqlite3.connect(office.home.catalogue) as connection:
        classes = connection.execute("SELECT DISTINCT retention_class FROM recordings").fetchall()
        chosen = connection.execute("SELECT recording_id, retention_class FROM chosen_classes").fetchall()
    assert classes == [("unknown",)]
    assert chosen == [(recordings[0], "claims")]


def test_the_file_of_a_recording_whose_key_was_destroyed_is_listed_and_said_so(
    office: Office, recordings: list[str]
) -> None:
    for path in office.sealed_files(recordings[1]):
        erase_keyslot(path.with_suffix(".key"))
    office.home.catalogue.unlink()
    done = rebuild(office, "--with-recovery-key", typed=f"{office.recovery}\n")
    assert done.returncode == 1
    assert "There is no keyslot" in done.stderr
    assert len(tables(office)["recordings"]) == 3


def test_another_key_than_the_office_s_is_refused_and_nothing_is_changed(office: Office, recordings: list[str]) -> None:
    before = tables(office)
    for typed in (str(pyrage.x25519.Identity.generate()), "gate lamp river", ""):
        done = rebuild(office, "--with-recovery-key", typed=f"{typed}\n")
        assert "recovery key" in done.stderr
        assert done.returncode not in (0, 1)
    assert tables(office) == before


def test_while_a_recorder_writes_nothing_is_rebuilt(office: Office, recorder: RecorderAtWork) -> None:
    recorder.start()
    done = rebuild(office)
    assert "already writes the evidence log" in done.stderr
    assert done.returncode not in (0, 1)
