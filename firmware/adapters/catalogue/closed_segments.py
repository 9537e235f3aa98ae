"""The rows of sealed files that should be in the store, unchanged, at this moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Engine, Select, exists, func, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.schema import erasures, segments
from firmware.core.entered_files import SegmentName
from firmware.ports.catalogue import SegmentRow

_MOST_AT_ONCE = 400


class ClosedSegmentRows:
    """The ``ClosedSegments`` over an engine. Any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def count(self) -> int:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(segments)).scalar_one())

    def after(self, name: SegmentName, most: int) -> Sequence[SegmentRow]:
        row = segments.c
        return self._read(_closed().where(tuple_(row.recording_id, row.n) > name).limit(most))

    def those(self, names: Iterable[SegmentName]) -> Sequence[SegmentRow]:
        wanted, found = sorted(names), []
        for first in range(0, len(wanted), _MOST_AT_ONCE):
            part = wanted[first : first + _MOST_AT_ONCE]
            found += self._read(_closed().where(tuple_(segments.c.recording_id, segments.c.n).in_(part)))
        return found

    def _read(self, statement: Select[tuple[object, ...]]) -> list[SegmentRow]:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return [SegmentRow(**row._mapping) for row in connection.execute(statement)]


def _closed() -> Select[tuple[object, ...]]:
    return select(segments).where(segments.c.state != "open", ~_being_erased()).order_by("recording_id", "n")


def _being_erased() -> ColumnElement[bool]:
    return exists(select(1).where(erasures.c.recording_id == segments.c.recording_id))
