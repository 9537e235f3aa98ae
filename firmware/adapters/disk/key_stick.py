"""The USB stick with the data disk's key: found by its label, read in a mount that nobody else sees, never written
while the box runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from firmware.adapters.disk.commands import must_run, run
from firmware.adapters.keys.private_files import write_new
from firmware.core.data_volume import STICK_KEY_BYTES, STICK_LABEL, stick_file
from firmware.core.errors import StorageError

_BY_LABEL = Path("/dev/disk/by-label") / STICK_LABEL
_HARMLESS = "nodev,nosuid,noexec"


class UsbKeyStick:
    """``KeyStick`` at a device, by default whatever bears the label."""

    def __init__(self, device: Path = _BY_LABEL) -> None:
        self._device = device

    @property
    def is_in(self) -> bool:
        return self._device.exists()

    def key_for(self, uuid: str) -> bytearray | None:
        if not (uuid and self.is_in):
            return None
        with _mounted(self._device, f"ro,{_HARMLESS}") as folder:
            return _read(folder / stick_file(uuid))

    def keep(self, uuid: str, key: bytes) -> None:
        """Write a key on the stick, durably. For a person who makes one.

        Raises:
            StorageError: it cannot be written, or has a key of this disk already.
        """
        with _mounted(self._device, f"rw,{_HARMLESS}") as folder:
            write_new(folder / stick_file(uuid), key)


def make_stick(device: Path) -> None:
    """Make a stick of whatever is at ``device``: all that is on it is gone.

    Raises:
        StorageError: it cannot be done.
    """
    must_run("made a stick of", "wipefs", "--quiet", "--all", str(device), package="util-linux")
    must_run("made a stick of", "mkfs.vfat", "-I", "-n", STICK_LABEL, str(device), package="dosfstools")


def _read(path: Path) -> bytearray | None:
    key = bytearray(STICK_KEY_BYTES)
    try:
        with path.open("rb", buffering=0) as file:
            if file.readinto(key) == STICK_KEY_BYTES:
                return key
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(
            f"The stick cannot be read: {error.strerror}.", "Use the spare one, or the pass phrase."
        ) from error
    raise StorageError("The key on the stick is not whole.", "Use the spare stick, or the pass phrase.")


@contextmanager
def _mounted(device: Path, options: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="earmark-stick-") as folder:
        # Of no other kind: whoever puts a stick in must not choose which of the kernel's file systems reads it.
        must_run("opened by the stick", "mount", "-t", "vfat", "-o", options, str(device), folder, package="mount")
        try:
            yield Path(folder)
            with suppress(OSError):
                os.sync()
        finally:
            run("umount", folder, package="mount")
