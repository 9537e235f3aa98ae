"""What the data disk's commands and the box's own process are made of."""

from __future__ import annotations

import logging
import os
from contextlib import suppress

from firmware.adapters.disk.key_stick import UsbKeyStick
from firmware.adapters.disk.luks import LuksVolume, data_device
from firmware.adapters.disk.mounted import Mounted
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.durable_files import storage_errors
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.adapters.supervision.system_command import run
from firmware.cli.rights import put_right
from firmware.core.data_volume import VolumeState
from firmware.core.errors import EarmarkError, NotSetUp
from firmware.core.home import Home
from firmware.services.disk_door import DiskDoor

_LOG = logging.getLogger(__name__)
_MARK = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MOUNT_UNIT = "var-lib-earmark-data.mount"
#: They hold files of the data disk open; the recorder looks by itself.
_HOLD_FILES = ("earmark-keeper.service", "earmark-opener.service", "earmark-web.service")


def data_volume(home: Home) -> LuksVolume:
    return LuksVolume(data_device(), Mounted(home.data, _MOUNT_UNIT), let_go=lambda: _start_anew(*_HOLD_FILES))


def disk_door(home: Home) -> DiskDoor:
    return DiskDoor(data_volume(home), UsbKeyStick(), SystemClock(), opened=lambda: welcome(home))


def mark_empty_place(home: Home) -> None:
    """So that nothing takes the folder for the disk while that is away.

    Never on a disk: one that answers no longer may still be mounted there, and one may be mounted at any moment.

    Raises:
        StorageError: it cannot be written, or the disk does not answer.
    """
    if data_volume(home).state() not in (VolumeState.BLANK, VolumeState.CLOSED, VolumeState.MISSING):
        return
    with storage_errors("made", home.data):
        home.data.mkdir(mode=0o755, exist_ok=True)
        place = os.open(home.data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if os.fstat(place).st_dev == home.root.stat().st_dev:
                # Whatever this process's umask says: every other one must see that nothing is there.
                os.fchmod(place, 0o755)
                os.close(os.open(home.empty_place_mark.name, _MARK, 0o644, dir_fd=place))
        finally:
            os.close(place)


def welcome(home: Home) -> None:
    """A disk that has just been opened becomes this office's, if it is nobody's yet, and its files get their owners."""
    with suppress(NotSetUp):  # the office is set up later
        if home.data_mark.exists() or not any(home.data.glob("[!l]*")):  # but for lost+found
            MarkedDataDisk(home).prepare()
    try:
        put_right(home, every_recording=False)
    except EarmarkError as error:
        _LOG.error("not all on the data disk could be given to its owners: %s", error)
    _start_anew("earmark-keeper.service")


def _start_anew(*units: str) -> None:
    """Of those that run: an open file of a disk that went away stays one of that disk."""
    done = run("systemctl", "--no-block", "try-restart", *units, package="systemd")
    if done.code:
        _LOG.info("systemd starts nothing anew: %s", done.said)
