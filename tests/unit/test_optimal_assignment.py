"""Pairs are made so that no other way of pairing would be better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.optimal_assignment import best_assignment

Gains = Sequence[Mapping[int, int]]
_TABLES = st.lists(st.dictionaries(st.integers(0, 5), st.integers(1, 100), max_size=6), max_size=6)


def _sum_of(gains: Gains, chosen: Sequence[int | None]) -> int:
    return sum(row[column] for row, column in zip(gains, chosen, strict=True) if column is not None)


def _best_by_trying(gains: Gains, used: frozenset[int] = frozenset()) -> int:
    if not gains:
        return 0
    first, rest = gains[0], gains[1:]
    tried = [_best_by_trying(rest, used)]
    tried += [gain + _best_by_trying(rest, used | {column}) for column, gain in first.items() if column not in used]
    return max(tried)


@given(_TABLES)
def test_no_other_way_of_pairing_gains_more(gains: Gains) -> None:
    chosen = best_assignment(gains)
    taken = [column for column in chosen if column is not None]
    assert len(taken) == len(set(taken))
    assert _sum_of(gains, chosen) == _best_by_trying(gains)


def test_a_day_of_a_busy_office_is_paired_in_no_time() -> None:
    gains = [
        {near: 1000 - abs(near - row) for near in range(max(0, row - 8), min(2000, row + 8))} for row in range(2000)
    ]
    assert best_assignment(gains) == list(range(2000))
