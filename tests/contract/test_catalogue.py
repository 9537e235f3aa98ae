"""The catalogue: what the recorder saves is what the pages find, and it survives what happens to files."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from firmware.adapters.catalogue import database
from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.schema import metadata, recordings
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_record import (
    OPTED_OUT,
    CallRecord,
    Hold,
    LegReport,
    Notice,
    Party,
    PartyChange,
    Pause,
)
from firmware.core.errors import DamagedCatalogue, StorageError
from firmware.ports.catalogue import RecordingState, SaveRecording, SaveSegment, SegmentRow

MIGRATIONS = Path(database.__file__).with_name("migrations")
BEGAN_MS = 1_772_000_000_000


def record(number: int, far: Party | None = None) -> CallRecord:
    return CallRecord(
        recording_id=f"{number:032x}",
        call_id=f"call-{number}",
        line="main",
        direction="inbound" if number % 2 else "outbound",
        far_party=far or Party(f"+4479460001{number:02d}"),
        office_party=Party("202"),
        started_at_ms=BEGAN_MS + number * 60_000,
        decided_by="the line records always",
        notice=Notice("call-recorded", "far_party", BEGAN_MS, BEGAN_MS + 3000, True),
        legs=(LegReport("far_party", "PCMA/8000", 100, 1, 0, 40.0),),
    )


def saved(call: CallRecord, state: RecordingState = "complete") -> SaveRecording:
    return SaveRecording(call.recording_id, call.started_at_ms, state, call, 61_000, 250, 0, 7)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "catalogue.db"


@pytest.fixture
def writer(file: Path) -> Iterator[SqliteCatalogueWriter]:
    made = SqliteCatalogueWriter(file)
    yield made
    made.close()


@pytest.fixture
def reader(writer: SqliteCatalogueWriter, file: Path) -> Iterator[CatalogueReader]:
    made = CatalogueReader(file)
    yield made
    made.close()


def test_what_was_saved_is_found(writer: SqliteCatalogueWriter, reader: CatalogueReader) -> None:
    call = record(1)
    segment = SegmentRow(
        call.recording_id, 0, "recordings/2026/02/25/x.0.ear", 0, 480, 5000, "closed", "aa", "bb", "cc"
    )
    writer.apply([saved(call), SaveSegment(segment)])
    row = reader.recording(call.recording_id)
    assert row is not None
    assert (row.far_party, row.far_number, row.office_party) == ("+447946000101", "+447946000101", "202")
    assert (row.state, row.duration_s, row.not_taken_s, row.segments) == ("complete", 61.0, 0.25, 1)
    assert row.started_at == datetime.fromtimestamp(call.started_at_ms / 1000, tz=UTC)
    assert row.notice is not None
    assert row.notice["prompt"] == "call-recorded"
    assert row.legs[0].codec == "PCMA/8000"
    assert reader.segments(call.recording_id) == [segment]
    assert reader.recording("f" * 32) is None


def test_a_withheld_caller_has_no_number_in_the_file(writer: SqliteCatalogueWriter, file: Path) -> None:
    hidden = Party("+441632960123", "withheld", "+441632960123", "A. Caller")
    writer.apply([saved(record(1, hidden))])
    writer.close()
    reader = CatalogueReader(file)
    row = reader.recordings()[0]
    reader.close()
    assert (row.far_party, row.far_number) == ("withheld", None)
    assert b"960123" not in file.read_bytes()


@pytest.mark.parametrize("typed", ["000107", "07946 000107", "+44 7946 000107", "00447946000107", "447946000107"])
def test_a_number_is_found_in_any_form(writer: SqliteCatalogueWriter, reader: CatalogueReader, typed: str) -> None:
    writer.apply([saved(record(number)) for number in range(1, 20)])
    assert [row.id for row in reader.recordings(RecordingQuery(number=typed))] == [record(7).recording_id]


@pytest.mark.parametrize("typed", ["94600010", "079460001 07", "4600010", "1 07", "+44 7946 0001"])
def test_part_of_a_number_is_found_wherever_it_is(
    writer: SqliteCatalogueWriter, reader: CatalogueReader, typed: str
) -> None:
    writer.apply([saved(record(1, Party("07000999888"))), saved(record(7)), saved(record(2, Party(None, "withheld")))])
    assert [row.id for row in reader.recordings(RecordingQuery(number=typed))] == [record(7).recording_id]


@pytest.mark.parametrize("typed", ["07700900123", "+44 7700 900123", "900123", "204", "202"])
def test_a_call_is_found_by_the_number_of_whoever_joined_it_later(
    writer: SqliteCatalogueWriter, reader: CatalogueReader, typed: str
) -> None:
    joined = (
        PartyChange(BEGAN_MS + 1000, "office", Party("204"), "attended transfer"),
        PartyChange(BEGAN_MS + 2000, "office", Party("+447700900123"), "blind transfer"),
        PartyChange(BEGAN_MS + 2000, "far_party", Party(presentation="withheld"), "blind transfer"),
    )
    writer.apply([saved(replace(record(1), parties=joined)), saved(replace(record(2), office_party=Party("299")))])
    assert [row.call_id for row in reader.recordings(RecordingQuery(number=typed))] == ["call-1"]


def test_a_transfer_told_anew_or_taken_out_of_the_row_leaves_no_number_behind(
    writer: SqliteCatalogueWriter, reader: CatalogueReader, file: Path
) -> None:
    def found(number: str) -> int:
        return len(reader.recordings(RecordingQuery(number=number)))

    first, second = (
        saved(replace(record(1), parties=(PartyChange(BEGAN_MS + 1000, "office", Party(number), "blind transfer"),)))
        for number in ("204", "205")
    )
    writer.apply([first])
    assert found("204") == 1
    writer.apply([second])
    assert (found("204"), found("205")) == (0, 1)
    writer.apply([saved(record(1))])
    assert found("205") == 0
    writer.apply([second])
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE recordings SET parties = '[]'")
    assert found("205") == 0


def test_transfers_of_before_are_found_once_the_catalogue_is_brought_up_to_date(file: Path) -> None:
    change = PartyChange(BEGAN_MS + 1000, "office", Party("+44 7700 900123"), "blind transfer")
    old = SqliteCatalogueWriter(file)
    old.apply([saved(replace(record(1), parties=(change,)))])
    old.close()
    engine = open_for_writing(file)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    engine.dispose()
    SqliteCatalogueWriter(file).close()
    reader = CatalogueReader(file)
    assert [row.call_id for row in reader.recordings(RecordingQuery(number="07700 900123"))] == ["call-1"]
    reader.close()


def test_a_search_without_a_digit_finds_nothing(writer: SqliteCatalogueWriter, reader: CatalogueReader) -> None:
    writer.apply([saved(record(1))])
    assert reader.recordings(RecordingQuery(number="Smith")) == []


def test_pages_of_rows_follow_each_other_without_hole_or_repeat(
    writer: SqliteCatalogueWriter, reader: CatalogueReader
) -> None:
    same_moment = [replace(record(number), started_at_ms=BEGAN_MS) for number in range(30)]
    writer.apply([saved(call) for call in same_moment])
    seen: list[str] = []
    before = None
    while rows := reader.recordings(RecordingQuery(limit=7, before=before)):
        seen += [row.id for row in rows]
        before = rows[-1].cursor
    assert seen == [call.recording_id for call in reversed(same_moment)]


def test_filters_narrow_the_list(writer: SqliteCatalogueWriter, reader: CatalogueReader) -> None:
    writer.apply([saved(record(number)) for number in range(10)] + [saved(record(10), "recording")])
    start = datetime.fromtimestamp(BEGAN_MS / 1000, tz=UTC)
    query = RecordingQuery(started_from=start + timedelta(minutes=3), started_to=start + timedelta(minutes=6))
    assert len(reader.recordings(query)) == 3
    assert {row.direction for row in reader.recordings(RecordingQuery(direction="inbound"))} == {"inbound"}
    assert len(reader.recordings(RecordingQuery(state="recording"))) == 1
    assert reader.recordings(RecordingQuery(line="other")) == []


def test_saving_again_changes_the_row_and_keeps_what_is_not_said(
    writer: SqliteCatalogueWriter, reader: CatalogueReader
) -> None:
    call = record(1)
    writer.apply([saved(call, "recording")])
    assert [found.recording_id for found in writer.unfinished()] == [call.recording_id]
    writer.apply([SaveRecording(call.recording_id, call.started_at_ms, "interrupted", duration_ms=5000)])
    row = reader.recording(call.recording_id)
    assert row is not None
    assert (row.state, row.duration_s, row.far_number, row.not_taken_s) == ("interrupted", 5.0, "+447946000101", 0.25)
    assert not writer.unfinished()


def test_what_was_left_out_and_what_happened_in_the_call_is_in_its_row(
    writer: SqliteCatalogueWriter, reader: CatalogueReader
) -> None:
    call = replace(
        record(1),
        mode="pausable",
        pauses=(Pause(BEGAN_MS + 500, BEGAN_MS + 1000, BEGAN_MS + 9000, "desk", "202", "automatic"),),
        announcements=(Notice("reminder", "far_party", BEGAN_MS + 10_000),),
        holds=(Hold(BEGAN_MS + 20_000, None, "office"),),
        parties=(PartyChange(BEGAN_MS + 30_000, "office", Party("203", display_name="Ann"), "attended transfer"),),
        tags=("reminder given", "told caller"),
        started_on="on demand",
        extension="202",
    )
    writer.apply([replace(saved(call), paused_ms=8_500)])
    row = reader.recording(call.recording_id)
    assert row is not None
    assert (row.pauses, row.announcements, row.holds, row.parties) == (
        call.pauses,
        call.announcements,
        call.holds,
        call.parties,
    )
    assert (row.paused_s, row.tags, row.started_on, row.extension) == (8.5, call.tags, "on demand", "202")
    assert (row.opted_out, row.missing_s) == (False, 0.25)
    writer.apply([SaveRecording(call.recording_id, call.started_at_ms, "interrupted")])
    row = reader.recording(call.recording_id)
    assert row is not None
    assert (row.paused_s, row.pauses) == (8.5, call.pauses)


def test_reports_find_the_share_that_was_paused_opted_out_and_not_recorded(
    writer: SqliteCatalogueWriter, file: Path
) -> None:
    paused = replace(record(1), pauses=(Pause(BEGAN_MS, BEGAN_MS, BEGAN_MS + 5), Pause(BEGAN_MS + 9, BEGAN_MS + 9)))
    opted_out = replace(record(2), mode="never", tags=(OPTED_OUT,))
    writer.apply([saved(paused), saved(record(3)), saved(opted_out, "not_recorded")])
    found = sqlite3.connect(file).execute(
        "SELECT count(*), sum(pause_count > 0), sum(pause_count), sum(opted_out), sum(state = 'not_recorded')"
        " FROM recordings"
    )
    assert found.fetchone() == (3, 1, 2, 1, 1)


def test_a_call_that_was_not_recorded_is_listed_and_names_nobody_unless_they_asked(
    writer: SqliteCatalogueWriter, reader: CatalogueReader
) -> None:
    never = replace(record(1), mode="never").without_parties()
    opted_out = replace(record(2), mode="never", tags=(OPTED_OUT,))
    writer.apply([saved(never, "not_recorded"), saved(opted_out, "not_recorded")])
    newest, oldest = reader.recordings(RecordingQuery(state="not_recorded"))
    assert (oldest.far_party, oldest.office_party, oldest.far_number) == ("not kept", "not kept", None)
    assert (newest.far_party, newest.opted_out) == ("+447946000102", True)
    assert writer.unfinished() == []


def test_a_recording_whose_row_was_lost_is_listed_without_words(
    writer: SqliteCatalogueWriter, reader: CatalogueReader
) -> None:
    writer.apply([SaveRecording("ab" * 16, BEGAN_MS, "interrupted", duration_ms=1000)])
    row = reader.recording("ab" * 16)
    assert row is not None
    assert (row.far_party, row.direction, row.state) == ("unavailable", "unknown", "interrupted")


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
        tables = {name for name in seen.get_table_names() if not name.startswith("notes_search")}
        assert tables == {"alembic_version", *metadata.tables}
    engine.dispose()


def test_a_catalogue_of_the_first_program_keeps_its_figures(file: Path) -> None:
    engine = open_for_writing(file)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        row = {"id": "ab" * 16, "call_id": "1", "line": "main", "direction": "inbound", "started_at_ms": BEGAN_MS}
        row |= {"far_presentation": "available", "office_presentation": "available", "decided_by": "x", "mode": "x"}
        row |= {"retention_class": "standard", "state": "complete", "loss_ms": 40, "gap_ms": 500}
        notice = Notice("call-recorded", "far_party", BEGAN_MS, BEGAN_MS + 3000, True)
        row |= {"notice": json.dumps(asdict(notice))}
        columns = ", ".join(row)
        connection.execute(text(f"INSERT INTO recordings ({columns}) VALUES (:{', :'.join(row)})"), row)
    engine.dispose()
    reader = CatalogueReader(file)
    with pytest.raises(StorageError, match=r"older program.*Start the recorder"):
        reader.recordings()
    SqliteCatalogueWriter(file).close()
    (found,) = reader.recordings()
    reader.close()
    assert (found.not_taken_s, found.not_stored_s, found.missing_s) == (0.04, 0.5, 0.54)
    assert (found.announcements, found.pauses, found.paused_s) == ((notice,), (), 0)


def test_the_number_search_uses_its_index(writer: SqliteCatalogueWriter, file: Path) -> None:
    connection = sqlite3.connect(file)
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM recordings WHERE far_digits_reversed >= '7' AND far_digits_reversed < '7:'"
    ).fetchall()
    connection.close()
    assert "recordings_far_number" in str(plan)


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
