"""The bare place of a data disk that is away is never taken for the disk, by set-up neither."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.disk.luks import DEVICE_VARIABLE
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.cli.disk.composition import mark_empty_place
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import Settings
from firmware.core.errors import ServiceAway, StorageError
from firmware.core.home import Home
from tests.integration.recorder_at_work import eventually


def test_an_office_is_not_set_up_in_the_place_of_a_disk_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    monkeypatch.setenv(DEVICE_VARIABLE, str(tmp_path / "no-such-device"))
    mark_empty_place(home)
    with pytest.raises(StorageError, match="only the place where the data disk belongs"):
        set_up_office(home, Settings(), (), datetime.now(UTC))
    assert not home.data_mark.exists()


def test_a_box_without_a_data_disk_of_its_own_keeps_recordings_beside_its_settings(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    mark_empty_place(home)
    set_up_office(home, Settings(), (), datetime.now(UTC))
    assert MarkedDataDisk(home).look() == ""


def test_a_disk_that_is_mounted_but_answers_no_longer_is_not_taken_for_its_bare_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after errors: it is read-only, or was pulled out. Marked as a bare place it would never be used again."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    monkeypatch.setenv(DEVICE_VARIABLE, str(tmp_path / "no-such-device"))
    with TemporaryDirectory(dir="/dev/shm") as mounted:
        home.data.symlink_to(mounted)
        mark_empty_place(home)
        assert not home.empty_place_mark.exists()


def test_the_box_answers_although_the_place_of_its_data_disk_cannot_be_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands before it must be able to switch it off whatever its disks do."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.data.write_text("in the way")
    monkeypatch.setenv(DEVICE_VARIABLE, str(tmp_path / "no-such-device"))
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "box"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            eventually(lambda: _state_of(home) == "missing", 20, "the box does not answer")
        finally:
            running.terminate()
            running.wait(10)


def _state_of(home: Home) -> str:
    try:
        return str(ControlClient(home.box_socket).get("/disk")["state"])
    except ServiceAway:
        return ""
