"""What the recorder saves is what the pages find."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_record import OPTED_OUT, Hold, Mark, Notice, Party, PartyChange, Pause
from firmware.ports.catalogue import SaveRecording, SaveSegment, SegmentRow
from tests.contract.catalogue.rows import BEGAN_MS, record, saved


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
        marks=(Mark(BEGAN_MS + 35_000, "panel"),),
        tags=("reminder given", "told caller"),
        started_on="on demand",
        extension="202",
    )
    writer.apply([replace(saved(call), paused_ms=8_500)])
    row = reader.recording(call.recording_id)
    assert row is not None
    assert (row.pauses, row.announcements, row.holds, row.parties, row.marks) == (
        call.pauses,
        call.announcements,
        call.holds,
        call.parties,
        call.marks,
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


def test_the_number_search_uses_its_index(writer: SqliteCatalogueWriter, file: Path) -> None:
    connection = sqlite3.connect(file)
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM recordings WHERE far_digits_reversed >= '7' AND far_digits_reversed < '7:'"
    ).fetchall()
    connection.close()
    assert "recordings_far_number" in str(plan)
