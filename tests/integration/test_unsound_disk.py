"""A data disk that is not as it should be: what can be mended is, and it is open all the same."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.disk.luks import LuksVolume
from firmware.adapters.disk.mounted import Mounted
from firmware.core.errors import StorageError


class Bay(Mounted):
    """Where a disk is mounted without one."""

    def __init__(self) -> None:
        self.mounted = False

    def is_there(self) -> bool:
        return self.mounted

    def mount(self, device: Path) -> None:
        self.mounted = True

    def unmount(self) -> None:
        self.mounted = False


class Tools:
    """The system's own, each with the exit code that it is to have."""

    def __init__(self, codes: Mapping[str, int]) -> None:
        self._codes = codes
        self.run: list[str] = []

    def __call__(self, command: tuple[str, ...], **_: Any) -> subprocess.CompletedProcess[bytes]:
        name = " ".join(command[:2]) if command[0] == "e2fsck" else command[0]
        self.run.append(name)
        return subprocess.CompletedProcess(command, self._codes.get(name, 0), b"", b"as its tool says")


def open_with(codes: Mapping[str, int], folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Bay, list[str]]:
    tools, bay = Tools(codes), Bay()
    monkeypatch.setattr(subprocess, "run", tools)
    (folder / "disk").touch()
    LuksVolume(folder / "disk", bay, mapped="no-such-mapping").open(b"key")
    return bay, tools.run


def test_a_disk_that_cannot_grow_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bay, _ = open_with({"resize2fs": 1}, tmp_path, monkeypatch)
    assert bay.mounted
    assert "does not take the room that is there: as its tool says" in caplog.text


def test_a_file_system_that_wants_to_be_asked_is_repaired_since_nobody_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can sign in at a box's console."""
    bay, run = open_with({"e2fsck -p": 4, "e2fsck -y": 1}, tmp_path, monkeypatch)
    assert bay.mounted
    assert run.index("e2fsck -p") < run.index("e2fsck -y")


@pytest.mark.parametrize("codes", [{"e2fsck -p": 4, "e2fsck -y": 4}, {"e2fsck -p": 8}])
def test_a_disk_that_cannot_be_repaired_or_read_stays_closed(
    codes: Mapping[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageError, match="is damaged"):
        open_with(codes, tmp_path, monkeypatch)
