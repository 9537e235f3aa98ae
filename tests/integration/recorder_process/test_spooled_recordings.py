"""The data disk is locked, missing or another's: calls are recorded to the spool, and taken in when it is there."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.cli.disk.data_disk import data_disk
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.home import Home
from tests.integration.recorder_at_work import (
    RATE,
    Call,
    Lines,
    Office,
    RecorderAtWork,
    eventually,
    record_beside,
    speech,
)
from tests.integration.recorder_process.processes import wrong

CALLER = "+441632960123"


@dataclass
class DataDisk:
    """The office's data disk. Locked, its mount point is there, with the empty folders that start-up makes."""

    home: Home

    def lock(self) -> None:
        self.home.data.rename(self._aside)
        for folder in (self.home.recordings, self.home.evidence):
            folder.mkdir(parents=True)

    def unlock(self) -> None:
        for folder in (self.home.recordings, self.home.evidence, self.home.data):
            folder.rmdir()  # fails if anything was written below the mount point
        self._aside.rename(self.home.data)

    @property
    def _aside(self) -> Path:
        return self.home.root / "elsewhere"


@pytest.fixture
def disk(office: Office) -> DataDisk:
    return DataDisk(office.home)


def record(lines: Lines, seconds: float = 3.0) -> Call:
    call = lines.call(speech(seconds), speech(seconds, 4.0))
    call.wait_until_taken()
    call.say(seconds)
    call.hang_up()
    lines.wait_until_finished()
    return call


def spooled(home: Home) -> list[Path]:
    """Everything in the spool but the key that is sealed to, and empty folders; some may be going at this moment."""
    found = (Path(folder) / name for folder, _, names in os.walk(home.spool) for name in names)
    return [path for path in found if path != home.spool_public_key]


def wait_until_taken_in(recorder: RecorderAtWork) -> None:
    home = recorder.home
    eventually(lambda: not spooled(home), 30, f"this waits in the spool: {spooled(home)}, {recorder.log()}")


def log(office: Office) -> list[EvidenceLine]:
    return list(EvidenceFilesReader(office.home).lines())


def must_be_whole(office: Office, call: Call) -> None:
    whole, row = office.unseal(call.id), office.row(call.id)
    assert (whole.samples, whole.gaps, whole.state) == (call.said, (), "complete")
    assert row is not None
    assert (row.state, row.duration_s, row.far_number) == ("complete", call.said / RATE, CALLER)


def must_stand_once(office: Office, *calls: Call) -> None:
    """What a recorder enters of a recording, and that it was taken in, and nothing of it twice."""
    lines = log(office)
    for call in calls:
        kinds = [line.kind for line in lines if line.subject.get("recording") == call.id]
        assert sorted(set(kinds)) == sorted(kinds), kinds
        assert kinds[0] == "recording-started"
        assert kinds[-1] == "taken-in"
    entries = [line.subject["entry"] for line in lines if "entry" in line.subject]
    assert len(entries) == len(set(entries))


