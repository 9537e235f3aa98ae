"""The catalogue's part in the archive and the backups: what lies where, seen there with the keeper's own eyes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, and_, delete, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.schema import archived_files, backups, erasures, recordings, segments
from firmware.core.archive_names import RECORDINGS
from firmware.ports.archiving import ArchivedFile, ClosedSegment
from firmware.ports.recording_store import StoredSegment

#: A segment that is closed, or was cut off and will not be written again.
_FINISHED = ("closed", "cut")


class ArchiveRows:
    """``ArchiveTables`` over an engine. Any thread; reading needs one that reads only.

    What is archived is noted by its name in the archive, so that a segment is matched by its recording and number.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def waiting(self, destination: str, since_ms: int, most: int) -> Sequence[ClosedSegment]:
        there = exists(
            select(1).where(archived_files.c.destination == destination, archived_files.c.local_path == segments.c.path)
        )
        wanted = (
            select(
                segments.c.recording_id,
                segments.c.n,
                segments.c.path,
                segments.c.sha256,
                segments.c.bytes,
                recordings.c.started_at_ms,
            )
            .join(recordings, recordings.c.id == segments.c.recording_id)
            .where(
                recordings.c.started_at_ms >= since_ms,
                segments.c.state.in_(_FINISHED),
                segments.c.sha256 != "",
                ~there,
            )
            .order_by(recordings.c.started_at_ms, segments.c.recording_id, segments.c.n)
            .limit(most)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return [
                ClosedSegment(
                    StoredSegment(row.recording_id, row.n, Path(row.path)), row.started_at_ms, row.sha256, row.bytes
                )
                for row in connection.execute(wanted)
            ]

    def note_archived(self, destination: str, files: Sequence[ArchivedFile], at_ms: int) -> None:
        rows = [
            {
                "destination": destination,
                "path": each.name,
                "recording_id": each.recording_id or None,
                "local_path": each.local_path,
                "sha256": each.sha256,
                "bytes": each.size,
                "uploaded_at_ms": at_ms,
                "verified_at_ms": at_ms,
            }
            for each in files
        ]
        if rows:
            with catalogue_errors(self._path), self._engine.begin() as connection:
                connection.execute(insert(archived_files).on_conflict_do_nothing(), rows)

    def newest_name(self, destination: str, folder: str) -> str:
        row = archived_files.c
        newest = select(func.max(row.path)).where(
            row.destination == destination, row.path > f"{folder}/", row.path < f"{folder}0"
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return connection.execute(newest).scalar_one() or ""

    def erased_there(self, destination: str, most: int) -> Sequence[str]:
        row = archived_files.c
        names = (
            select(row.path)
            .join(erasures, and_(erasures.c.recording_id == row.recording_id, erasures.c.state != "ordered"))
            .where(row.destination == destination)
            .limit(most)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return list(connection.execute(names).scalars())

    def forget_archived(self, destination: str, name: str) -> None:
        row = archived_files.c
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(delete(archived_files).where(row.destination == destination, row.path == name))

    def counts(self, destination: str) -> tuple[int, int, int]:
        """Sealed files there, sealed files that wait, and when the last file of any kind was seen there (Unix ms)."""
        row = archived_files.c
        there = select(
            func.count().filter(row.path.startswith(f"{RECORDINGS}/")), func.coalesce(func.max(row.verified_at_ms), 0)
        ).where(row.destination == destination)
        finished = select(func.count()).where(
            segments.c.state.in_(_FINISHED),
            segments.c.sha256 != "",
            ~exists(select(1).where(row.destination == destination, row.local_path == segments.c.path)),
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            done, last_ms = connection.execute(there).one()
            return done, connection.execute(finished).scalar_one(), last_ms


class BackupRows:
    """``BackupTables`` over an engine. Any thread.

    Args:
        of: which, by how their names go on after the moment.
    """

    def __init__(self, engine: Engine, path: Path, of: Literal["backup", "keyslots"] = "backup") -> None:
        self._engine = engine
        self._path = path
        self._of_this_kind = backups.c.name.like(f"earmark-%.{of}%.age")

    def note_begun(self, destination: str, name: str, begun_at_ms: int) -> None:
        values = {"destination": destination, "name": name, "begun_at_ms": begun_at_ms}
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(insert(backups).values(values).on_conflict_do_nothing())

    def note_verified(self, destination: str, name: str, at_ms: int) -> None:
        self._set(destination, name, verified_at_ms=at_ms)

    def note_deleted(self, destination: str, name: str, at_ms: int) -> None:
        self._set(destination, name, deleted_at_ms=at_ms)

    def last_verified_ms(self, destination: str) -> int:
        newest = self._newest_verified(destination)
        return newest[1] if newest else 0

    def last_verified(self, destination: str) -> str:
        newest = self._newest_verified(destination)
        return newest[0] if newest else ""

    def kept(self, destination: str) -> Sequence[str]:
        row = backups.c
        names = select(row.name).where(row.destination == destination, row.deleted_at_ms.is_(None), self._of_this_kind)
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return list(connection.execute(names.order_by(row.begun_at_ms)).scalars())

    def _newest_verified(self, destination: str) -> tuple[str, int] | None:
        row = backups.c
        there = (row.destination == destination, row.verified_at_ms.is_not(None), row.deleted_at_ms.is_(None))
        newest = select(row.name, row.begun_at_ms).where(*there, self._of_this_kind).order_by(row.begun_at_ms.desc())
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(newest.limit(1)).one_or_none()
            return (found.name, found.begun_at_ms) if found else None

    def _set(self, destination: str, name: str, **values: int) -> None:
        of_it = (backups.c.destination == destination, backups.c.name == name)
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(update(backups).where(*of_it).values(values))
