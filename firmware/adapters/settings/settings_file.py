"""The settings document in TinyDB: one document, replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.table import Document, Table

from firmware.adapters.settings.atomic_storage import AtomicStorage, locked
from firmware.adapters.settings.missing_state import missing

_ONLY = 1
_REMEDY = "Put the file back from a backup of the state folder, or use: earmark settings import FILE"


class SettingsFile:
    """``SettingsStore`` over ``state/settings.json``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _table(self) -> Table:
        return TinyDB(self._path, storage=AtomicStorage).table("settings", cache_size=0)

    def read(self) -> dict[str, Any]:
        document = self._table().get(doc_id=_ONLY)
        if not isinstance(document, Document):
            raise missing(self._path, f"There are no settings at {self._path}.", _REMEDY)
        return dict(document)

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
