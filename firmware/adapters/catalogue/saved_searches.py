"""People's saved searches, in the catalogue: numbers and names are among what they look for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import saved_searches
from firmware.ports.saved_searches import SavedSearch


class SavedSearchTable:
    """``SavedSearchStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def searches(self, person_id: str) -> Sequence[SavedSearch]:
        row = saved_searches.c
        theirs = select(row.name, row.query).where(row.person_id == person_id).order_by(row.name)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [SavedSearch(each.name, json.loads(each.query)) for each in connection.execute(theirs)]

    def everybodys(self) -> Sequence[tuple[str, str, int]]:
        row = saved_searches.c
        with catalogue_errors(self._path), self._engine().connect() as connection:
            found = connection.execute(select(row.person_id, row.name, row.saved_at_ms))
            return [(person_id, name, saved_at_ms) for person_id, name, saved_at_ms in found]

    def put(self, person_id: str, search: SavedSearch, at_ms: int) -> None:
        values = {"person_id": person_id, "name": search.name, "query": json.dumps(search.query), "saved_at_ms": at_ms}
        statement = insert(saved_searches).values(values)
        again = statement.on_conflict_do_update(index_elements=["person_id", "name"], set_=values)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(again)

    def remove(self, person_id: str, name: str) -> bool:
        row = saved_searches.c
        this = delete(saved_searches).where(row.person_id == person_id, row.name == name)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            return connection.execute(this).rowcount > 0
