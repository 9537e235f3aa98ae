"""The bare place of a data disk that is away is never taken for the disk, by set-up neither."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.disk.luks import DEVICE_VARIABLE
from firmware.adapters.store.data_disk import AWAY, MarkedDataDisk
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


def test_every_process_may_look_for_the_disk_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is refused there takes it for a broken disk; the process that makes the place closes what it makes."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    monkeypatch.setenv(DEVICE_VARIABLE, str(tmp_path / "no-such-device"))
    before = os.umask(0o077)
    try:
        mark_empty_place(home)
    finally:
        os.umask(before)
    assert home.data.stat().st_mode & 0o777 == 0o755


_LOOK = """
import os, sys
from pathlib import Path
from firmware.adapters.store.data_disk import AWAY, MarkedDataDisk
from firmware.core.home import Home
os.setgroups([])
os.setuid(65534)
print(MarkedDataDisk(Home(Path(sys.argv[1])), looked_at_only=True).look())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_see_neither_spool_nor_write_sees_whether_the_disk_is_there() -> None:
    """The keeper tells of a disk that is away, and must not take one for away that only others write."""
    with TemporaryDirectory(dir="/dev/shm") as folder:
        home = Home(Path(folder) / "home")
        Path(folder).chmod(0o755)
        home.root.mkdir(mode=0o755)
        set_up_office(home, Settings(), (), datetime.now(UTC))
        for place in (home.state, home.keys, home.data):
            place.chmod(0o755)
        for file in (home.device_public_key, home.data_mark):
            file.chmod(0o644)
        home.spool.chmod(0o700)

        def seen() -> str:
            command = [sys.executable, "-c", _LOOK, str(home.root)]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

        assert seen() == ""
        home.data_mark.unlink()
        assert seen() == AWAY


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
