"""The keeper's duties toward the office's own storage, put together: archive, evidence off the box, backup."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.archive.sealed_backup import SealedBackup
from firmware.adapters.archive.sealed_keyslots import SealedKeyslots
from firmware.adapters.catalogue.archiving import ArchiveRows, BackupRows
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.store.evidence_looks import lines_at_backup
from firmware.adapters.store.evidence_pieces import EvidencePieces
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.cli.keeper.parts import KeeperParts
from firmware.cli.office_storage import archive_storage, backup_storage
from firmware.core.errors import NoPlaceElsewhere
from firmware.core.home import Home
from firmware.ports.keeper_task import KeeperTask
from firmware.services.archiving import Archiving
from firmware.services.backup import Backup
from firmware.services.checkpoint_courier import CheckpointCourier
from firmware.services.keyslot_backup import KeyslotBackup

ARCHIVE_ROUTES = ("POST /backup/now",)


@dataclass(frozen=True)
class ElsewhereDuties:
    tasks: tuple[KeeperTask, ...]
    backup: Backup | None


def compose_elsewhere(parts: KeeperParts, may_delete: Callable[[], bool]) -> ElsewhereDuties:
    """``may_delete``: whether what is old may go. Raises StorageError: the keeper's own folder cannot be made."""
    home, settings, rows = parts.home, parts.settings, ArchiveRows(parts.catalogue, parts.home.catalogue)
    zone = ZoneInfo(settings.office.timezone)
    tasks: list[KeeperTask] = []
    backup: Backup | None = None
    # Each has a storage of its own: they work in threads of their own.
    if storage := archive_storage(home, settings, "archiving"):
        make_private_folder(home.keeper)
        sealed, window = SegmentFilesReader(home), settings.archive.window
        tasks.append(Archiving(storage, rows, sealed, home.data, parts.evidence, parts.clock, window, zone))
    if storage := archive_storage(home, settings, "courier"):
        tasks.append(CheckpointCourier(storage, rows, EvidencePieces(home), home.keeper / "courier"))
    if storage := backup_storage(home, settings, "backing-up"):
        make_private_folder(home.keeper)
        packer = SealedBackup(home, lambda: sealed_people(home))
        kept = BackupRows(parts.catalogue, home.catalogue)
        at = settings.backup.time_of_day
        backup = Backup(storage, kept, packer, parts.evidence, parts.clock, at, zone, may_delete)
        tasks.append(backup)
    if storage := backup_storage(home, settings, "keyslots-after"):
        kept, pieces = (BackupRows(parts.catalogue, home.catalogue, of) for of in ("backup", "keyslots"))
        lines_at = partial(lines_at_backup, home.evidence)
        packer_of_keys = SealedKeyslots(home)
        tasks.append(
            KeyslotBackup(storage, kept, pieces, packer_of_keys, lines_at, parts.evidence, parts.clock, may_delete)
        )
    return ElsewhereDuties(tuple(tasks), backup)


def sealed_people(home: Home) -> bytes:
    """People and recipients, as the opener seals them for a backup. Raises ServiceAway."""
    return b64decode(ControlClient(home.opener_socket).get("/backup/people")["sealed"])


def archive_routes(duties: ElsewhereDuties) -> dict[str, Handler]:
    """For the command on the box itself."""

    def back_up_now(request: Request) -> Mapping[str, Any]:
        if not same_user(request.peer):
            raise RequestRefused("This is asked on the box itself.", status=403)
        if duties.backup is None:
            raise NoPlaceElsewhere("The settings name no place for backups.", "Set [backup] or [archive] remote first.")
        duties.backup.ask_for_one()
        return {}

    return dict(zip(ARCHIVE_ROUTES, (back_up_now,), strict=True))
