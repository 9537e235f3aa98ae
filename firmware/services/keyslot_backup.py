"""Once an hour, the keyslots that were made since the last backup: a lost box costs an hour of calls, not a day's.

They go where the backups go, bear the numbers of the evidence lines that tell of them, and lapse as backups do. An hour
without any sends nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from firmware.core.archive_names import read_keyslots_name
from firmware.core.evidence_chain import ENTRY_ID
from firmware.core.vouched_log import BACKUP_MADE
from firmware.ports.archiving import BackupTables, KeyslotPacker
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.remote_storage import RemoteStorage
from firmware.services.backup import delete_lapsed, send_backup

_LOG = logging.getLogger(__name__)


class KeyslotBackup:
    """``KeeperTask``.

    Args:
        backups: what is known of whole backups; ``pieces``: of keyslots sent after one.
        lines_at: up to which line of evidence a backup went, by its name; None where nothing tells.
    """

    name = "keyslots off the box"
    every_s = 3600.0

    def __init__(
        self,
        storage: RemoteStorage,
        backups: BackupTables,
        pieces: BackupTables,
        packer: KeyslotPacker,
        lines_at: Callable[[str], int | None],
        evidence: EvidenceDesk,
        clock: Clock,
        may_delete: Callable[[], bool] = lambda: True,
    ) -> None:
        """``may_delete``: as that of ``Backup``."""
        self._may_delete = may_delete
        self._storage = storage
        self._backups = backups
        self._pieces = pieces
        self._packer = packer
        self._lines_at = lines_at
        self._evidence = evidence
        self._clock = clock

    @property
    def attention(self) -> Sequence[str]:
        return ()

    def run(self, now_ms: int) -> None:
        """Raises StorageAway, StorageError or ServiceAway when they could not be sent; it is tried again."""
        destination = self._storage.identity
        self._packer.discard()
        after = self._sent_up_to(destination)
        packed = None if after is None else self._packer.pack(after, now_ms)
        if packed is not None:
            name = packed.path.name
            try:
                self._pieces.note_begun(destination, name, now_ms)
                send_backup(self._storage, packed)
                subject = {"backup": name, "sha256": packed.sha256, "keyslots": str(packed.keyslots), ENTRY_ID: name}
                self._evidence.enter(BACKUP_MADE, subject)
                self._pieces.note_verified(destination, name, self._clock.wall_ms())
                _LOG.info("%d keyslots since the last backup are off the box", packed.keyslots)
            finally:
                self._packer.discard()
        if self._may_delete():
            newest_ms = self._backups.last_verified_ms(destination)
            delete_lapsed(self._storage, self._pieces, self._clock, now_ms, newest_ms, look=False)

    def _sent_up_to(self, destination: str) -> int | None:
        """The line of evidence; None: there is no backup yet that they could be sent after."""
        backup = self._backups.last_verified(destination)
        piece = read_keyslots_name(self._pieces.last_verified(destination))
        if piece is not None and piece.begun_at_ms >= self._backups.last_verified_ms(destination):
            return piece.last
        return self._lines_at(backup) if backup else None
