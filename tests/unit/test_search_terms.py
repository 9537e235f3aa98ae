"""What is typed to find calls is taken apart into numbers, in whatever form, and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.search_terms import LONGEST_SEARCH, search_terms


def ways(typed: str) -> list[tuple[tuple[str, ...], ...]]:
    return [term.ways for term in search_terms(typed)]


WHOLE = (
    *("02079460123", "020 7946 0123", "(020) 7946-0123", "+44 (0)20 7946 0123", "+442079460123"),
    *("00 44 20 7946 0123", "(00) 44 20 7946 0123", "00-44-20-7946-0123", "00 44 (0)20 7946 0123"),
    *("0044 20.7946.0123", "442079460123", " 020  79460123 "),
)


@pytest.mark.parametrize("typed", WHOLE)
def test_a_whole_number_is_one_number_in_any_form(typed: str) -> None:
    assert ways(typed) == [(("2079460123",),)]


@pytest.mark.parametrize("typed", ["+33 1 42 68 53 00", "0033 142685300", "00 33 142685300", "33142685300"])
def test_a_number_from_abroad_keeps_its_country(typed: str) -> None:
    assert ways(typed) == [(("33142685300",),)]


def test_part_of_a_number_may_also_be_several_numbers_or_a_word_of_a_note() -> None:
    assert ways("0123") == [(("123",), ("0123",))]
    assert ways("201 0123") == [(("2010123",), ("201", "0123"), ("201", "123"))]


def test_words_and_numbers_go_together_in_any_order() -> None:
    assert ways("O'Brien 0123 boiler") == [(("O",),), (("Brien",),), (("123",), ("0123",)), (("boiler",),)]
    assert ways("#urgent order x2y") == [(("urgent",),), (("order",),), (("x2y",),)]
    assert ways("Mu\u0308ller") == ways("Müller")


@pytest.mark.parametrize("typed", ["", "   ", "-", "+", "( )", "*#"])
def test_where_there_is_neither_a_letter_nor_a_digit_nothing_is_looked_for(typed: str) -> None:
    assert ways(typed) == []


@given(st.text())
def test_every_word_has_letters_and_digits_only_and_something_in_it(typed: str) -> None:
    words = [word for term in search_terms(typed) for way in term.ways for word in way]
    assert all(word and len(word) <= LONGEST_SEARCH and '"' not in word and "\ue000" not in word for word in words)
    assert all(term.ways for term in search_terms(typed))


@given(st.from_regex(r"[1-9][0-9]{9}", fullmatch=True), st.data())
def test_however_a_national_number_is_written_it_is_the_same_number(national: str, data: st.DataObject) -> None:
    prefix = data.draw(st.sampled_from(["0", "+44", "0044", "00 44 ", "+44 (0)", "44"]))
    cut = data.draw(st.integers(1, 9))
    between = data.draw(st.sampled_from(["", " ", "-", ".", ") ", "  "]))
    assert ways(f"{prefix}{national[:cut]}{between}{national[cut:]}") == [((national,),)]


@given(st.from_regex(r"[0-9]{1,8}", fullmatch=True), st.text(alphabet="abcxyz", min_size=1))
def test_a_search_reads_the_same_with_more_room_in_it(number: str, word: str) -> None:
    assert search_terms(f"{word} {number}") == search_terms(f"  {word}   {number}  ")
