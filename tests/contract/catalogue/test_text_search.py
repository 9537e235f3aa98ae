"""Calls are found by all that is known of them in one search, whoever wrote it and whenever."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.adapters.catalogue.call_notes import NoteTable
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_record import CallRecord, Party, PartyChange, Pause
from firmware.ports.catalogue import RecordingState, SaveRecording
from firmware.ports.erasing import Erasure
from tests.contract.catalogue.rows import BEGAN_MS, record, saved

Find = Callable[..., list[str]]
MULLER = Party("020 7946 0123", display_name="Frau Müller-Lüdenscheidt")


@pytest.fixture
def find(reader: CatalogueReader) -> Find:
    def found(text: str = "", limit: int = 100, **asked: Any) -> list[str]:
        return [row.call_id for row in reader.recordings(RecordingQuery(limit=limit, text=text or None, **asked))]

    return found


def note(file: Path, call: CallRecord, words: str) -> None:
    NoteTable(file).add(call.recording_id, 1, "p", "alex", words)


TYPED = (
    *("muller", "MÜLL", "lüdenscheidt frau", "Jo", "reception", "recep 0123", "muller 7946"),
    *("0123", "020 7946 0123", "+44 20 7946 0123", "0044 (20) 7946-0123", "946012", "202", "204"),
    *("boiler", "boiler mull", "#urgent", "told caller"),
)


def test_a_word_is_found_by_however_much_of_its_beginning(writer: SqliteCatalogueWriter, find: Find) -> None:
    """FTS5 looks up to ten letters up by themselves, and goes through the words for more."""
    long = "donaudampfschiff"
    others = [Party("299", display_name=long[:end] + "x") for end in range(2, len(long))]
    called = [Party("298", display_name=f"Herr {long}"), *others]
    writer.apply([saved(record(number, each)) for number, each in enumerate(called)])
    for end in range(2, len(long) + 1):
        assert set(find(long[:end])) == {f"call-{number}" for number in (0, *range(end - 1, len(called)))}, long[:end]


@pytest.mark.parametrize("typed", TYPED)
def test_numbers_in_any_form_names_notes_and_tags_are_found_in_one_search(
    writer: SqliteCatalogueWriter, file: Path, find: Find, typed: str
) -> None:
    joined = (PartyChange(BEGAN_MS + 1000, "office", Party("204", display_name="Jo"), "attended transfer"),)
    office = Party("202", display_name="Reception")
    wanted = replace(record(1, MULLER), office_party=office, parties=joined, tags=("told caller",))
    other = replace(record(2, Party("07700900999", display_name="Mr Smith")), office_party=Party("299"))
    writer.apply([saved(other), saved(wanted)])
    note(file, wanted, "Asked about the boiler #urgent")
    assert find(typed) == ["call-1"]


def test_a_search_finds_what_is_now_known_and_no_longer_what_was_before(
    writer: SqliteCatalogueWriter, file: Path, find: Find
) -> None:
    call = record(1, Party("07700900111", display_name="Withers"))
    writer.apply([saved(call, "recording")])
    assert find("withers", paused=False) == ["call-1"]
    pause = Pause(BEGAN_MS + 60_500, BEGAN_MS + 61_000)
    writer.apply([saved(replace(call, far_party=MULLER, pauses=(pause,)))])
    note(file, call, "Refund")
    assert find("withers") == find("07700900111") == find("muller", paused=False) == []
    assert find("refund 0123", paused=True) == ["call-1"]
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE notes SET text = 'Paid'")
    assert (find("refund"), find("paid")) == ([], ["call-1"])


def test_an_erased_call_is_found_no_more_and_its_words_are_not_in_the_file(
    writer: SqliteCatalogueWriter, file: Path, find: Find
) -> None:
    gone, kept = record(1, replace(MULLER, display_name="Zschokke")), record(2, MULLER)
    writer.apply([saved(gone), saved(kept)])
    note(file, gone, "Quetzalcoatl #feathered")
    rows = ErasureRows(writer._engine, file)
    rows.forget([Erasure(gone.recording_id, gone.started_at_ms, "request")], 1, 2)
    assert rows.wipe_traces()
    assert find("zsch") == find("quetz") == []
    assert find("0123") == ["call-2"]
    left = b"".join(path.read_bytes() for path in file.parent.iterdir())
    for word in (b"schokke", b"etzalc", b"eathered"):
        assert word not in left.lower()


def test_what_narrows_a_list_goes_with_words_and_without(
    writer: SqliteCatalogueWriter, reader: CatalogueReader, file: Path, find: Find
) -> None:
    lengths = {1: 59_000, 2: 60_000, 3: 400_000, 4: 1_000_000, 5: 4_000_000}
    for number, length_ms in lengths.items():
        call = replace(record(number, MULLER), line="my line", extension="e-1")
        writer.apply([replace(saved(call), duration_ms=length_ms)])
    writer.apply([saved(record(6), "not_recorded")])
    note(file, record(3), "#vip")
    for text in ("", "mull 0123"):
        for length, number in zip(("to-1", "1-to-5", "5-to-15", "15-to-60", "over-60"), lengths, strict=True):
            assert find(text, length=length) == ["call-6"] * (number == 2 and not text) + [f"call-{number}"]
        assert find(text, recorded=True, line="my line", direction="inbound") == ["call-5", "call-3", "call-1"]
        assert find(text, tagged=True) == ["call-3"]
        assert find(text, paused=True) == []
        assert find(text, paused=False, extension="e-1", limit=1) == ["call-5"]
    assert find(recorded=False) == ["call-6"]
    since = datetime.fromtimestamp(BEGAN_MS / 1000 + 120, UTC)
    assert find("mull", started_from=since, started_to=since + timedelta(minutes=2)) == ["call-3", "call-2"]
    assert [row.call_id for row in reader.recordings(RecordingQuery(number="0123", length="to-1"))] == ["call-1"]


@pytest.mark.parametrize("state", get_args(RecordingState))
def test_a_state_is_looked_for_and_is_no_word_of_a_call(
    writer: SqliteCatalogueWriter, find: Find, state: RecordingState
) -> None:
    writer.apply(
        [saved(record(1, MULLER), state), saved(record(2), "recording" if state == "complete" else "complete")]
    )
    assert find("muller", state=state) == find(paused=False, state=state) == ["call-1"]
    assert [typed for typed in ("not", "recorded", "recording", state) if find(typed)] == []


def test_only_calls_under_a_hold_that_stands_are_held(writer: SqliteCatalogueWriter, file: Path, find: Find) -> None:
    writer.apply([saved(record(number, MULLER)) for number in range(1, 5)])
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        hold = "INSERT INTO legal_holds VALUES (?, 'x', 'p', 'n', 1, '2026-01-01', ?, NULL, NULL, 0)"
        connection.executemany(hold, [("stands", None), ("ended", 5)])
        held = [
            ("stands", record(1).recording_id),
            ("stands", record(3).recording_id),
            ("ended", record(2).recording_id),
        ]
        connection.executemany("INSERT INTO held_recordings VALUES (?, ?)", held)
    assert find(held=True) == find("muller", held=True) == ["call-3", "call-1"]
    assert find("muller", held=True, limit=1) == ["call-3"]


def test_pages_follow_each_other_without_hole_or_repeat_also_where_calls_began_together(
    writer: SqliteCatalogueWriter, reader: CatalogueReader
) -> None:
    calls = [replace(record(number, MULLER), started_at_ms=BEGAN_MS + number // 10) for number in range(30)]
    writer.apply([saved(call) for call in calls])
    seen: list[str] = []
    before = None
    while rows := reader.recordings(RecordingQuery(limit=7, text="muller", before=before)):
        seen += [row.id for row in rows]
        before = rows[-1].cursor
    assert seen == [call.recording_id for call in reversed(calls)]


def test_a_place_in_the_list_whose_call_is_gone_leads_on(writer: SqliteCatalogueWriter, file: Path, find: Find) -> None:
    writer.apply([saved(record(number, MULLER)) for number in range(4)])
    gone = record(2)
    with contextlib.closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM recordings WHERE id = ?", (gone.recording_id,))
    assert find("muller", before=f"{gone.started_at_ms}:{gone.recording_id}") == ["call-1", "call-0"]
    assert len(find("muller", before="nonsense")) == 3


def test_a_call_whose_beginning_is_told_anew_moves(writer: SqliteCatalogueWriter, find: Find) -> None:
    writer.apply([saved(record(1, MULLER)), saved(record(2, MULLER))])
    late = replace(record(1, MULLER), started_at_ms=BEGAN_MS + 600_000)
    writer.apply([SaveRecording(late.recording_id, late.started_at_ms, "complete", late)])
    assert find("muller") == ["call-1", "call-2"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30) | st.text(alphabet="0123456789+*#() -.\"':^ANDORNEARéß½²Ⅷ", max_size=30))
def test_whatever_is_typed_is_a_search_and_never_an_error(find: Find, typed: str) -> None:
    assert find(typed) == []
