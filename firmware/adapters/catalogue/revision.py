"""Which form a catalogue has, and reading its file as it lies: also for who has no other use for the catalogue."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from urllib.parse import quote

#: Of the migrations: what this program makes of every catalogue.
LATEST_REVISION = "0023"
BUSY_TIMEOUT_S = 5.0


def revision_of(path: Path) -> str | None:
    """The form of a catalogue; None where it has none, or cannot be read. Whoever opens it says what is wrong."""
    if not path.exists():
        return None
    try:
        with contextlib.closing(connect_for_reading(path)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return str(found[0]) if found else None


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """A connection as the web process needs it, which may not write in the folder.

    SQLite reads a write-ahead-logged file through a ``-shm`` file that only a writer can make, and that the last one to
    close takes away. Without a log there is nothing but the file itself, and while this connection lasts it is read as
    it lies: hence a new connection for every question (0.6 ms).

    Raises:
        sqlite3.Error: it cannot be read.
    """
    name = f"file:{quote(str(path))}?mode=ro"
    connection = sqlite3.connect(name, uri=True, timeout=BUSY_TIMEOUT_S, check_same_thread=False)
    try:
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        return sqlite3.connect(f"{name}&immutable=1", uri=True, check_same_thread=False)
    except BaseException:
        connection.close()
        raise
    return connection
