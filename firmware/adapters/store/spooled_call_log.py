"""Rows of the call log while the data disk is away: sealed as the spool's other rows are, since they name people.

``call-log/<number>`` in the spool is one sealed batch. Where no data disk ever was there is no key to seal to: then the
rows are refused, and whoever brings them keeps them in memory.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence

from firmware.adapters.sealing.spool_seal import open_sealed, seal
from firmware.adapters.store.durable_files import make_folders, replace_file, storage_errors, sync_folder
from firmware.core.call_log import LogRow
from firmware.core.errors import StorageError, StorageFull
from firmware.core.home import Home

_LOG = logging.getLogger(__name__)
_MOST_BATCHES = 20_000  # weeks of a busy office, and less than 100 MB


class SpooledCallLog:
    """Any thread. Every method raises StorageError."""

    def __init__(self, home: Home) -> None:
        self._folder = home.spool / "call-log"
        self._public_file, self._secret_file = home.spool_public_key, home.spool_key
        self._guard = threading.Lock()

    def keep(self, rows: Sequence[LogRow]) -> None:
        """Durable on return."""
        with self._guard:
            if not self._public_file.exists():
                raise StorageError(
                    "The data disk is not there, and never was: rows of the call log cannot be sealed.",
                    "Plug it in or unlock it.",
                )
            with storage_errors("made", self._folder):
                make_folders(self._folder)
            numbers = self._numbers()
            if len(numbers) >= _MOST_BATCHES:
                raise StorageFull("The spool is full of the call log.", "Plug the data disk in or unlock it.")
            content = json.dumps([row.to_json() for row in rows]).encode()
            number = numbers[-1] + 1 if numbers else 1
            replace_file(self._folder / str(number), seal(content, self._public_file.read_bytes()))

    def take_in(self, take: Callable[[Sequence[LogRow]], object]) -> int:
        """Hand what waits to ``take``, oldest first; what it took is removed. Returns how many rows that were."""
        count = 0
        with self._guard:
            for number in self._numbers():
                path = self._folder / str(number)
                with storage_errors("read", path):
                    content = open_sealed(path.read_bytes(), self._secret_file.read_bytes())
                rows = _rows(content)
                take(rows)
                with storage_errors("removed", path):
                    path.unlink(missing_ok=True)
                    sync_folder(self._folder)
                count += len(rows)
        return count

    def waits(self) -> bool:
        return bool(self._numbers())

    def _numbers(self) -> list[int]:
        with storage_errors("read", self._folder):
            names = [path.name for path in self._folder.glob("*")] if self._folder.exists() else []
        return sorted(int(name) for name in names if name.isdigit())


def _rows(content: bytes | None) -> list[LogRow]:
    """None and what is damaged: sealed to another disk's key, and lost."""
    try:
        return [LogRow.from_json(each) for each in json.loads(content or b"")]
    except ValueError:
        _LOG.error("rows of the call log that waited in the spool cannot be opened; they are lost")
        return []
