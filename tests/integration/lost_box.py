"""An office with real recordings, an archive and backups in folders: to be lost and restored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from firmware.adapters.archive.sealed_backup import SealedBackup, seal_people
from firmware.adapters.archive.sealed_keyslots import SealedKeyslots
from firmware.adapters.catalogue.archiving import ArchiveRows, BackupRows
from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.erasable_files import ErasableSegmentFiles
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.evidence_looks import erased_in_evidence, lines_at_backup
from firmware.adapters.store.evidence_pieces import EvidencePieces
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.office_storage import archive_storage, backup_storage
from firmware.cli.set_up.making import NewOffice, set_up_office
from firmware.config.archive_settings import ArchiveSettings
from firmware.config.settings_model import Settings
from firmware.core.access_policy import Role
from firmware.core.daily_window import DailyWindow
from firmware.core.home import Home
from firmware.services.archiving import Archiving
from firmware.services.backup import Backup
from firmware.services.checkpoint_courier import CheckpointCourier
from firmware.services.erasing import Erasing
from firmware.services.keyslot_backup import KeyslotBackup
from firmware.services.local_evidence import LocalEvidenceDesk
from tests.functional.kill_points import close


@dataclass
class OfficeToLose:
    """``storage`` is the office's own, a folder here, reached as ``remote`` says; the box's data folder is ``home``.
    ``made``: what set-up told.
    """

    home: Home
    storage: Path
    made: NewOffice = field(default_factory=lambda: NewOffice((), ""))
    recorded: list[str] = field(default_factory=list)
    remote: Mapping[str, str | int | bool] = field(default_factory=lambda: {"type": "local"})

    @property
    def settings(self) -> Settings:
        archive = ArchiveSettings(remote=dict(self.remote), path=str(self.storage / "archive"))
        return Settings(archive=archive, backup=Settings().backup.model_copy(update={"path": str(self.backups)}))

    @property
    def backups(self) -> Path:
        return self.storage / "backups"

    def record(self) -> str:
        """A call of three seconds, by the recorder's own parts."""
        lines = close.Lines()
        try:
            close.run(self.home.root, lines)
        finally:
            lines.ring.release()
        self.recorded.append(lines.record.recording_id)
        return lines.record.recording_id

    @contextmanager
    def desk(self) -> Iterator[LocalEvidenceDesk]:
        log = EvidenceFiles(self.home, load_device_key(self.home.device_key))
        details = SqliteCatalogueWriter(self.home.catalogue)
        try:
            yield LocalEvidenceDesk(log, details)
        finally:
            details.close()
            log.close()

    def archive(self) -> None:
        """Recordings, then the evidence with the line that says so."""
        storage = archive_storage(self.home, self.settings, "archiving")
        assert storage is not None
        with self.desk() as desk, self._catalogue() as engine:
            rows = ArchiveRows(engine, self.home.catalogue)
            sealed, clock = SegmentFilesReader(self.home), SystemClock()
            Archiving(storage, rows, sealed, self.home.data, desk, clock, DailyWindow(), UTC).run(clock.wall_ms())
        self.carry()

    def carry(self) -> None:
        """The evidence log and its checkpoints off the box."""
        storage = archive_storage(self.home, self.settings, "courier")
        assert storage is not None
        with self._catalogue() as engine:
            rows = ArchiveRows(engine, self.home.catalogue)
            courier = CheckpointCourier(storage, rows, EvidencePieces(self.home), self.home.keeper / "courier")
            courier.run(SystemClock().wall_ms())

    def back_up(self, at_ms: int = 0) -> None:
        storage, clock = backup_storage(self.home, self.settings, "backing-up"), SystemClock()
        assert storage is not None
        with self.desk() as desk, self._catalogue() as engine:
            packer = SealedBackup(self.home, lambda: seal_people(self.home))
            at = self.settings.backup.time_of_day
            task = Backup(storage, BackupRows(engine, self.home.catalogue), packer, desk, clock, at, UTC)
            task.ask_for_one()
            task.run(at_ms or clock.wall_ms())
        self.carry()

    def send_keyslots(self, at_ms: int = 0) -> None:
        """What the keeper does each hour."""
        storage, clock = backup_storage(self.home, self.settings, "keyslots-after"), SystemClock()
        assert storage is not None
        with self.desk() as desk, self._catalogue() as engine:
            whole, pieces = BackupRows(engine, self.home.catalogue), BackupRows(engine, self.home.catalogue, "keyslots")
            lines_at = partial(lines_at_backup, self.home.evidence)
            task = KeyslotBackup(storage, whole, pieces, SealedKeyslots(self.home), lines_at, desk, clock)
            task.run(at_ms or clock.wall_ms())

    def erase(self, recording: str, at_ms: int = 0) -> None:
        now_ms = at_ms or SystemClock().wall_ms()
        with self.desk() as desk, self._catalogue() as engine:
            with engine.begin() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO erasures (recording_id, started_at_ms, because, ordered_at_ms, state)"
                    " SELECT id, started_at_ms, 'request', 1, 'ordered' FROM recordings WHERE id = ?",
                    (recording,),
                )
            self._erasing(engine, desk).carry_out(now_ms)

    def settle(self, now_ms: int) -> str:
        """The state of the erasures, after the keeper looked at that time."""
        with self.desk() as desk, self._catalogue() as engine:
            self._erasing(engine, desk).carry_out(now_ms)
            with engine.begin() as connection:
                return ",".join(connection.exec_driver_sql("SELECT state FROM erasures").scalars())

    def _erasing(self, engine: Engine, desk: LocalEvidenceDesk) -> Erasing:
        rows = ErasureRows(engine, self.home.catalogue)
        erased = partial(erased_in_evidence, self.home.evidence)
        return Erasing(ErasableSegmentFiles(self.home), rows, desk, lambda: (), erased)

    @contextmanager
    def _catalogue(self) -> Iterator[Engine]:
        engine = open_beside_the_recorder(self.home.catalogue)
        try:
            yield engine
        finally:
            engine.dispose()


def office_to_lose(folder: Path) -> OfficeToLose:
    """With a director and a listener, whose pass phrases are in ``made``."""
    home = Home(folder / "box")
    people = (("director", Role.DIRECTOR), ("anna", Role.SERVICES_MANAGER))
    made = OfficeToLose(home, folder / "nas", set_up_office(home, Settings(), people, datetime.now(UTC)))
    made.home.keeper.mkdir(mode=0o700)
    return made
