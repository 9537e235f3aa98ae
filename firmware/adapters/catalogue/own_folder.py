"""The catalogue of an earlier version, brought to the folder that is now its own."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path

from firmware.adapters.store.durable_files import make_folders, storage_errors, sync_folder
from firmware.core.errors import DamagedCatalogue, StorageError

_LOG = logging.getLogger(__name__)


def bring_to_its_folder(before: Path, now: Path) -> None:
    """Move the file, if it still lies where the first versions had it; whole, whenever the power goes.

    Raises:
        StorageError: another process has it open, or it cannot be moved.
        DamagedCatalogue: it is not a sound database.
    """
    if now.exists() or not before.exists():
        return
    with storage_errors("moved", before):
        _gather(before)
        make_folders(now.parent)
        before.rename(now)
        sync_folder(now.parent)
        sync_folder(before.parent)
    _LOG.info("the catalogue lies at %s now", now)


def _gather(path: Path) -> None:
    """Everything into the one file: a write-ahead log that stayed behind would be lost."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"The catalogue {path} cannot be moved to its folder: {error}.",
            "Stop the other processes, then start again.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise DamagedCatalogue(
            f"The catalogue {path} is damaged: {error}.", "Recordings are untouched. Put it back from a backup."
        ) from error
