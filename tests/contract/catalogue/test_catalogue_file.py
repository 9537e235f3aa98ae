"""The catalogue as a file: brought up to date, damaged, read only, left alone; and never half a change."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, inspect
from sqlalchemy.exc import IntegrityError, OperationalError

from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.catalogue.own_folder import bring_to_its_folder
from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.revision import revision_of
from firmware.adapters.catalogue.schema import metadata, recordings
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_record import Notice, Party, PartyChange
from firmware.core.errors import DamagedCatalogue, StorageError, StorageFull
from firmware.ports.catalogue import SaveSegment, SegmentRow
from tests.contract.catalogue.rows import BEGAN_MS, record, saved
from tests.old_catalogue import make_old


def test_transfers_of_before_are_found_once_the_catalogue_is_brought_up_to_date(file: Path) -> None:
    change = PartyChange(BEGAN_MS + 1000, "office", Party("+44 7700 900123"), "blind transfer")
    old = SqliteCatalogueWriter(file)
    old.apply([saved(replace(record(1), parties=(change,)))])
    old.close()
    make_old(file, "0006")
    SqliteCatalogueWriter(file).close()
    reader = CatalogueReader(file)
    assert [row.call_id for row in reader.recordings(RecordingQuery(number="07700 900123"))] == ["call-1"]
    reader.close()


@pytest.mark.parametrize("form", ["0019", "0022"])
def test_calls_of_before_get_the_words_they_would_have_got_when_they_began(file: Path, form: str) -> None:
    """More than are written at a time, and many that began in one second."""
    moments = [1000 * (number // 3) + number for number in range(700)] + [400_000 + number for number in range(600)]
    calls = [replace(record(number), started_at_ms=BEGAN_MS + at) for number, at in enumerate(moments)]
    words = "SELECT doc, recording_id, about, said FROM call_words ORDER BY doc"
    with contextlib.closing(SqliteCatalogueWriter(file)) as writer:
        writer.apply([saved(call) for call in calls])
    with contextlib.closing(sqlite3.connect(file)) as listed:
        before = listed.execute(words).fetchall()
    make_old(file, form)
    SqliteCatalogueWriter(file).close()
    with contextlib.closing(sqlite3.connect(file)) as listed:
        assert listed.execute(words).fetchall() == before
        found = listed.execute("SELECT count(*) FROM calls_search WHERE calls_search MATCH '202'")
        assert found.fetchone() == (len(calls),)


def test_all_changes_are_saved_or_none(writer: SqliteCatalogueWriter, reader: CatalogueReader) -> None:
    stray = SaveSegment(SegmentRow("cd" * 16, 0, "x", 0))
    with pytest.raises(IntegrityError):
        writer.apply([saved(record(1)), stray])
    assert reader.recordings() == []


def test_the_reader_cannot_write(writer: SqliteCatalogueWriter, file: Path) -> None:
    reader = CatalogueReader(file)
    with reader._engine.connect() as connection, pytest.raises(OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM recordings")
    reader.close()


def test_a_damaged_catalogue_is_named_with_what_to_do(file: Path) -> None:
    SqliteCatalogueWriter(file).close()
    file.write_bytes(b"not a database at all, just words" * 400)
    with pytest.raises(DamagedCatalogue, match=r"catalogue\.db is damaged.*backup"):
        SqliteCatalogueWriter(file)


def test_a_catalogue_of_a_newer_program_is_left_alone(file: Path) -> None:
    SqliteCatalogueWriter(file).close()
    connection = sqlite3.connect(file)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(DamagedCatalogue, match="newer program"):
        SqliteCatalogueWriter(file)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match=r"data"):
        SqliteCatalogueWriter(tmp_path / "data" / "catalogue.db")


def test_there_is_no_catalogue_before_the_recorder_made_one(file: Path) -> None:
    with pytest.raises(StorageError, match="at its first start"):
        CatalogueReader(file)


def test_migrations_lead_to_the_schema_that_the_code_uses(file: Path) -> None:
    engine = open_for_writing(file)
    with engine.connect() as connection:
        seen = inspect(connection)
        for table in metadata.sorted_tables:
            columns, indexes = seen.get_columns(table.name), seen.get_indexes(table.name)
            assert {column["name"] for column in columns} == {column.name for column in table.columns}
            assert {index["name"] for index in indexes} == {index.name for index in table.indexes}
        tables = {name for name in seen.get_table_names() if not name.startswith(("notes_search", "calls_search"))}
        assert tables == {"alembic_version", *metadata.tables}
    engine.dispose()


def test_a_catalogue_of_the_first_program_keeps_its_figures(file: Path) -> None:
    make_old(file, "0001")
    row = {"id": "ab" * 16, "call_id": "1", "line": "main", "direction": "inbound", "started_at_ms": BEGAN_MS}
    row |= {"far_presentation": "available", "office_presentation": "available", "decided_by": "x", "mode": "x"}
    row |= {"retention_class": "standard", "state": "complete", "loss_ms": 40, "gap_ms": 500}
    notice = Notice("call-recorded", "far_party", BEGAN_MS, BEGAN_MS + 3000, True)
    row |= {"notice": json.dumps(asdict(notice))}
    columns = ", ".join(row)
    with contextlib.closing(sqlite3.connect(file)) as old, old:
        old.execute(f"INSERT INTO recordings ({columns}) VALUES (:{', :'.join(row)})", row)
    reader = CatalogueReader(file)
    with pytest.raises(StorageError, match=r"older program.*recorder is bringing it up to date"):
        reader.recordings()
    SqliteCatalogueWriter(file).close()
    (found,) = reader.recordings()
    reader.close()
    assert (found.not_taken_s, found.not_stored_s, found.missing_s) == (0.04, 0.5, 0.54)
    assert (found.announcements, found.pauses, found.paused_s) == ((notice,), (), 0)


@pytest.mark.parametrize("form", ["0019", "0022"])
def test_a_catalogue_is_not_begun_to_be_brought_up_to_date_where_there_is_no_room_for_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    old = SqliteCatalogueWriter(file)
    old.apply([saved(record(number)) for number in range(3)])
    old.close()
    make_old(file, form)
    with monkeypatch.context() as nearly_full:
        nearly_full.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=6000))
        with pytest.raises(StorageFull, match=r"no room to bring .* up to date.*larger data disk"):
            SqliteCatalogueWriter(file)
    assert revision_of(file) == form
    with contextlib.closing(SqliteCatalogueWriter(file)), contextlib.closing(CatalogueReader(file)) as reader:
        assert len(reader.recordings(RecordingQuery(paused=False))) == 3


def test_a_failed_statement_does_not_tell_the_numbers_in_it(file: Path) -> None:
    engine = open_for_writing(file)
    with pytest.raises(IntegrityError) as failed, engine.begin() as connection:
        connection.execute(insert(recordings).values(id="02079460123"))
    engine.dispose()
    assert "02079460123" not in str(failed.value)


@contextlib.contextmanager
def without_the_right_to_write(folder: Path) -> Iterator[None]:
    """As the web process sees the data disk on the box: root, which may write anywhere, becomes somebody else."""
    folder.chmod(0o555)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)
        folder.chmod(0o755)


def test_a_reader_that_may_not_write_reads_while_the_recorder_runs_and_after_it_stopped() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "data"
        folder.mkdir(mode=0o755)
        writer = SqliteCatalogueWriter(folder / "catalogue.db")
        writer.apply([saved(record(1))])
        for left_behind in folder.iterdir():
            left_behind.chmod(0o644)
        with without_the_right_to_write(folder), contextlib.closing(CatalogueReader(folder / "catalogue.db")) as reader:
            assert len(reader.recordings()) == 1
        writer.close()
        with without_the_right_to_write(folder), contextlib.closing(CatalogueReader(folder / "catalogue.db")) as reader:
            assert len(reader.recordings()) == 1


def test_a_catalogue_of_the_first_versions_is_moved_to_its_own_folder_with_what_its_log_still_held(
    tmp_path: Path,
) -> None:
    before, now = tmp_path / "catalogue.db", tmp_path / "catalogue" / "catalogue.db"
    with contextlib.closing(SqliteCatalogueWriter(before)) as writer:
        writer.keep_detail("c" * 64, b"salt", {"name": "somebody"})
        shutil.copytree(tmp_path, tmp_path.with_name("killed"))  # the row is in the write-ahead log alone
    killed = tmp_path.with_name("killed")
    bring_to_its_folder(killed / "catalogue.db", killed / "catalogue" / "catalogue.db")
    bring_to_its_folder(killed / "catalogue.db", killed / "catalogue" / "catalogue.db")
    with contextlib.closing(sqlite3.connect(killed / now.relative_to(tmp_path))) as database:
        assert database.execute("SELECT count(*) FROM evidence_details").fetchone() == (1,)
    assert not list(killed.glob("catalogue.db*"))
