"""Copies closed sealed recordings to the office's own storage, byte for byte, and keeps none there that is erased here.

A file counts as archived once it was looked at there after the upload. Whatever a cut leaves undone is found again at
the next round: what arrived is not sent twice, for storage and catalogue both know it. Keyslots never go there, so what
is erased here is noise there at once; it is removed because it takes room.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path

from firmware.core.archive_names import segment_name
from firmware.core.daily_window import DailyWindow
from firmware.core.errors import StorageAway
from firmware.core.evidence_chain import ENTRY_ID
from firmware.ports.archiving import ArchivedFile, ArchiveTables, ClosedSegment
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.ports.recording_store import StoredSegments
from firmware.ports.remote_storage import RemoteStorage

_LOG = logging.getLogger(__name__)
_BATCH = 100
_DAY_MS = 24 * 3_600_000
#: A call that lasts longer than this is archived at the next look at everything, a day later at most.
_LATEST_CLOSE_MS = 2 * _DAY_MS


class Archiving:
    """``KeeperTask``.

    Args:
        data: the folder that stored segments' paths are below.
        window: when recordings may be sent, by the clock of ``zone``.
    """

    name = "archive"
    every_s = 300.0

    def __init__(
        self,
        storage: RemoteStorage,
        tables: ArchiveTables,
        sealed: StoredSegments,
        data: Path,
        evidence: EvidenceDesk,
        clock: Clock,
        window: DailyWindow,
        zone: tzinfo,
    ) -> None:
        self._storage = storage
        self._tables = tables
        self._sealed = sealed
        self._data = data
        self._evidence = evidence
        self._clock = clock
        self._window = window
        self._zone = zone
        self._attention: tuple[str, ...] = ()
        self._looked_at_everything_ms = 0
        self._since_ms = 0

    @property
    def attention(self) -> Sequence[str]:
        return self._attention

    def run(self, now_ms: int) -> None:
        """Raises StorageAway when not all could be sent; what was is noted."""
        if not self._is_open(now_ms):
            return
        if now_ms - self._looked_at_everything_ms > _DAY_MS or now_ms < self._looked_at_everything_ms:
            self._since_ms, self._looked_at_everything_ms = 0, now_ms
        altered: list[str] = []
        try:
            self._send_all(altered)
        except StorageAway:
            self._looked_at_everything_ms = 0
            raise
        finally:
            self._attention = _shown(altered)
        self._remove_erased()

    def _send_all(self, altered: list[str]) -> None:
        destination, since_ms = self._storage.identity, self._since_ms
        passed_over = 0
        while self._is_open(self._clock.wall_ms()):
            batch = self._tables.waiting(destination, since_ms, _BATCH + passed_over)[passed_over:]
            if not batch:
                self._since_ms = max(0, self._clock.wall_ms() - _LATEST_CLOSE_MS)
                return
            sound = [each for each in batch if self._is_sound(each, altered)]
            passed_over += len(batch) - len(sound)
            self._send(destination, sound)

    def _is_sound(self, segment: ClosedSegment, altered: list[str]) -> bool:
        """Whether the file is still what the evidence says: damage must not take the place of a good copy elsewhere."""
        if not (self._data / segment.stored.path).exists():
            return False  # erased meanwhile, or missing: the scrub says which
        if self._sealed.digest(segment.stored).sha256 == segment.sha256:
            return True
        altered.append(segment.stored.path.name)
        return False

    def _send(self, destination: str, batch: Sequence[ClosedSegment]) -> None:
        files = [
            ArchivedFile(
                segment_name(each.stored.recording_id, each.stored.segment, each.started_at_ms),
                each.sha256,
                each.size,
                each.stored.recording_id,
                str(each.stored.path),
            )
            for each in batch
        ]
        uploaded = self._storage.upload({each.name: self._data / each.local_path for each in files})
        there = [each for each in files if each.name in uploaded.verified]
        if there:
            self._enter(destination, there)
            self._tables.note_archived(destination, there, self._clock.wall_ms())
            _LOG.info("%d sealed files are in the archive", len(there))
        if uploaded.problem:
            raise StorageAway(
                f"{len(files) - len(there)} of {len(files)} files did not reach {self._storage.shown}: "
                f"{uploaded.problem}.",
                "They are sent again by themselves. If it goes on: earmark archive test",
            )

    def _enter(self, destination: str, files: Sequence[ArchivedFile]) -> None:
        """One line for a batch; sent again after a kill, it is known by what it is of."""
        digest = digest_of(files)
        subject = {"destination": destination, "files": str(len(files)), "digests": digest}
        self._evidence.enter("archived", subject | {ENTRY_ID: f"archived-{digest[:32]}"})

    def _remove_erased(self) -> None:
        destination = self._storage.identity
        for name in self._tables.erased_there(destination, _BATCH):
            self._storage.delete(name)
            self._tables.forget_archived(destination, name)

    def _is_open(self, now_ms: int) -> bool:
        return self._window.is_open(datetime.fromtimestamp(now_ms / 1000, self._zone))


def digest_of(files: Sequence[ArchivedFile]) -> str:
    """SHA-256 over the lines of ``sha256sum`` for these files, sorted by name."""
    lines = "".join(f"{each.sha256}  {each.name}\n" for each in sorted(files, key=lambda file: file.name))
    return hashlib.sha256(lines.encode()).hexdigest()


def _shown(altered: Sequence[str]) -> tuple[str, ...]:
    if not altered:
        return ()
    return (
        f"{len(altered)} sealed files are not what the evidence log says and are not archived, the first is "
        f"{altered[0]}: run earmark verify.",
    )
