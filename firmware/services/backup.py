"""Once a day, what the archive lacks: keyslots, grants, catalogue, people and settings, sealed, for 30 days.

Old backups are deleted, for they hold the keys of what was erased since they were made; only when no backup is left
that was begun before an erasure is that recording gone for good. A backup is noted before anything of it leaves the
box, so that none lies there unknown. The newest that is whole is kept, however old it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import time, tzinfo
from itertools import count

from firmware.core.archive_names import backup_name, read_sent_name
from firmware.core.daily_window import last_due
from firmware.core.errors import EarmarkError, StorageAway
from firmware.core.evidence_chain import ENTRY_ID
from firmware.core.vouched_log import BACKUP_MADE, LINES
from firmware.ports.archiving import BackupPacker, BackupTables, PackedBackup
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.remote_storage import RemoteStorage
from firmware.services.erasing import BACKUP_DAYS

_LOG = logging.getLogger(__name__)
_DAY_MS = 24 * 3_600_000


class Backup:
    """``KeeperTask``.

    Args:
        at: the time of day at which one is due, by the clock of ``zone``.
        may_delete: whether the clock is believed; while it is not, no backup is too old.
    """

    name = "backup"
    every_s = 300.0

    def __init__(
        self,
        storage: RemoteStorage,
        tables: BackupTables,
        packer: BackupPacker,
        evidence: EvidenceDesk,
        clock: Clock,
        at: time,
        zone: tzinfo,
        may_delete: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_delete = may_delete
        self._storage = storage
        self._tables = tables
        self._packer = packer
        self._evidence = evidence
        self._clock = clock
        self._at = at
        self._zone = zone
        self._wanted = False

    @property
    def attention(self) -> Sequence[str]:
        """How old the newest one is, a check of the box's health tells (``machine_health.judge_backup``)."""
        return ()

    def ask_for_one(self) -> None:
        """At the next run, whatever the time. Any thread."""
        self._wanted = True

    def run(self, now_ms: int) -> None:
        """Raises StorageAway, StorageError or ServiceAway when it could not be made; it is tried again."""
        destination = self._storage.identity
        last_ms = self._tables.last_verified_ms(destination)
        wanted, self._wanted = self._wanted, False  # what is asked for from here on is another one
        due = wanted or last_ms < last_due(self._at, now_ms, self._zone)
        if due:
            try:
                self._make(destination, now_ms)
            except EarmarkError:
                self._wanted = self._wanted or wanted
                raise
        newest_ms = self._tables.last_verified_ms(destination)
        if self._may_delete():
            delete_lapsed(self._storage, self._tables, self._clock, now_ms, newest_ms, look=due)

    def _make(self, destination: str, now_ms: int) -> None:
        name = self._free_name(destination, now_ms)
        self._packer.discard()
        packed = self._packer.pack(name, now_ms)
        try:
            self._tables.note_begun(destination, name, now_ms)
            send_backup(self._storage, packed)
            subject = {"backup": name, "sha256": packed.sha256, "bytes": str(packed.size), ENTRY_ID: name}
            known = {"keyslots": str(packed.keyslots), "erasures": str(packed.erasures)}
            self._evidence.enter(BACKUP_MADE, subject | known | {LINES: str(packed.evidence_lines)})
            self._tables.note_verified(destination, name, self._clock.wall_ms())
            _LOG.info("backup %s is made, with %d keyslots", name, packed.keyslots)
        finally:
            self._packer.discard()

    def _free_name(self, destination: str, begun_ms: int) -> str:
        """Names tell seconds: a second backup of one second is called by the next: none may take another's place."""
        taken = frozenset(self._tables.kept(destination))
        return next(name for name in map(backup_name, count(begun_ms, 1000)) if name not in taken)


def send_backup(storage: RemoteStorage, packed: PackedBackup) -> None:
    """Raises StorageAway, StorageError: it does not lie there."""
    name = packed.path.name
    uploaded = storage.upload({name: packed.path})
    if name not in uploaded.verified:
        raise StorageAway(
            f"The backup did not reach {storage.shown}: {uploaded.problem}.",
            "It is tried again by itself. If it goes on: earmark backup list says whether the storage answers.",
        )


def delete_lapsed(
    storage: RemoteStorage, tables: BackupTables, clock: Clock, now_ms: int, newest_ms: int, *, look: bool
) -> None:
    """Whose time is over; never what was begun with or after the newest backup that is whole (``newest_ms``).

    Args:
        look: at what lies there, for some that nobody here knows of any more, as after a restore; otherwise only where
            one that is known has lapsed.
    """
    destination, limit_ms = storage.identity, now_ms - BACKUP_DAYS * _DAY_MS
    kept = tables.kept(destination)
    if not look and not any(_is_old(name, limit_ms, newest_ms) for name in kept):
        return
    found = {file.name for file in storage.listed()}
    for name in sorted({*kept, *found}):
        if _is_old(name, limit_ms, newest_ms):
            if name in found:
                storage.delete(name)
            tables.note_deleted(destination, name, clock.wall_ms())
            _LOG.info("backup %s is deleted: its time is over", name)


def _is_old(name: str, limit_ms: int, keep_ms: int) -> bool:
    """Whether a backup's time is over. Names tell seconds: the newest whole one is of the same or a later second."""
    begun_ms = read_sent_name(name)
    return begun_ms is not None and begun_ms < limit_ms and begun_ms < keep_ms // 1000 * 1000
