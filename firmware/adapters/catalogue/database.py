"""Opening the catalogue's file, for writing or for reading only, and naming what can be wrong with it.

Statements' parameters are hidden from errors: numbers are among them, and an error may end up in a log.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from firmware.adapters.catalogue.revision import BUSY_TIMEOUT_S, LATEST_REVISION, connect_for_reading
from firmware.adapters.store.durable_files import common_mode, make_folders
from firmware.core.errors import DamagedCatalogue, StorageError, StorageFull

_NO_CATALOGUE = (
    "If the data disk is locked or missing, unlock it or plug it in. The recorder makes it at its first start."
)
_BROUGHT_UP_TO_DATE = (
    "The recorder is bringing it up to date, which may take minutes, and records calls meanwhile: wait. If it does not "
    "run, start it: earmark recorder."
)
_MIGRATIONS = Path(__file__).with_name("migrations")


@contextlib.contextmanager
def catalogue_errors(path: Path) -> Iterator[None]:
    """Turn the database's errors into ours."""
    try:
        yield
    except IntegrityError:
        raise  # the program's mistake, nobody else's
    except SQLAlchemyError as error:
        what = str(getattr(error, "orig", None) or error)
        if "full" in what:
            raise StorageFull(
                f"There is no room left for the catalogue {path}.", "Free space on the data disk."
            ) from error
        if "no such column" in what or "no such table" in what:
            raise StorageError(
                f"The catalogue {path} is still that of an older program.", _BROUGHT_UP_TO_DATE
            ) from error
        if isinstance(error, OperationalError) and "malformed" not in what:
            raise StorageError(
                f"The catalogue {path} cannot be opened or written: {what}.",
                "Let the recorder's user own the data folder (chown), and mount its disk for writing.",
            ) from error
        if isinstance(error, DatabaseError):
            raise DamagedCatalogue(
                f"The catalogue {path} is damaged: {what}.",
                "Recordings are untouched. Put catalogue.db back from a backup; or stop the recorder, move it "
                "and its -wal and -shm files away, and start it to go on with an empty list.",
            ) from error
        raise


def open_for_writing(path: Path) -> Engine:
    """The engine of the one writer, with the schema brought up to date.

    Raises:
        StorageError: the file cannot be made or written.
        DamagedCatalogue: it is not a sound database, or newer than this program.
    """
    with catalogue_errors(path):
        _make_private(path)
        engine = _writing_engine(path)
        try:
            with engine.begin() as connection:
                _bring_up_to_date(connection, path)
        except BaseException:
            engine.dispose()
            raise
        return engine


def open_beside_the_recorder(path: Path) -> Engine:
    """The engine of another process that writes tables of its own (``schema`` says whose they are). It never changes
    the schema: only the recorder does, when it starts.

    Raises:
        StorageError: there is no catalogue, or it is still that of an older program.
        DamagedCatalogue: it is not a sound database.
    """
    if not path.exists():
        raise StorageError(f"There is no catalogue {path} yet.", _NO_CATALOGUE)
    with catalogue_errors(path):
        engine = _writing_engine(path)
        with engine.connect() as connection:
            found = _revision(connection)
    if found != LATEST_REVISION:
        engine.dispose()
        raise StorageError(
            f"The catalogue {path} has schema {found}, and this program needs {LATEST_REVISION}.",
            _BROUGHT_UP_TO_DATE,
        )
    return engine


class OpenedWhenNeeded:
    """``open_beside_the_recorder`` at the first call: the recorder makes the catalogue, and may start later. Another
    file in its place, as a rebuilt one is, is opened anew. Any thread.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: Engine | None = None
        self._file: tuple[int, int] | None = None

    def __call__(self) -> Engine:
        """Raises as ``open_beside_the_recorder`` does; it is then tried again the next time."""
        with self._lock:
            file = _file_of(self._path)
            if self._opened is None or file != self._file:
                self._dispose()
                self._opened = open_beside_the_recorder(self._path)
                self._file = file
            return self._opened

    def close(self) -> None:
        """The next call opens it anew."""
        with self._lock:
            self._dispose()

    def _dispose(self) -> None:
        if self._opened is not None:
            self._opened.dispose()
            self._opened = None


def _file_of(path: Path) -> tuple[int, int] | None:
    """By what two files of one name are told apart; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_for_reading(path: Path) -> Engine:
    """An engine that cannot write.

    Raises:
        StorageError: there is no catalogue.
    """
    if not path.exists():
        raise StorageError(f"There is no catalogue {path} yet.", _NO_CATALOGUE)
    return create_engine(
        "sqlite://", creator=lambda: connect_for_reading(path), poolclass=NullPool, hide_parameters=True
    )


def _writing_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S}, hide_parameters=True)
    event.listen(engine, "connect", _configure_writer)
    return engine


def _make_private(path: Path) -> None:
    """SQLite would make the file as open as the umask allows."""
    try:
        make_folders(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, common_mode(path.parent)))
    except OSError as error:
        raise StorageError(
            f"The catalogue {path} cannot be opened or written: {error.strerror}.",
            "Let the recorder's user own the data folder (chown), and mount its disk for writing.",
        ) from error


def _configure_writer(connection: Any, _record: object) -> None:
    # secure_delete: what is erased is overwritten with zeros, not only forgotten.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _bring_up_to_date(connection: Connection, path: Path) -> None:
    revision = _revision(connection)
    if revision == LATEST_REVISION:
        return
    if revision is not None and str(revision) > LATEST_REVISION:
        raise DamagedCatalogue(
            f"The catalogue {path} was written by a newer program (schema {revision}, not {LATEST_REVISION}).",
            "Install the newer program again.",
        )
    from alembic import command
    from alembic.config import Config

    # All or nothing: SQLite would commit each change of the schema by itself, and a kill leave half of them.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found
