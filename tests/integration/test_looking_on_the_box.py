"""Whoever looks at calls by command on the box itself is in the evidence, as those are who use the page."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles, EvidenceFilesReader
from firmware.cli.calls import calls
from firmware.cli.demo.office import demo_settings
from firmware.cli.recordings import recordings
from firmware.cli.set_up.making import set_up_office
from firmware.core.access_policy import Role
from firmware.core.errors import AlreadyRunning, NoSuchRecording, StorageError
from firmware.core.home import Home
from tests.integration.sealed_call import list_call
from tests.integration.web_office import NUMBER, new_record

RECORD = new_record(datetime(2026, 3, 1, 9, tzinfo=UTC))
LOOKS: dict[str, tuple[click.Command, list[str], Mapping[str, str]]] = {
    "all": (recordings, ["list", "--json"], {}),
    "some": (
        recordings,
        ["list", "--number", NUMBER[-6:], "--from", "2026-03-01"],
        {"number": NUMBER[-6:], "started_from": "2026-03-01 00:00:00+00:00"},
    ),
    "one": (recordings, ["show", RECORD.recording_id], {"recording": RECORD.recording_id}),
    "in progress": (calls, [], {"calls": "in progress"}),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """An office with one call recorded and another going on, whose recorder does not run."""
    home = Home(tmp_path_factory.mktemp("office") / "var")
    set_up_office(home, demo_settings(), (("dora", Role.DIRECTOR),), datetime.now(UTC))
    list_call(home, RECORD)
    with ControlServer(home.lines_socket, {"GET /calls": lambda _: {"calls": [{"far_party": NUMBER}]}}):
        yield home


def look(home: Home, how: str) -> Result:
    command, arguments, _ = LOOKS[how]
    return CliRunner().invoke(command, arguments, obj=home)


def told(home: Home) -> list[tuple[Mapping[str, str], Mapping[str, Any]]]:
    lines = [line for line in EvidenceFilesReader(home).lines() if line.kind == "searched"]
    details = DetailTable(home.catalogue).details(line.commitment for line in lines)
    return [(line.subject, details[line.commitment].words) for line in lines]


@pytest.mark.parametrize("how", LOOKS)
def test_every_look_is_told_with_who_and_what_for_and_the_line_names_nobody(home: Home, how: str) -> None:
    before = len(told(home))
    done = look(home, how)
    assert done.exit_code == 0, done.output
    assert NUMBER in done.stdout
    ((subject, detail),) = told(home)[before:]
    assert subject["how"] == "command"
    assert getpass.getuser() in detail["name"]
    assert detail["query"] == LOOKS[how][2]
    assert not any(NUMBER[-6:] in path.read_text() for path in home.evidence.glob("*.log"))


def test_a_recording_that_is_not_there_shows_nothing_and_tells_nothing(home: Home) -> None:
    before = len(told(home))
    done = CliRunner().invoke(recordings, ["show", "0" * 32], obj=home)
    assert isinstance(done.exception, NoSuchRecording)
    assert len(told(home)) == before


@pytest.mark.parametrize("how", LOOKS)
def test_what_cannot_be_entered_is_not_shown(home: Home, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.cli.evidence._STARTING_S", 0.0)
    log = EvidenceFiles(home, load_device_key(home.device_key))  # as a recorder that hangs
    try:
        done = look(home, how)
    finally:
        log.close()
    assert isinstance(done.exception, AlreadyRunning)
    assert done.stdout == ""


def test_nothing_is_entered_on_a_mount_point_without_its_disk(home: Home) -> None:
    disk = home.data.rename(home.root / "unplugged")
    home.data.mkdir()
    try:
        done = look(home, "in progress")
        assert list(home.data.iterdir()) == []
    finally:
        home.data.rmdir()
        disk.rename(home.data)
    assert isinstance(done.exception, StorageError)
    assert done.stdout == ""


def test_a_recorder_that_is_just_starting_is_waited_for_and_enters_it(home: Home) -> None:
    entered: list[Mapping[str, Any]] = []

    def enter(request: Request) -> Mapping[str, Any]:
        entered.append(request.body)
        return {"line": len(entered)}

    log = EvidenceFiles(home, load_device_key(home.device_key))
    server = ControlServer(home.recorder_socket, {"GET /health": lambda _: {}, "POST /evidence": enter})
    starting = threading.Timer(0.5, server.__enter__)
    starting.start()
    try:
        assert look(home, "one").exit_code == 0
    finally:
        starting.join()
        server.__exit__(None, None, None)
        log.close()
    assert [(each["kind"], each["subject"]["recording"]) for each in entered] == [("searched", RECORD.recording_id)]


def test_a_recorder_that_starts_waits_for_a_command_that_makes_its_entry(home: Home) -> None:
    command = EvidenceFiles(home, load_device_key(home.device_key))
    ending = threading.Timer(0.3, command.close)
    ending.start()
    recorder = EvidenceFiles(home, load_device_key(home.device_key))
    ending.join()
    recorder.close()
