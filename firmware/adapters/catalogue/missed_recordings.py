"""What people said of missed recordings: the opener's table."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import literal, select
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import call_log, missed_explained


class MissedRecordings:
    """``MissedStore``. Any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def is_missed(self, row_id: str) -> bool:
        missed = select(call_log.c.id).where(call_log.c.id == row_id, call_log.c.state == "missed")
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(missed).first() is not None

    def explain(self, row_id: str, at_ms: int, person_id: str, person_name: str, because: str) -> None:
        there = select(call_log.c.id, literal(at_ms), literal(person_id), literal(person_name), literal(because)).where(
            call_log.c.id == row_id
        )
        columns = ["row_id", "explained_at_ms", "person_id", "person_name", "because"]
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(insert(missed_explained).from_select(columns, there).prefix_with("OR REPLACE"))

    def close(self) -> None:
        self._engine.close()
