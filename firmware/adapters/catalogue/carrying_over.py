"""What only a catalogue knew (notes, holds, requests, cases, evidence details) goes over from an old file to a new one.

Sealed files and evidence log give back the recordings; the rest is as good as what can still be read of the old file,
table by table, or as the last backup.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from firmware.adapters.catalogue.schema import call_words, metadata, recordings, segments

_BY_PEOPLE = tuple(table.name for table in metadata.sorted_tables if table not in (recordings, segments, call_words))
#: What files do not know of recordings: set by people or the keeper since, or kept for the health of lines alone.
_SET_SINCE = ("retention_class", "expires_at_ms", "revises", "far_speech_ms", "office_speech_ms")


@dataclass
class CarriedOver:
    """Rows by table, and the tables of which nothing could be read."""

    rows: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


def carry_over(old: Path, new: Path) -> CarriedOver:
    """Copy into ``new``, a catalogue with its recordings in, whatever can be read of ``old``. Nobody else may use them.

    Raises:
        sqlite3.Error: the new file cannot be written.
    """
    carried = CarriedOver()
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        try:
            connection.execute("ATTACH DATABASE ? AS old", (str(old),))
        except sqlite3.DatabaseError:
            carried.unreadable += _BY_PEOPLE
            return carried
        _copy(connection, recordings.name, carried, "state = 'not_recorded'")  # these have no file
        for table in _BY_PEOPLE:
            _copy(connection, table, carried)
        _set_again(connection, carried)
        _fill_again(connection)
        connection.execute("DETACH DATABASE old")
        _drop_what_hangs_in_the_air(connection)
    finally:
        connection.close()
    return carried


def choose_again(catalogue: Path, chosen: Mapping[str, tuple[str, int]]) -> None:
    """Give recordings the classes, and the moments (Unix ms), that the evidence says were chosen by hand, unless the
    catalogue knows it. Nobody else may use it. Raises sqlite3.Error.
    """
    rows = [(recording, name, at_ms, recording) for recording, (name, at_ms) in chosen.items()]
    with closing(sqlite3.connect(catalogue)) as connection, connection:
        connection.executemany(
            "INSERT OR IGNORE INTO chosen_classes (recording_id, retention_class, chosen_at_ms)"
            " SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM recordings WHERE id = ?)",
            rows,
        )


def holds_missing(catalogue: Path, standing: Iterable[str]) -> int:
    """Of how many of these legal holds it does not know what they keep. Raises sqlite3.Error."""
    with closing(sqlite3.connect(catalogue)) as connection:
        known = {row[0] for row in connection.execute("SELECT DISTINCT hold_id FROM held_recordings")}
    return len(set(standing) - known)


def _copy(connection: sqlite3.Connection, table: str, carried: CarriedOver, condition: str = "1") -> None:
    """A column that one of the files does not have is left out: the old file may be that of an older program."""
    try:
        there = {row[1] for row in connection.execute(f"PRAGMA old.table_info({table})")}
        columns = ", ".join(column.name for column in metadata.tables[table].columns if column.name in there)
        if not columns:
            return
        statement = f"INSERT OR IGNORE INTO main.{table} ({columns}) SELECT {columns} FROM old.{table}"
        carried.rows[table] = connection.execute(f"{statement} WHERE {condition}").rowcount
    except sqlite3.DatabaseError:
        carried.unreadable.append(table)


def _set_again(connection: sqlite3.Connection, carried: CarriedOver) -> None:
    for column in _SET_SINCE:
        try:
            connection.execute(
                f"UPDATE main.recordings SET {column} = old.recordings.{column} FROM old.recordings"
                f" WHERE old.recordings.id = main.recordings.id AND old.recordings.{column} IS NOT NULL"
            )
        except sqlite3.DatabaseError:
            carried.unreadable.append(f"{recordings.name}.{column}")


def _fill_again(connection: sqlite3.Connection) -> None:
    """What recordings had from the PBX's call log, and do not know of themselves."""
    told = "FROM main.call_log AS log WHERE log.recording_id = main.recordings.id AND log.filled LIKE"
    connection.execute(
        "UPDATE main.recordings SET far_number = log.number, far_digits_reversed = log.digits_reversed,"
        f" far_presentation = 'available' {told} '%\"number\"%'"
        " AND main.recordings.far_number IS NULL AND main.recordings.far_presentation = 'unavailable'"
    )
    connection.execute(
        f"UPDATE main.recordings SET extension = log.extension {told} '%\"extension\"%'"
        " AND main.recordings.extension IS NULL"
    )


def _drop_what_hangs_in_the_air(connection: sqlite3.Connection) -> None:
    """Notes and the like about recordings that are not there any more."""
    for table, row_id, *_ in connection.execute("PRAGMA foreign_key_check").fetchall():
        connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (row_id,))
