"""Calls are found by words in their notes, whether few notes have them or many, with days and without."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.adapters.catalogue import reader as module
from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.core.call_record import CallRecord, Party
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.ports.catalogue import SaveRecording

BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALLS = 400  # one a day


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A call a day; every second has a note about a boiler, every fiftieth one about Mrs Müller, written much later."""
    path, chance = tmp_path_factory.mktemp("notes") / "catalogue.db", random.Random(4)
    writer = SqliteCatalogueWriter(path)
    ids = []
    for day in range(CALLS):
        at_ms = round((BEGAN + timedelta(days=day)).timestamp() * 1000)
        ids.append(recording_id(at_ms, chance.randbytes(RANDOM_BYTES)))
        record = CallRecord(
            ids[-1], "c", "main", "inbound", Party(f"+4416329601{day % 100:02}"), Party("201"), at_ms, "x", "x"
        )
        writer.apply([SaveRecording(ids[-1], at_ms, "complete", record)])
    writer.close()
    told = [(ids[day], "The boiler is broken; refunds promised") for day in range(0, CALLS, 2)]
    told += [(ids[day], "Mrs Müller called back") for day in range(0, CALLS, 50)]
    told += [(ids[3], "boiler"), (ids[3], "broken")]
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO notes (recording_id, written_at_ms, person_id, person_name, text) VALUES (?, 1, 'p', 'a', ?)",
            told,
        )
    return path


@pytest.fixture(params=["few", "many"])
def catalogue(file: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[CatalogueReader]:
    if request.param == "many":
        monkeypatch.setattr(module, "MOST_LOOKED_UP", 1)
    reader = CatalogueReader(file)
    yield reader
    reader.close()


def days(rows: list[module.RecordingRow]) -> list[int]:
    return [(row.started_at - BEGAN).days for row in rows]


def find(catalogue: CatalogueReader, noted: str, limit: int = 1000) -> list[int]:
    return days(catalogue.recordings(RecordingQuery(limit=limit, noted=noted)))


def test_all_the_words_stand_in_one_note_or_begin_so_in_any_letters(catalogue: CatalogueReader) -> None:
    even = list(range(CALLS - 2, -1, -2))
    assert find(catalogue, "boiler broken") == even
    assert find(catalogue, "BOIL refund") == even
    assert find(catalogue, "boiler") == sorted([*even, 3], reverse=True)
    assert find(catalogue, "muller") == find(catalogue, "Müll") == list(range(CALLS - 50, -1, -50))
    assert find(catalogue, "is a") == [], "short words are looked for whole"
    assert find(catalogue, "boiler müller") == []


def test_nothing_that_is_typed_is_an_operator(catalogue: CatalogueReader) -> None:
    for typed in ('"', "boiler OR müller", "NEAR(boiler)", "text:boiler -", "* AND", "'; --"):
        assert find(catalogue, typed) == [], typed


def test_days_numbers_and_pages_go_with_it(catalogue: CatalogueReader) -> None:
    since, until = BEGAN + timedelta(days=100), BEGAN + timedelta(days=200)
    asked = RecordingQuery(limit=1000, noted="boiler broken", started_from=since, started_to=until)
    assert days(catalogue.recordings(asked)) == list(range(198, 99, -2))
    numbered = RecordingQuery(limit=1000, noted="boiler broken", number="+441632960142", started_from=since)
    assert days(catalogue.recordings(numbered)) == [342, 242, 142]
    page, pages = catalogue.recordings(RecordingQuery(limit=7, noted="boiler broken")), list[int]()
    while page:
        pages += days(page)
        page = catalogue.recordings(RecordingQuery(limit=7, noted="boiler broken", before=page[-1].cursor))
    assert pages == list(range(CALLS - 2, -1, -2))
    assert days(catalogue.recordings(RecordingQuery(noted="boiler", started_to=BEGAN - timedelta(days=1)))) == []
