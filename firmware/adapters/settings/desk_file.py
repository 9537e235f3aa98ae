"""The paired desks in TinyDB: one document a desk."""

from __future__ import annotations

from pathlib import Path

from tinydb import TinyDB, where
from tinydb.table import Table

from firmware.adapters.settings.atomic_storage import AtomicStorage, locked
from firmware.core.desk import Desk
from firmware.core.errors import StorageError


class DeskFile:
    """``DeskStore`` over ``state/desks.json``. Changes are durable when they return.

    Every method raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def desks(self) -> tuple[Desk, ...]:
        try:
            return tuple(Desk.from_json(dict(document)) for document in self._table().all())
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: a desk's entry lacks or garbles {error}.",
                "Put it back from a backup of the state folder, or remove it and pair the desks anew.",
            ) from error

    def put(self, desk: Desk) -> None:
        with locked(self._path):
            self._table().upsert(desk.to_json(), where("desk_id") == desk.desk_id)

    def remove(self, desk_id: str) -> bool:
        with locked(self._path):
            return bool(self._table().remove(where("desk_id") == desk_id))

    def _table(self) -> Table:
        return TinyDB(self._path, storage=AtomicStorage).table("desks", cache_size=0)
