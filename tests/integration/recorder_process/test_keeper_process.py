"""The keeper as a process: there from the start, at work once there is a catalogue."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.control.client import ControlClient
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.cli.at_the_box import who_is_at_the_box
from firmware.cli.verify import verify_home
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.system_update import Phase, SystemUpdate
from tests.integration.recorder_at_work import Lines, Office, RecorderAtWork, eventually, speech
from tests.integration.recorder_process.processes import earmark


def test_it_says_what_it_waits_for_and_begins_once_the_recorder_has_made_the_catalogue(
    keeper: ControlClient, recorder: RecorderAtWork
) -> None:
    health = keeper.get("/health")
    assert health["state"] == "starting"
    assert "There is no catalogue" in health["attention"][0]
    recorder.start()
    eventually(lambda: keeper.get("/health")["state"] != "starting", 30, "it does not begin")
    keeper.post("/look-now", {})


def test_each_beat_says_whether_the_box_is_being_brought_up_to_date(office: Office, keeper: ControlClient) -> None:
    """The front panel's light goes by it."""
    notes = UpdateNotesFile(office.home)
    office.home.update_notes.parent.mkdir(exist_ok=True)
    update = SystemUpdate("2.0.0", "B", "1.0.0", "A", "dora", 1, Phase.WRITING)
    beats = keeper.events()
    for phase, said in ((Phase.WRITING, True), (Phase.WAITING, False), (Phase.TRIAL, True), (Phase.STAYED, False)):
        notes.keep(update.now(phase))
        assert any(beat.data["updating"] is said for beat in islice(beats, 20)), phase
    beats.close()


@pytest.fixture
def recorded(office: Office, recorder: RecorderAtWork) -> Iterator[str]:
    """A recording, with the recorder at work."""
    recorder.start()
    lines = Lines(office.home)
    call = lines.call(speech(2), speech(2))
    call.wait_until_taken()
    call.say(2)
    call.hang_up()
    lines.wait_until_finished()
    yield call.id
    lines.stop()


def change(office: Office, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(office.home.catalogue)) as database, database:
        database.execute(statement, values)


def test_a_recording_that_is_ordered_to_be_erased_is_gone_at_once_and_all_verifies(
    office: Office, recorded: str, keeper: ControlClient
) -> None:
    eventually(lambda: keeper.get("/health")["state"] == "ok", 30, "it does not begin")
    order = (
        "INSERT INTO erasures (recording_id, started_at_ms, because, ordered_at_ms, state)"
        " SELECT id, started_at_ms, 'request', 1, 'ordered' FROM recordings WHERE id = ?"
    )
    change(office, order, recorded)
    keeper.post("/look-now", {})
    eventually(lambda: office.row(recorded) is None, 30, "it is still listed")
    assert list(office.home.recordings.rglob(f"{recorded}.*")) == []
    (line,) = [line for line in EvidenceFilesReader(office.home).lines() if line.kind == "recording-erased"]
    assert (line.subject["recording"], line.subject["because"]) == (recorded, "request")
    assert [each.text for each in verify_home(office.home) if each.severity == "wrong"] == []


def test_nobody_but_the_keeper_says_that_something_was_erased(office: Office, recorded: str) -> None:
    client = ControlClient(office.home.recorder_socket)
    with pytest.raises(EarmarkError, match="Only the keeper"):
        client.post("/evidence", {"kind": "recording-erased", "subject": {"recording": recorded}, "detail": None})


def test_a_dry_run_lists_ids_dates_and_classes_and_changes_nothing(
    office: Office, recorded: str, keeper: ControlClient
) -> None:
    eventually(lambda: earmark(office, "retention", "classes").stdout.count("6 years") == 2, 20, "it takes nothing in")
    eventually(lambda: keeper.get("/health")["tasks"][0]["runs"] > 0, 30, "it does not look")
    now = earmark(office, "retention", "sweep", "--dry-run")
    assert "0 recordings would be erased" in now.stdout
    later = earmark(office, "retention", "sweep", "--dry-run", "--by", "2100-01-01 00:00", "--json")
    (due,) = json.loads(later.stdout)
    assert (due["recording"], due["class"], due["held"]) == (recorded, "standard", False)
    text = earmark(office, "retention", "sweep", "--dry-run", "--by", "2100-01-01 00:00").stdout
    assert "1 recordings would be erased" in text
    assert "01632" not in later.stdout + text
    assert office.row(recorded) is not None
    assert earmark(office, "retention", "sweep").returncode == 0
    assert office.row(recorded) is not None
    assert earmark(office, "retention", "sweep", "--dry-run", "--by", "when?").returncode == 2


def test_a_doubted_clock_is_trusted_by_command_and_that_is_in_the_evidence(
    office: Office, recorded: str, keeper: ControlClient
) -> None:
    eventually(lambda: keeper.get("/health")["state"] == "ok", 30, "it does not begin")
    change(office, "UPDATE recordings SET started_at_ms = started_at_ms + 86400000000")
    keeper.post("/look-now", {})
    eventually(lambda: "trust-clock" in " ".join(keeper.get("/health")["attention"]), 30, "it does not doubt")
    done = earmark(office, "retention", "trust-clock")
    assert done.returncode == 0, done.stderr
    eventually(lambda: keeper.get("/health")["state"] == "ok", 30, "it goes on doubting")
    doubted, trusted = (each for each in EvidenceFilesReader(office.home).lines() if each.kind.startswith("clock"))
    assert (doubted.kind, trusted.kind) == ("clock-doubted", "clock-trusted")
    detail = DetailTable(office.home.catalogue).details([trusted.commitment])[trusted.commitment]
    assert detail.words == {"name": who_is_at_the_box()}


def test_nothing_can_be_confirmed_that_does_not_wait_for_it(
    office: Office, recorded: str, keeper: ControlClient
) -> None:
    eventually(lambda: keeper.get("/health")["state"] == "ok", 30, "it does not begin")
    shown = earmark(office, "retention", "confirm", "standard")
    assert "No change of the retention class standard waits" in shown.stdout
    done = earmark(office, "retention", "confirm", "standard", "--erases", "1", "--sooner", "1")
    assert done.returncode == 54
    assert "No change of the retention class 'standard' waits" in done.stderr


def test_its_name_in_the_home_is_a_socket_of_its_own() -> None:
    home = Home(Path("/x"))
    assert home.keeper_socket not in (home.opener_socket, home.recorder_socket, home.lines_socket)
