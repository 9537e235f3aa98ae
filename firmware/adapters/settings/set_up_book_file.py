"""The book of setting up: a small file of the opener's, there whenever the box is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.errors import StorageError
from firmware.core.set_up_book import Said, SetUpBook, Word

#: Of what only a newer version knows, nothing is read.
_KNOWN = frozenset(each.value for each in Said)


class SetUpBookFile:
    """``SetUpBookStore``. One writer; the file is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> SetUpBook:
        try:
            return _book(orjson.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return SetUpBook()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StorageError(
                f"{self._path} cannot be read: {error}.",
                "Remove it: it holds no more than what was confirmed in the set-up guide, which the evidence has too.",
            ) from error

    def keep(self, book: SetUpBook) -> None:
        words = {what.value: asdict(word) for what, word in book.words.items()}
        kept = {"begun_at_ms": book.begun_at_ms, "aside": book.aside, "words": words}
        replace_file(self._path, orjson.dumps(kept), 0o600)


def _book(kept: Mapping[str, Any]) -> SetUpBook:
    words = {Said(what): Word(**word) for what, word in kept["words"].items() if what in _KNOWN}
    return SetUpBook(kept["begun_at_ms"], kept["aside"], words)