def test_calls_are_recorded_while_the_data_disk_is_locked_and_taken_in_when_it_is_opened(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    disk.lock()
    recorder.start()
    calls = [record(lines), record(lines)]
    health = recorder.health()
    assert (health["data_disk"], health["spooled"]) == ("away", 2)
    assert "The data disk is locked or missing. 2 calls wait in the spool." in str(health["attention"])
    ControlClient(office.home.recorder_socket).post(
        "/evidence", {"kind": "signed-in", "subject": {"session": "s1"}, "detail": {"name": "Jo Bloggs"}}
    )
    disk.unlock()
    wait_until_taken_in(recorder)
    new = record(lines)
    eventually(lambda: recorder.health()["data_disk"] == "there", 30, "it does not say that the disk is there")
    assert recorder.health()["attention"] == []
    assert recorder.stop() == 0
    for call in (*calls, new):
        must_be_whole(office, call)
    must_stand_once(office, *calls)
    kinds = [line.kind for line in log(office)]
    assert kinds.index("spool-began") < kinds.index("signed-in") < kinds.index("recording-started")
    assert [line.subject["recording"] for line in log(office) if line.kind == "taken-in"] == [each.id for each in calls]
    spooled_lines = [line for line in log(office) if line.subject.get("recording") == calls[0].id]
    assert ["spooled" in line.subject for line in spooled_lines] == [True, True, False]
    with closing(sqlite3.connect(office.home.catalogue)) as catalogue:
        assert catalogue.execute("SELECT detail FROM evidence_details").fetchall() == [('{"name": "Jo Bloggs"}',)]
    assert wrong(office) == []


def test_the_spool_names_nobody_in_clear(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    disk.lock()
    recorder.start()
    record(lines)
    ControlClient(office.home.recorder_socket).post(
        "/evidence", {"kind": "signed-in", "subject": {}, "detail": {"name": "Jo Bloggs"}}
    )
    everything = b"".join(path.read_bytes() for path in spooled(office.home))
    assert len(everything) > 5_000
    assert not any(word in everything for word in (b"1632960", b"Bloggs", b'202"'))


def test_power_cuts_with_the_disk_locked_and_while_it_is_taken_in_lose_nothing(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    disk.lock()
    recorder.start()
    first = record(lines)
    recorder.kill()
    recorder.start()
    second = record(lines)
    cut = lines.call(speech(60), speech(60, 4.0))
    cut.wait_until_taken()
    cut.say(5)
    eventually(lambda: (lines.sender.acknowledged(cut.id) or 0) > 3 * RATE, 30, "nothing of it is sealed")
    recorder.kill()
    lines.stop()  # the rings are gone with the power
    disk.unlock()
    recorder.start()
    recorder.kill()
    recorder.start()
    wait_until_taken_in(recorder)
    assert recorder.stop() == 0
    for call in (first, second):
        must_be_whole(office, call)
    must_stand_once(office, first, second, cut)
    row = office.row(cut.id)
    assert row is not None
    assert (row.state, row.far_number) == ("interrupted", CALLER)
    assert office.unseal(cut.id).samples >= 3 * RATE
    assert wrong(office) == []


def test_a_call_that_goes_on_while_the_disk_is_opened_ends_in_the_spool_and_is_whole(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    disk.lock()
    recorder.start()
    call = lines.call(speech(8), speech(8, 4.0))
    call.wait_until_taken()
    call.say(3)
    disk.unlock()
    eventually(lambda: recorder.health()["data_disk"] == "there", 20, recorder.log())
    new = record_beside(lines)
    assert office.sealed_files(new.id)
    recorder.kill()  # the call's ring is offered to a recorder that has both
    recorder.start()
    call.say(5)
    call.hang_up()
    lines.wait_until_finished()
    wait_until_taken_in(recorder)
    assert recorder.stop() == 0
    must_be_whole(office, call)
    must_be_whole(office, new)
    assert len(office.sealed_files(call.id)) == 2
    assert wrong(office) == []


def test_a_call_whose_beginning_is_on_a_disk_that_went_away_goes_on_in_the_spool(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    """For as long as it takes; its parts come together when the disk is back."""
    recorder.start()
    call = lines.call(speech(40), speech(40, 4.0))
    call.wait_until_taken()
    lines.talk(call, 4)
    disk.lock()
    assert recorder.wait() != 0
    recorder.start()
    lines.talk(call, 24)
    spooled_call = record_beside(lines)
    disk.unlock()
    eventually(lambda: recorder.health()["data_disk"] == "there", 20, recorder.log())
    lines.talk(call, 4)
    call.hang_up()
    lines.wait_until_finished()
    wait_until_taken_in(recorder)
    assert recorder.stop() == 0
    must_be_whole(office, call)
    must_be_whole(office, spooled_call)
    assert len(office.sealed_files(call.id)) == 2
    assert wrong(office) == []


def test_a_full_spool_takes_no_new_call_and_says_so(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    disk.lock()
    SettingsFile(office.home.settings_file).replace({"recorder": {"spool_mb": 10}})
    filler = office.home.spooled.recordings / "2026/01/01"
    filler.mkdir(parents=True)
    with (filler / "filler").open("wb") as file:
        file.truncate(10_000_000)
    recorder.start()
    call = lines.call(speech(3), speech(3, 4.0))
    eventually(lambda: any("spool is full" in text for text in lines.faults()), 30, "lines is not told")
    told = recorder.health()
    assert "spool is full" in str(told["attention"])
    assert told["state"] == "fault", "calls are not recorded"
    (filler / "filler").unlink()
    call.wait_until_taken()


def test_a_data_folder_in_which_something_is_wrong_is_named_and_calls_go_to_the_spool_until_it_is_mended(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    office.home.recordings.rmdir()
    office.home.recordings.write_text("in the way")
    recorder.start()
    call = record(lines)
    assert f"{office.home.recordings} cannot be" in str(recorder.health()["attention"])
    office.home.recordings.unlink()
    wait_until_taken_in(recorder)
    must_be_whole(office, call)


def test_another_offices_disk_is_never_written(
    office: Office, disk: DataDisk, recorder: RecorderAtWork, lines: Lines, tmp_path: Path
) -> None:
    other = Office.found(tmp_path / "other")
    disk.lock()
    before = sorted(path for path in other.home.data.rglob("*"))
    for folder in (office.home.recordings, office.home.evidence, office.home.data):
        folder.rmdir()
    office.home.data.symlink_to(other.home.data)
    recorder.start()
    record(lines)
    assert "another office" in str(recorder.health()["attention"])
    assert sorted(path for path in other.home.data.rglob("*")) == before


def test_an_office_of_before_marks_that_never_recorded_says_what_to_do_and_then_records(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    """Its data folder cannot be told from a mount point without its disk."""
    shutil.rmtree(office.home.spool)
    office.home.spool_key.unlink()
    office.home.data_mark.unlink()
    recorder.start()
    call = record(lines)
    assert "run earmark data-disk prepare. 1 call waits in the spool." in str(recorder.health()["attention"])
    runner = CliRunner()
    assert "earmark data-disk prepare" in runner.invoke(data_disk, ["status"], obj=office.home).stdout
    assert runner.invoke(data_disk, ["prepare"], obj=office.home).exit_code == 0
    wait_until_taken_in(recorder)
    row = office.row(call.id)
    assert row is not None
    assert (row.state, row.far_number) == ("complete", None)  # who called is sealed in the recording
    assert MarkedDataDisk(office.home).look() == ""


def test_a_data_folder_of_before_marks_is_known_by_what_is_in_it(office: Office, recorder: RecorderAtWork) -> None:
    recorder.start()
    recorder.stop()
    office.home.data_mark.unlink()
    office.home.spool_public_key.unlink()
    recorder.start()
    assert recorder.health()["data_disk"] == "there"
    assert MarkedDataDisk(office.home).look() == ""
    assert office.home.data_mark.exists()
    assert office.home.spool_public_key.exists()
