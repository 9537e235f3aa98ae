"""What is kept of the recipients, besides people: the sealed office keys, and which recipients the evidence knows."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinydb import TinyDB
from tinydb.table import Document, Table

from firmware.adapters.settings.atomic_storage import AtomicStorage, locked
from firmware.core.errors import StorageError
from firmware.core.people import SealedOfficeKey

_ONLY = 1


class RecipientsFile:
    """``RecipientsStore`` over ``state/recipients.json``.

    Every method raises StorageError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def office_keys_for_recovery(self) -> tuple[SealedOfficeKey, ...]:
        kept = self._read("for_recovery").get("office_keys", [])
        try:
            return tuple(SealedOfficeKey(int(each["epoch"]), b64decode(each["blob"])) for each in kept)
        except (KeyError, ValueError) as error:
            raise StorageError(
                f"{self._path} is damaged: a sealed key lacks or garbles {error}.",
                "Put it back from a backup of the state folder.",
            ) from error

    def set_office_keys_for_recovery(self, sealed: tuple[SealedOfficeKey, ...]) -> None:
        shown = [{"epoch": key.epoch, "blob": b64encode(key.blob).decode("ascii")} for key in sealed]
        self._write("for_recovery", {"office_keys": shown})

    def noted(self) -> tuple[str, int]:
        kept = self._read("noted")
        return str(kept.get("digest", "")), int(kept.get("since_ms", 0))

    def note(self, digest: str, since_ms: int) -> None:
        self._write("noted", {"digest": digest, "since_ms": since_ms})

    def _read(self, name: str) -> Mapping[str, Any]:
        document = self._table(name).get(doc_id=_ONLY)
        return dict(document) if isinstance(document, dict) else {}

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        with locked(self._path):
            self._table(name).upsert(Document(content, doc_id=_ONLY))

    def _table(self, name: str) -> Table:
        return TinyDB(self._path, storage=AtomicStorage).table(name, cache_size=0)
