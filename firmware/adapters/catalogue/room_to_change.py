"""Whether the disk has room for a change of the catalogue's form."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Connection, text

from firmware.core.errors import StorageFull

_MB = 1_000_000


def must_have_room(database: Connection, bytes_of_a_call: int) -> None:
    """Otherwise it would write for minutes, find the disk full, undo it all and begin again.

    Raises:
        StorageFull: it would not fit.
    """
    path = Path(database.execute(text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one())
    calls: int = database.execute(text("SELECT count(*) FROM recordings")).scalar_one()
    needed, free = calls * bytes_of_a_call, shutil.disk_usage(path.parent).free
    if free < needed:
        raise StorageFull(
            f"There is no room to bring the catalogue {path} up to date: {needed // _MB + 1} MB are needed, and "
            f"{free // _MB} MB are free.",
            "Put in a larger data disk; or go back to the version before, which can erase calls that need not be kept, "
            "and update again.",
        )
