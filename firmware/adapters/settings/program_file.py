"""The programs that may ask things of the box, and the web hooks it calls, in TinyDB: one document each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from tinydb import TinyDB, where
from tinydb.table import Table

from firmware.adapters.settings.atomic_storage import ForgetfulStorage, locked
from firmware.core.errors import StorageError
from firmware.core.program import Program
from firmware.core.web_hook import WebHook


class _Kept(Protocol):
    def to_json(self) -> dict[str, Any]: ...


_Entry = TypeVar("_Entry", bound=_Kept)


class _EntryFile(Generic[_Entry]):
    """One table of ``state/opener/programs.json``. Changes are durable when they return.

    Every method raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path, table: str, id_name: str, read: Callable[[dict[str, Any]], _Entry]) -> None:
        self._path = path
        self._name = table
        self._id_name = id_name
        self._read = read

    def all(self) -> tuple[_Entry, ...]:
        try:
            with locked(self._path):  # what is replaced is overwritten, for it holds secrets of web hooks
                return tuple(self._read(dict(document)) for document in self._table().all())
        except (KeyError, TypeError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: an entry lacks or garbles {error}.",
                "Remove it, and make the programs' tokens and web hooks anew.",
            ) from error

    def put(self, entry: _Entry) -> None:
        document = entry.to_json()
        with locked(self._path):
            self._table().upsert(document, where(self._id_name) == document[self._id_name])

    def remove(self, entry_id: str) -> bool:
        with locked(self._path):
            return bool(self._table().remove(where(self._id_name) == entry_id))

    def _table(self) -> Table:
        return TinyDB(self._path, storage=ForgetfulStorage).table(self._name, cache_size=0)


class ProgramFile(_EntryFile[Program]):
    """``ProgramStore``."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "programs", "program_id", Program.from_json)

    def programs(self) -> tuple[Program, ...]:
        return self.all()


class WebHookFile(_EntryFile[WebHook]):
    """``WebHookStore``."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "web_hooks", "hook_id", WebHook.from_json)

    def hooks(self) -> tuple[WebHook, ...]:
        return self.all()
