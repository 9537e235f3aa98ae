"""The evidence log read backwards, a page at a time: nothing twice, nothing left out, and never the whole at once."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.store.evidence_files import day_files
from firmware.adapters.store.evidence_pages import EvidenceFilePages
from firmware.core.evidence_chain import ChainEnd, commitment_to
from firmware.core.evidence_search import EvidenceSearch, Place
from firmware.core.home import Home

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)
ALEX, DORA = "a1" * 16, "d0" * 16


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.evidence.mkdir(parents=True)
    return made


def write(home: Home, count: int, at: Callable[[int], datetime]) -> None:
    """Lines of Alex and, every tenth, of Dora; every third about a recording."""
    end = ChainEnd()
    days: dict[str, list[str]] = {}
    for number in range(count):
        when = at(number)
        subject = {"person": DORA if number % 10 == 0 else ALEX}
        kind = "signed-in"
        if number % 3 == 0:
            kind, subject = "listened", {**subject, "recording": f"{number:032x}"}
        text, end = end.follow(when, kind, subject)
        days.setdefault(f"{when:%Y-%m-%d}", []).append(text)
    for day, lines in days.items():
        (home.evidence / f"{day}.log").write_text("".join(lines), encoding="ascii")


def hourly(number: int) -> datetime:
    return BEGAN + timedelta(hours=number)


def read_all(pages: EvidenceFilePages, search: EvidenceSearch, most: int) -> list[int]:
    """The numbers of everything that is found, page by page; -1 for a line that cannot be read."""
    found: list[int] = []
    while True:
        page = pages.page(search, most)
        assert len(page.lines) <= most
        found += [each.line.number if each.line else -1 for each in page.lines]
        if page.older is None:
            return found
        search = EvidenceSearch(
            search.since, search.until, search.kinds, search.person_id, search.recording_id, page.older
        )


@pytest.mark.parametrize("most", [1, 7, 50])
def test_page_by_page_every_line_comes_once_newest_first(home: Home, most: int) -> None:
    write(home, 200, hourly)
    assert len(day_files(home.evidence)) > 3
    assert read_all(EvidenceFilePages(home), EvidenceSearch(), most) == list(range(200, 0, -1))


def test_a_day_of_many_blocks_is_read_whole(home: Home) -> None:
    write(home, 4000, lambda number: BEGAN + timedelta(seconds=number))
    assert day_files(home.evidence)[0].stat().st_size > 5 * 64 * 1024
    assert read_all(EvidenceFilePages(home), EvidenceSearch(), 300) == list(range(4000, 0, -1))


def test_a_search_that_finds_little_stops_after_a_while_and_goes_on_where_it_was(home: Home) -> None:
    write(home, 500, hourly)
    pages = EvidenceFilePages(home, most_bytes=3000)
    search = EvidenceSearch(recording_id=f"{0:032x}")
    first = pages.page(search, 50)
    assert first.lines == ()
    assert first.older is not None
    assert read_all(pages, search, 50) == [1]


def test_a_search_narrows_down_by_kind_person_and_time(home: Home) -> None:
    write(home, 200, hourly)
    pages = EvidenceFilePages(home)
    assert read_all(pages, EvidenceSearch(person_id=DORA), 50) == list(range(191, 0, -10))
    listened = EvidenceSearch(kinds=frozenset({"listened"}), person_id=DORA)
    assert read_all(pages, listened, 50) == list(range(181, 0, -30))
    day = EvidenceSearch(since=BEGAN + timedelta(hours=20), until=BEGAN + timedelta(hours=44))
    assert read_all(pages, day, 50) == list(range(44, 20, -1))


def test_a_line_that_is_being_written_is_not_shown_half(home: Home) -> None:
    write(home, 30, hourly)
    newest = day_files(home.evidence)[-1]
    newest.write_bytes(newest.read_bytes() + b"31 2026-03-02T16:00:0")
    assert read_all(EvidenceFilePages(home), EvidenceSearch(), 50) == list(range(30, 0, -1))
    part, after = EvidenceFilePages(home).day(newest.stem, 0)
    assert part.endswith(b"\n")
    assert after is None


def test_a_damaged_line_is_shown_as_one_and_hides_no_other(home: Home) -> None:
    write(home, 30, hourly)
    oldest = day_files(home.evidence)[0]
    lines = oldest.read_bytes().splitlines(keepends=True)
    lines[3] = b"\xff" + lines[3][1:]
    oldest.write_bytes(b"".join(lines))
    assert read_all(EvidenceFilePages(home), EvidenceSearch(), 50) == [*range(30, 4, -1), -1, 3, 2, 1]
    listened = EvidenceSearch(kinds=frozenset({"listened"}))
    assert read_all(EvidenceFilePages(home), listened, 50) == [28, 25, 22, 19, 16, 13, 10, 7, -1, 1]


@pytest.mark.parametrize("place", [Place("2026-03-02", 5), Place("2026-03-02", 10**9), Place("1999-01-01", 0)])
def test_a_made_up_place_leads_to_whole_lines_or_none(home: Home, place: Place) -> None:
    write(home, 60, hourly)
    found = read_all(EvidenceFilePages(home), EvidenceSearch(before=place), 50)
    assert -1 not in found
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("text", ["", "2026-03-01", "2026-03-01:-5", "../../etc/passwd:0", "2026-03-01:5:5"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert Place.from_text(text) is None


def test_a_day_is_given_exactly_as_it_lies_there(home: Home) -> None:
    write(home, 4000, lambda number: BEGAN + timedelta(seconds=number))
    pages = EvidenceFilePages(home)
    whole, offset = b"", 0
    while True:
        part, after = pages.day("2026-03-01", offset)
        whole += part
        if after is None:
            break
        offset = after
    assert whole == (home.evidence / "2026-03-01.log").read_bytes()
    assert pages.day("2026-03-09", 0) == (b"", None)
    assert pages.day("../secret", 0) == (b"", None)


def test_a_long_log_is_never_in_memory_as_a_whole(home: Home) -> None:
    write(home, 200, hourly)
    first = day_files(home.evidence)[0]
    for day in range(1, 29):
        (home.evidence / f"2025-01-{day:02}.log").write_bytes(first.read_bytes() * 300)
    size = sum(path.stat().st_size for path in day_files(home.evidence))
    pages = EvidenceFilePages(home)
    tracemalloc.start()
    try:
        pages.page(EvidenceSearch(recording_id="no such"), 50)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 16_000_000
    assert peak < 2_000_000


def test_a_detail_says_whether_it_is_what_the_line_commits_to(home: Home) -> None:
    catalogue = SqliteCatalogueWriter(home.catalogue)
    words = {"name": "alex", "purpose": "complaint"}
    true, salt = commitment_to(words, b"s" * 16), b"s" * 16
    catalogue.keep_detail(true, salt, words)
    catalogue.keep_detail("ab" * 32, salt, words)
    catalogue.close()
    found = DetailTable(home.catalogue).details([true, "ab" * 32, "cd" * 32, ""])
    assert {commitment: detail.sound for commitment, detail in found.items()} == {true: True, "ab" * 32: False}
    assert found[true].words == words
