"""The bare place of a data disk that is away is never taken for the disk, by set-up neither."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.adapters.disk.luks import DEVICE_VARIABLE
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.cli.disk.composition import mark_empty_place
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import Settings
from firmware.core.errors import StorageError
from firmware.core.home import Home


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
