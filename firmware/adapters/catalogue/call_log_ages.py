"""The keeper's end of the call log: rows whose time is over."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, delete, select

from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.erasing import cut_the_log
from firmware.adapters.catalogue.schema import call_log


class CallLogAges:
    """``LogAges`` over an engine that writes. Any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def oldest(self, most: int) -> Sequence[tuple[str, str, int]]:
        row = call_log.c
        alone = row.recording_id.is_(None)
        with catalogue_errors(self._path), self._engine.connect() as connection:
            classes = list(connection.execute(select(row.retention_class).where(alone).distinct()).scalars())
            found: list[tuple[str, str, int]] = []
            for name in classes:
                of_it = select(row.id, row.retention_class, row.started_at_ms).where(alone, row.retention_class == name)
                rows = connection.execute(of_it.order_by(row.started_at_ms).limit(most))
                found += [(each.id, each.retention_class, each.started_at_ms) for each in rows]
        return found

    def drop(self, row_ids: Sequence[str]) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(delete(call_log).where(call_log.c.id.in_(row_ids)))

    def wipe_traces(self) -> bool:
        return cut_the_log(self._engine, self._path)
