"""Reading a search from an address's query."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from webui.recordings.call_search import read_search

LONDON = ZoneInfo("Europe/London")


def test_days_are_whole_days_of_the_office_also_when_clocks_change() -> None:
    search = read_search({"from": "2026-03-29", "to": "2026-03-29"}, LONDON)
    assert search.since == datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert search.until == datetime(2026, 3, 29, 23, 0, tzinfo=UTC)


def test_one_day_may_be_left_open() -> None:
    assert read_search({"from": "2026-07-01"}, LONDON).since == datetime(2026, 6, 30, 23, 0, tzinfo=UTC)
    assert read_search({"from": "2026-07-01"}, LONDON).until is None


def test_days_in_the_wrong_order_or_no_days_are_told_apart_from_numbers() -> None:
    assert read_search({"from": "2026-07-02", "to": "2026-07-01"}, LONDON).mistakes == {
        "days": "The first day is after the last."
    }
    search = read_search({"from": "yesterday", "number": "me"}, LONDON)
    assert set(search.mistakes) == {"days", "number"}


@pytest.mark.parametrize("typed", ["020 7946 0123", "(020) 7946-0123", "+44 (0)20 7946 0123", "0123", "*48"])
def test_a_number_may_be_typed_in_any_form(typed: str) -> None:
    assert read_search({"number": typed}, LONDON).mistakes == {}


@pytest.mark.parametrize("typed", ["Smith", "0207x", "'; DROP TABLE", "+", "( )", "٠١٢"])
def test_what_is_no_number_is_refused_with_an_example(typed: str) -> None:
    assert "020 7946 0123" in read_search({"number": typed}, LONDON).mistakes["number"]


def test_the_end_of_time_is_a_mistake_and_no_crash() -> None:
    assert "days" in read_search({"to": "9999-12-31"}, LONDON).mistakes


def test_the_beginning_of_time_is_a_mistake_east_of_greenwich_and_no_crash() -> None:
    assert "days" in read_search({"from": "0001-01-01"}, ZoneInfo("Asia/Tokyo")).mistakes


def test_a_search_can_be_written_as_an_address_again() -> None:
    query = {"number": "0123", "from": "2026-07-01", "to": "2026-07-02", "direction": "inbound", "line": "main"}
    search = read_search(query, LONDON)
    assert search.parameters("abc") == {**query, "before": "abc"}
    assert read_search(search.parameters(), LONDON) == search


def test_a_direction_that_does_not_exist_is_ignored() -> None:
    assert read_search({"direction": "sideways"}, LONDON).direction == ""


def test_words_in_notes_are_kept_with_the_search_and_its_pages() -> None:
    search = read_search({"noted": "  broken   boiler ", "before": "1:ab"}, LONDON)
    assert search.asked
    assert search.parameters("2:cd") == {"noted": "broken boiler", "before": "2:cd"}
