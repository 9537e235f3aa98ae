"""Numbers have one form, however a phone, the network or a person writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.numbering.phone_numbers import PhoneNumbers

UK = PhoneNumbers("GB")
# Ten digits after the zero, as nearly every British number has; the first says that it is no short code.
NATIONAL = st.from_regex(r"[12378][0-9]{9}", fullmatch=True)
SEPARATORS = st.sampled_from(["", " ", "-", ".", " (", ") "])


def written(national: str) -> st.SearchStrategy[str]:
    start = st.sampled_from(["0", "+44", "0044", "+44 (0)", "00 44 (0) ", "44", "+44 0"])
    return st.builds(
        lambda first, gap, at: f"{first}{national[:at]}{gap}{national[at:]}", start, SEPARATORS, st.integers(2, 8)
    )


@given(NATIONAL.flatmap(lambda national: st.tuples(st.just(national), written(national), written(national))))
def test_a_number_in_any_form_is_one_number(forms: tuple[str, str, str]) -> None:
    national, one, other = forms
    assert UK.normalise(one) == UK.normalise(other) == f"+44{national}"


@given(NATIONAL.flatmap(written))
def test_a_number_in_its_one_form_stays_as_it_is(number: str) -> None:
    once = UK.normalise(number)
    assert UK.normalise(once) == once
    assert UK.is_telephone_number(number)


@given(NATIONAL.flatmap(written))
def test_the_outside_line_prefix_makes_no_other_number(number: str) -> None:
    dialled = number.replace("+", "00")
    assert UK.normalise(f"9{dialled}", "9") == UK.normalise(dialled, "9") == UK.normalise(number)


@given(NATIONAL, st.integers(1, 10))
def test_the_start_of_numbers_is_the_start_of_their_one_form(national: str, digits: int) -> None:
    for start in ("0", "+44", "0044"):
        assert UK.normalise(f"0{national}").startswith(UK.normalise_start(f"{start}{national[:digits]}"))


@given(st.text())
def test_whatever_is_dialled_has_a_form_and_raises_nothing(text: str) -> None:
    for numbering in (UK, PhoneNumbers("US"), PhoneNumbers("ZZ")):
        form = numbering.normalise(text)
        numbering.normalise(text, "9")
        assert numbering.normalise(form) == form
        numbering.normalise_start(text)
        numbering.is_telephone_number(text)


@pytest.mark.parametrize("number", ["202", "0", "999", "101", "116123", "4001234", "*48", "reception", "+", ""])
def test_extensions_short_codes_and_words_stay_as_they_are_dialled(number: str) -> None:
    assert UK.normalise(number, "9") == number
    assert not UK.is_telephone_number(number)


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("14101632960123", "+441632960123"),
        ("147001632 960123", "+441632960123"),
        ("914107700900123", "+447700900123"),
        ("0141 234 5678", "+441412345678"),
        ("1412345678", "+441412345678"),
        ("908001111", "+448001111"),
        ("08001111", "+448001111"),
        ("0033140000000", "+33140000000"),
        ("+1 212 555 0123", "+12125550123"),
        ("90012125550123", "+12125550123"),
    ],
)
def test_what_is_dialled_before_a_number_does_not_hide_it(dialled: str, number: str) -> None:
    assert UK.normalise(dialled, "9") == number


@pytest.mark.parametrize("number", ["01632 96012345", "+44 1632", "016329", "00441632960123456789"])
def test_a_number_of_impossible_length_is_no_telephone_number(number: str) -> None:
    assert not UK.is_telephone_number(number)


def test_another_country_reads_numbers_its_own_way() -> None:
    us = PhoneNumbers("US")
    assert us.normalise("(212) 555-0123") == us.normalise("1 212 555 0123") == "+12125550123"
    assert us.normalise("011 44 1632 960123") == UK.normalise("01632 960123")
    assert us.normalise("202") == "202"


def test_a_country_that_is_none_still_knows_international_numbers() -> None:
    nowhere = PhoneNumbers("UK")
    assert not nowhere.knows_region
    assert UK.knows_region
    assert nowhere.normalise("+44 1632 960123") == "+441632960123"
    assert nowhere.normalise("01632 960123") == "01632960123"
