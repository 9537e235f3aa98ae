"""Root writes files in folders of others, and gives them away: who owns such a folder must gain nothing else by it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.cli.set_up.making import set_up_office
from firmware.cli.update.composition import update_parts
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from tests.integration.updated_box import RUNS, PaperSlots


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.touch(0o600)
    return path


@pytest.fixture
def flushed_and_swapped(monkeypatch: pytest.MonkeyPatch, secret: Path) -> list[Path]:
    """As soon as a file was flushed, its name is a link to the secret, as whoever owns its folder can have it."""
    flush: Callable[[int], None] = os.fsync
    swapped: list[Path] = []

    def flush_and_swap(file: int) -> None:
        flush(file)
        name = Path(f"/proc/self/fd/{file}").readlink()
        if stat.S_ISREG(os.fstat(file).st_mode):
            name.unlink()
            name.symlink_to(secret)
            swapped.append(name)

    monkeypatch.setattr(os, "fsync", flush_and_swap)
    return swapped


def test_what_is_behind_a_name_that_was_swapped_keeps_its_owner_and_mode(
    tmp_path: Path, secret: Path, flushed_and_swapped: list[Path]
) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder/settings.json"
    path.touch()
    path.chmod(0o644)
    before = secret.stat()
    replace_file(path, b"new")
    assert flushed_and_swapped == [path.with_name("settings.json.new")]
    assert secret.stat() == before


def test_a_data_disk_that_root_prepares_is_given_to_its_owner_file_by_file_and_not_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    set_up_office(home, Settings(), (), datetime.now(UTC))
    made = (home.data_mark, home.spool_key, home.spool_public_key)
    for path in made:
        path.unlink()
    given: list[Path] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *_, **__: pytest.fail("given away by a name"))
    monkeypatch.setattr(os, "fchown", lambda file, *_: given.append(Path(f"/proc/self/fd/{file}").readlink()))
    MarkedDataDisk(home).prepare()
    assert sorted(given) == sorted(path.with_name(f"{path.name}.new") for path in made)


def test_settings_that_a_newer_system_has_changed_go_back_as_they_were_and_to_whom_they_belong(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    set_up_office(home, Settings(), (), datetime.now(UTC))
    parts = update_parts(home, PaperSlots(), RUNS)
    home.settings_file.chmod(0o640)
    before = home.settings_file.read_bytes()
    parts.keep_settings()
    SettingsFile(home.settings_file).replace({"of_a_newer_system": True})
    parts.put_settings_back()
    assert home.settings_file.read_bytes() == before
    assert stat.S_IMODE(home.settings_file.stat().st_mode) == 0o640
    assert not home.settings_before_update.exists()
