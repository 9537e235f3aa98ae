"""Mounting what lies at the data folder: by systemd where it runs, so that every process sees it, else by mount(8)."""

from __future__ import annotations

import os
from pathlib import Path

from firmware.adapters.disk.commands import must_run, run

_OPTIONS = "nodev,nosuid,noexec,noatime,errors=remount-ro"
_SYSTEMD = Path("/run/systemd/system")


class Mounted:
    """One mount point. A process in a sandbox has mounts of its own, so on the box the unit ``unit`` does it."""

    def __init__(self, folder: Path, unit: str = "") -> None:
        self._folder = folder
        self._unit = unit if unit and _SYSTEMD.exists() else ""

    def is_there(self) -> bool:
        try:
            return self._folder.is_mount()
        except OSError:  # of a disk that was pulled out
            return True

    def is_writable(self) -> bool:
        """A file system that met errors makes itself read-only (``errors=remount-ro``)."""
        try:
            return not os.statvfs(self._folder).f_flag & os.ST_RDONLY
        except OSError:
            return False

    def mount(self, device: Path) -> None:
        """Raises StorageError."""
        if self._unit:
            must_run("mounted", "systemctl", "start", self._unit, package="systemd")
            return
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        must_run("mounted", "mount", "-t", "ext4", "-o", _OPTIONS, str(device), str(self._folder), package="mount")

    def unmount(self) -> None:
        """At once for whoever looks there from now on; open files end when they are closed. Raises StorageError."""
        if self._unit:
            must_run("unmounted", "systemctl", "stop", self._unit, package="systemd")
        while self.is_there() and run("umount", "--lazy", str(self._folder), package="mount").code == 0:
            continue
