"""Emergency numbers are recognised however they are dialled, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.emergency import EMERGENCY_NUMBERS, emergency_number, is_emergency


@pytest.mark.parametrize(
    ("dialled", "prefix", "number"),
    [
        ("999", "", "999"),
        ("999", "9", "999"),
        ("9999", "9", "999"),
        ("9112", "9", "112"),
        ("918000", "9", "18000"),
        ("0999", "0", "999"),
        ("9,999", "9", "999"),
        ("9-112", "9", "112"),
        ("112", "1", "112"),
        ("112", "11", "112"),
        ("999", "99", "999"),
    ],
)
def test_an_emergency_number_is_recognised_with_and_without_the_prefix(dialled: str, prefix: str, number: str) -> None:
    assert emergency_number(dialled, prefix) == number


@pytest.mark.parametrize(
    ("dialled", "prefix"),
    [
        ("9999", ""),
        ("9112", ""),
        ("99999", "9"),
        ("0999", "9"),
        ("1121", ""),
        ("1800", ""),
        ("180001", "9"),
        ("99", "9"),
        ("9", "9"),
        ("12", "1"),
        ("", "9"),
        (None, "9"),
        ("01632960999", "9"),
        ("+999", ""),
    ],
)
def test_other_numbers_are_not_emergencies(dialled: str | None, prefix: str) -> None:
    assert not is_emergency(dialled, prefix)


@given(st.sampled_from(sorted(EMERGENCY_NUMBERS)), st.text("0123456789", max_size=4))
def test_no_dialling_plan_hides_an_emergency_number(number: str, prefix: str) -> None:
    assert emergency_number(number, prefix) == number
    assert is_emergency(prefix + number, prefix)
