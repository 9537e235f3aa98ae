"""The settings document in TinyDB: one document, replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.table import Document, Table

from firmware.adapters.settings.atomic_storage import AtomicStorage, locked
from firmware.core.errors import NotSetUp

_ONLY = 1


class SettingsFile:
    """``SettingsStore`` over ``state/settings.json``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _table(self) -> Table:
        return TinyDB(self._path, storage=AtomicStorage).table("settings", cache_size=0)

    def read(self) -> dict[str, Any]:
        document = self._table().get(doc_id=_ONLY)
        if not isinstance(document, Document):
            raise NotSetUp(f"There are no settings at {self._path}.", self._remedy())
        return dict(document)

    def _remedy(self) -> str:
        """Setting up again is refused where there is an office, and would orphan its recordings."""
        if self._path.parent.is_dir():
            return "Put the file back from a backup of the state folder, or use: earmark settings import FILE"
        return "Set the box up with: earmark init"

    def replace(self, document: Mapping[str, Any]) -> None:
        table = self._table()
        with locked(self._path):
            if table.contains(doc_id=_ONLY):
                table.update(lambda old: _become(old, document), doc_ids=[_ONLY])
            else:
                table.insert(Document(dict(document), doc_id=_ONLY))


def _become(old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    if isinstance(old, dict):
        old.clear()
        old.update(new)
