"""The keeper as a process: there from the start, at work once there is a catalogue."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from tests.integration.recorder_at_work import Office, RecorderAtWork, eventually


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office.found(tmp_path / "var")


@pytest.fixture
def recorder(office: Office) -> Iterator[RecorderAtWork]:
    made = RecorderAtWork(office.home)
    yield made
    made.end()


@pytest.fixture
def keeper(office: Office) -> Iterator[ControlClient]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), "keeper"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        client = ControlClient(office.home.keeper_socket)
        eventually(lambda: answers(client), 20, "the keeper does not answer")
        yield client
        process.terminate()
        assert process.wait(10) == 0
    assert not office.home.keeper_socket.exists()


def answers(client: ControlClient) -> bool:
    try:
        client.get("/health")
    except EarmarkError:
        return False
    return True


def test_it_says_what_it_waits_for_and_begins_once_the_recorder_has_made_the_catalogue(
    keeper: ControlClient, recorder: RecorderAtWork
) -> None:
    health = keeper.get("/health")
    assert health["state"] == "starting"
    assert "There is no catalogue" in health["attention"][0]
    recorder.start()
    eventually(lambda: keeper.get("/health")["state"] != "starting", 10, "it does not begin")
    keeper.post("/look-now", {})


def test_its_name_in_the_home_is_a_socket_of_its_own() -> None:
    home = Home(Path("/x"))
    assert home.keeper_socket not in (home.opener_socket, home.recorder_socket, home.lines_socket)
