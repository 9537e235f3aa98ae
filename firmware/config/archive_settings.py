"""The settings of the archive and of the backups: where they are, as ``rclone`` reaches it, and when.

``remote`` holds the options of one rclone backend (https://rclone.org/docs/), under the names that rclone gives them;
passwords are given in clear here and kept from logs, process lists and everybody who is only shown the settings.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer, SerializationInfo, field_validator

from firmware.config.section import Section
from firmware.core.daily_window import DailyWindow

#: What may be shown of a remote's options; whatever is not named here counts as a secret.
_SHOWN_OPTIONS = frozenset(
    """
    type host port user username domain share path region provider endpoint location_constraint acl storage_class url
    vendor account env_auth drive_id drive_type tenant key_file known_hosts_file disable_hashcheck shell_type
    md5sum_command sha1sum_command use_insecure_cipher force_path_style chunk_size upload_cutoff root_folder_id
    explicit_tls tls no_check_certificate bucket_policy_only project_number
    """.split()  # noqa: SIM905 - a list of words is read more easily as words
)
_STARS = "**********"
#: Storages that keep files themselves. Those of rclone that stand before another one take that one's name with all its
#: options in one of theirs, where no check of ours would find them.
STORAGES = frozenset(
    "azureblob b2 box drive dropbox ftp local onedrive pcloud s3 sftp smb swift webdav".split()  # noqa: SIM905 - as above
)
#: Options by which rclone would run a program of this machine.
_RUNS_A_PROGRAM = frozenset({"ssh", "bearer_token_command"})
#: By these rclone's file of options would put one option's value into another's.
_PUT_IN = "%("

Option = str | int | bool


def _time_of_day(text: str) -> str:
    try:
        return time.fromisoformat(text).strftime("%H:%M")
    except ValueError:
        raise ValueError(f"{text!r} is not a time of day such as 19:30") from None


def _show_remote(remote: dict[str, Option], info: SerializationInfo) -> dict[str, Option]:
    if info.context == "reveal":
        return remote
    return {name: value if name in _SHOWN_OPTIONS else _STARS for name, value in remote.items()}


def _safe_remote(remote: dict[str, Option]) -> dict[str, Option]:
    if remote and remote.get("type") not in STORAGES:
        raise ValueError(f'a remote needs its type, such as type = "sftp"; it may be {", ".join(sorted(STORAGES))}')
    for name, value in remote.items():
        if not name.replace("_", "").isalnum() or (isinstance(value, str) and "\n" in value):
            raise ValueError(f"{name!r} is not an option of a remote, or its value has more than one line")
        if name.lower() in _RUNS_A_PROGRAM:
            raise ValueError(f"{name!r} would have the box run a program: that may not be set here")
        if isinstance(value, str) and _PUT_IN in value:
            raise ValueError(
                f"the value of {name!r} has {_PUT_IN!r} in it, which rclone reads as another option's name"
            )
    return remote


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
Remote = Annotated[dict[str, Option], AfterValidator(_safe_remote), PlainSerializer(_show_remote)]
RemotePath = Annotated[str, Field(pattern=r"^[^\n]{0,500}$")]


class ArchiveSettings(Section):
    """Sealed recordings and evidence, copied to the office's own storage. Without a remote there is no archive."""

    remote: Remote = Field(default_factory=dict, description="options of one rclone backend, by rclone's names")
    path: RemotePath = Field(default="earmark", description="folder there; with S3 it begins with the bucket")
    begins: TimeOfDay = Field(default="00:00", alias="from", description="recordings go between these times of day")
    until: TimeOfDay = Field(default="00:00", description="the same as from: at any time")
    bandwidth_kbit_s: int = Field(default=0, ge=0, le=10_000_000, description="0: as fast as it goes")

    @property
    def window(self) -> DailyWindow:
        return DailyWindow(time.fromisoformat(self.begins), time.fromisoformat(self.until))


class BackupSettings(Section):
    """Keyslots, catalogue, people and settings, sealed, once a day; kept 30 days at a place that can delete."""

    remote: Remote = Field(default_factory=dict, description="as the archive's; none: the archive's own")
    path: RemotePath = Field(default="earmark-backup", description="folder there, not inside the archive's")
    at: TimeOfDay = Field(default="02:30", description="time of day")
    enabled: bool = True

    @field_validator("path")
    @classmethod
    def _path_is_named(cls, path: str) -> str:
        if not path.strip("/"):
            raise ValueError("backups need a folder of their own: old ones are deleted there")
        return path

    @property
    def time_of_day(self) -> time:
        return time.fromisoformat(self.at)


def backups_must_lie_apart(archive: ArchiveSettings, backup: BackupSettings) -> None:
    """Backups are deleted, the archive is not: neither may lie inside the other. Raises ValueError."""
    if backup.remote not in ({}, archive.remote):
        return
    archive_path, backup_path = f"{archive.path.strip('/')}/", f"{backup.path.strip('/')}/"
    if archive.remote and (backup_path.startswith(archive_path) or archive_path.startswith(backup_path)):
        raise ValueError(f"path {backup.path!r} lies inside the archive's, or the archive inside it: give each its own")
