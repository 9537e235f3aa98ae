"""Keeper, opener and recorder as processes: what is recorded gets to the office's storage by itself."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.errors import EarmarkError
from tests.integration.lost_box import OfficeToLose, office_to_lose
from tests.integration.recorder_at_work import RecorderAtWork, eventually


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeToLose]:
    made = office_to_lose(tmp_path)
    made.record()
    SettingsFile(made.home.settings_file).replace(made.settings.to_document())
    recorder = RecorderAtWork(made.home)
    recorder.start()
    try:
        with process(made, "opener"), process(made, "keeper"):
            yield made
    finally:
        recorder.end()


@contextmanager
def process(office: OfficeToLose, name: str) -> Iterator[None]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), name]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        client = ControlClient(office.home.run_of(name) / f"{name}.sock")
        try:
            eventually(lambda: _answers(client), 20, f"the {name} does not answer")
            yield
        finally:
            running.terminate()
            running.wait(10)


def _answers(client: ControlClient) -> bool:
    try:
        client.get("/health")
    except EarmarkError:
        return False
    return True


def earmark(office: OfficeToLose, *words: str) -> str:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_recordings_evidence_and_a_backup_reach_the_storage_by_themselves(office: OfficeToLose) -> None:
    archive = office.storage / "archive"
    eventually(lambda: len(list(archive.rglob("*.ear"))) == 1, 30, "no recording came")
    eventually(lambda: any(archive.glob("evidence/checkpoints/*.note")), 30, "no checkpoint came")
    eventually(lambda: len(_backups(office)) == 1, 30, "no backup came")
    eventually(lambda: "Waiting: 0" in earmark(office, "archive", "status"), 30, "it is not noted")
    assert "could be put there" in earmark(office, "archive", "test")
    assert _backups(office)[0].name in earmark(office, "backup", "list")

    clear = pyrage.decrypt(
        _backups(office)[0].read_bytes(), [pyrage.x25519.Identity.from_str(office.made.recovery_key)]
    )
    with tarfile.open(fileobj=io.BytesIO(clear)) as tar:
        people = tar.extractfile("people.age")
        assert people is not None
        sealed = people.read()
    opened = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(office.made.recovery_key)])
    with tarfile.open(fileobj=io.BytesIO(opened)) as tar:
        assert sorted(tar.getnames()) == ["people.json", "recipients.json"]


def test_a_backup_is_made_when_it_is_asked_for(office: OfficeToLose) -> None:
    eventually(lambda: len(_backups(office)) == 1, 30, "no backup came")
    first = _backups(office)[0]
    assert "makes a backup now" in earmark(office, "backup", "now")
    eventually(lambda: _backups(office)[-1] != first, 30, "no other backup came")


def _backups(office: OfficeToLose) -> list[Path]:
    return sorted(office.backups.glob("*.age")) if office.backups.exists() else []
