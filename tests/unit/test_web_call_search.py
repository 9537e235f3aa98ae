"""Reading a search from an address's query."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        "days": "The first day is after the last. Exchange the two."
    }
    search = read_search({"from": "yesterday", "find": "*"}, LONDON)
    assert set(search.mistakes) == {"days", "find"}


@pytest.mark.parametrize("typed", ["+", "( )", "#", "…"])
def test_what_has_neither_letter_nor_digit_is_refused_with_what_to_type(typed: str) -> None:
    assert "part of one" in read_search({"find": typed}, LONDON).mistakes["find"]


def test_the_end_of_time_is_a_mistake_and_no_crash() -> None:
    assert "days" in read_search({"to": "9999-12-31"}, LONDON).mistakes


def test_the_beginning_of_time_is_a_mistake_east_of_greenwich_and_no_crash() -> None:
    assert "days" in read_search({"from": "0001-01-01"}, ZoneInfo("Asia/Tokyo")).mistakes


ALL = {
    "find": "0123 Müller",
    "from": "2026-07-01",
    "to": "2026-07-02",
    "line": "main",
    "extension": "201",
    "direction": "inbound",
    "length": "over-60",
    "recorded": "no",
    "paused": "yes",
    "tagged": "yes",
    "held": "yes",
}


def test_a_search_can_be_written_as_an_address_again() -> None:
    search = read_search(ALL, LONDON)
    assert search.parameters("abc") == {**ALL, "before": "abc"}
    assert read_search(search.parameters(), LONDON) == search


@given(st.dictionaries(st.sampled_from([*ALL, "before", "number", "noted"]), st.text(max_size=120)))
def test_whatever_an_address_says_is_a_search_that_reads_the_same_again(query: dict[str, str]) -> None:
    search = read_search(query, LONDON)
    again = read_search(search.parameters(search.cursor), LONDON)
    assert again == search
    assert search.asked == any(search.parameters().values())


@pytest.mark.parametrize("name", sorted(ALL))
def test_one_thing_is_taken_away_and_the_rest_stays(name: str) -> None:
    search = read_search({**ALL, "before": "1:ab"}, LONDON)
    assert search.without(name) == {other: value for other, value in ALL.items() if other != name}


@pytest.mark.parametrize("name", ["direction", "length", "recorded", "paused", "tagged", "held"])
def test_a_choice_that_does_not_exist_is_ignored(name: str) -> None:
    assert read_search({name: "sideways"}, LONDON).parameters() == {}


def test_addresses_of_the_first_versions_still_find_what_they_found() -> None:
    search = read_search({"number": " 0123 ", "noted": "  broken   boiler ", "before": "1:ab"}, LONDON)
    assert search.asked
    assert search.parameters("2:cd") == {"find": "0123 broken boiler", "before": "2:cd"}
