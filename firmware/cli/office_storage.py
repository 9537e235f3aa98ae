"""The office's own storage, as the settings name it: for the keeper and for commands."""

from __future__ import annotations

from firmware.adapters.archive.rclone import RcloneStorage
from firmware.config.settings_model import Settings
from firmware.core.home import Home

#: A backup is one large file.
_TRIES = 5


def archive_storage(home: Home, settings: Settings, user: str) -> RcloneStorage | None:
    """None: there is no archive. ``user``: whoever uses it at the same time as others has a name of their own."""
    archive = settings.archive
    if not archive.remote:
        return None
    return RcloneStorage(archive.remote, archive.path, home.keeper / user, archive.bandwidth_kbit_s)


def backup_storage(home: Home, settings: Settings, user: str) -> RcloneStorage | None:
    """None: there are no backups."""
    remote = settings.backup.remote or settings.archive.remote
    if not remote or not settings.backup.enabled:
        return None
    return RcloneStorage(remote, settings.backup.path, home.keeper / user, settings.archive.bandwidth_kbit_s, _TRIES)
