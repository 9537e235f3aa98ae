"""Where the book of setting up is kept."""

from __future__ import annotations

from typing import Protocol

from firmware.core.set_up_book import SetUpBook


class SetUpBookStore(Protocol):
    """Raises StorageError."""

    def read(self) -> SetUpBook: ...

    def keep(self, book: SetUpBook) -> None: ...
