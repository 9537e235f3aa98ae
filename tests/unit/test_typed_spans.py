"""Spans of a recording are read as people type them, and a mistake is told in their own words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.errors import SettingsError
from firmware.core.typed_spans import MOST_SPANS, joined, shown_span, typed_spans

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1:05-1:20", [(65_000, 80_000)]),
        (" 0:00 – 0:03.5 ", [(0, 3500)]),
        ("12:00 to 12:30, 2:00-2:03", [(120_000, 123_000), (720_000, 750_000)]),
        ("0:10-0:20; 0:15-0:30\n0:30-0:31", [(10_000, 31_000)]),
        ("0:59:30-1:02:00", [(3_570_000, HOUR)]),
        ("75:10-75:20", []),
    ],
)
def test_a_span_is_read(typed: str, read: list[tuple[int, int]]) -> None:
    if read:
        assert list(typed_spans(typed, HOUR)) == read
    else:
        with pytest.raises(SettingsError, match="begins after the recording's end, 60:00"):
            typed_spans(typed, HOUR)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "From when to when"),
        ("the middle", "“the middle” cannot be read"),
        ("1:05", "cannot be read"),
        ("1:75-2:00", "cannot be read"),
        ("2:00-1:00", "ends before it begins"),
        ("1:00-1:00", "ends before it begins"),
        (",".join(f"{n}:00-{n}:01" for n in range(MOST_SPANS + 1)), "more than 50"),
    ],
)
def test_a_mistake_is_told(typed: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        typed_spans(typed, HOUR)


@given(st.lists(st.tuples(st.integers(0, HOUR - 2), st.integers(1, HOUR)), min_size=1, max_size=20))
def test_what_is_shown_can_be_typed_again_and_spans_never_overlap(given: list[tuple[int, int]]) -> None:
    spans = joined((start, min(start + length, HOUR)) for start, length in given)
    assert typed_spans(", ".join(map(shown_span, spans)), HOUR) == spans
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    covered = {start for start, _ in given}
    assert all(any(start <= each < end for start, end in spans) for each in covered)
