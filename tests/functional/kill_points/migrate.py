"""Bringing an old catalogue up to date, as the recorder does when it starts after an update."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import firmware.adapters.catalogue.database as database
from firmware.adapters.catalogue.own_folder import bring_to_its_folder
from firmware.adapters.catalogue.revision import LATEST_REVISION
from firmware.core.home import Home

OLDEST = "0001"
ROWS = 20


def prepare(home: Path) -> None:
    """A catalogue of the first version, with recordings in it, where the first versions had it."""
    catalogue = Home(home).catalogue_before_folders
    catalogue.parent.mkdir(parents=True)
    engine = create_engine(f"sqlite:///{catalogue}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        config = Config()
        config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
        config.attributes["connection"] = connection
        command.upgrade(config, OLDEST)
    engine.dispose()
    with closing(sqlite3.connect(catalogue)) as old, old:
        columns = old.execute("PRAGMA table_info(recordings)").fetchall()
        needed = [name for _, name, _, not_null, default, _ in columns if not_null and default is None]
        for number in range(ROWS):
            values = dict.fromkeys(needed, f"x{number}") | {"id": f"{number:032x}", "started_at_ms": number}
            values |= {"far_number": f"+44163296{number:04d}"}
            names, marks = ", ".join(values), ", ".join("?" * len(values))
            old.execute(f"INSERT INTO recordings ({names}) VALUES ({marks})", tuple(values.values()))


def run(home: Path, given: None) -> None:
    catalogue = Home(home).catalogue
    bring_to_its_folder(Home(home).catalogue_before_folders, catalogue)
    database.open_for_writing(catalogue).dispose()


def check(home: Path, given: None) -> list[str]:
    wrong = []
    fresh = home / "fresh.db"
    database.open_for_writing(fresh).dispose()
    with closing(sqlite3.connect(Home(home).catalogue)) as updated, closing(sqlite3.connect(fresh)) as new:
        (sound,) = updated.execute("PRAGMA integrity_check").fetchone()
        rows = updated.execute("SELECT count(*), count(DISTINCT far_number) FROM recordings").fetchone()
        at = updated.execute("SELECT version_num FROM alembic_version").fetchall()
        if sound != "ok":
            wrong.append(f"the database is not sound: {sound}")
        if rows != (ROWS, ROWS):
            wrong.append(f"rows are lost: {rows}")
        if at != [(LATEST_REVISION,)]:
            wrong.append(f"it stands at {at}")
        if _shape(updated) != _shape(new):
            wrong.append("it has other tables or indexes than a new one")
    return wrong


def _shape(catalogue: sqlite3.Connection) -> list[tuple[str, str]]:
    return catalogue.execute("SELECT type, name FROM sqlite_schema ORDER BY type, name").fetchall()
