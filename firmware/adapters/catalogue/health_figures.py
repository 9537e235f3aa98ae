"""``HealthTables`` over the catalogue, read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from firmware.adapters.catalogue.database import catalogue_errors, open_for_reading
from firmware.adapters.catalogue.schema import archived_files, backups, recordings, trusted_clock
from firmware.core.archive_names import CHECKPOINTS
from firmware.core.call_record import NOT_RECORDED
from firmware.core.line_health import HeardCall, Unrecorded


class HealthFigures:
    """Each question opens the catalogue anew: it comes and goes with the data disk."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last_call_ms(self, line: str) -> int | None:
        with self._reading() as connection:
            asked = select(func.max(recordings.c.started_at_ms)).where(recordings.c.line == line)
            return _number(connection, asked)

    def heard(self, line: str, most: int) -> Sequence[HeardCall]:
        row = recordings.c
        asked = (
            select(row.duration_ms, row.paused_ms, row.far_speech_ms, row.office_speech_ms)
            .where(row.line == line, row.state == "complete", row.far_speech_ms.is_not(None))
            .order_by(row.started_at_ms.desc())
            .limit(most)
        )
        with self._reading() as connection:
            return [
                HeardCall(found.duration_ms - found.paused_ms, found.far_speech_ms, found.office_speech_ms)
                for found in connection.execute(asked)
            ]

    def lost_ms(self, since_ms: int) -> Mapping[str, tuple[int, int]]:
        row = recordings.c
        asked = (
            select(row.line, func.sum(row.not_taken_ms), func.sum(row.not_stored_ms))
            .where(row.started_at_ms >= since_ms)
            .group_by(row.line)
        )
        with self._reading() as connection:
            return {line: (taken, stored) for line, taken, stored in connection.execute(asked)}

    def unrecorded(self, since_ms: int) -> Mapping[str, Unrecorded]:
        row = recordings.c
        lately = row.started_at_ms >= since_ms
        left_out = (
            select(row.line, row.started_at_ms, row.end_cause)
            .where(lately, row.state == "not_recorded", row.end_cause.startswith(NOT_RECORDED))
            .order_by(row.started_at_ms)
        )
        recorded = select(row.line, func.max(row.started_at_ms)).where(lately, row.state != "not_recorded")
        found: dict[str, Unrecorded] = {}
        with self._reading() as connection:
            newest: dict[str, int] = dict(tuple(each) for each in connection.execute(recorded.group_by(row.line)))
            for line, at_ms, cause in connection.execute(left_out):
                count = found[line].count + 1 if line in found else 1
                found[line] = Unrecorded(count, cause.removeprefix(NOT_RECORDED), at_ms >= newest.get(line, 0))
        return found

    def backup_ms(self, destination: str) -> int | None:
        row = backups.c
        asked = select(func.max(row.verified_at_ms)).where(
            row.destination == destination, row.name.like("%.backup.age"), row.deleted_at_ms.is_(None)
        )
        with self._reading() as connection:
            return _number(connection, asked)

    def checkpoint_ms(self, destination: str) -> int | None:
        row = archived_files.c
        asked = select(func.max(row.verified_at_ms)).where(
            row.destination == destination, row.path.between(f"{CHECKPOINTS}/", f"{CHECKPOINTS}0")
        )
        with self._reading() as connection:
            return _number(connection, asked)

    def clock_doubt(self) -> str:
        with self._reading() as connection:
            return connection.execute(select(trusted_clock.c.doubt)).scalar_one_or_none() or ""

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        engine = open_for_reading(self._path)
        try:
            with catalogue_errors(self._path), engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


def _number(connection: Connection, asked: Select[Any]) -> int | None:
    found: int | None = connection.execute(asked).scalar_one()
    return found
