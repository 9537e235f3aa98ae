"""What the threads that watch wires tell: dealt with in turns, whatever comes meanwhile."""

from __future__ import annotations

import pytest

from firmware.adapters.analogue.happenings import MOST_WAITING, Happenings, LoopChanged, TooManyHappenings


def test_a_turn_ends_though_more_is_told_all_the_time() -> None:
    """Eight cards on a box that is too slow for them: it still looks after calls, and is told that it is overloaded."""
    happenings = Happenings()
    for at_ms in range(3):
        happenings.tell(LoopChanged("main", at_ms, closed=True))
    dealt_with = []
    for happening in happenings.turn(0):
        dealt_with.append(happening.at_ms)
        for _ in range(2):
            happenings.tell(LoopChanged("main", 10, closed=False))
    assert dealt_with == [0, 1, 2]
    assert [happening.at_ms for happening in happenings.turn(0)] == [10] * 6


def test_a_turn_waits_for_the_first_and_is_empty_when_none_comes() -> None:
    happenings = Happenings()
    assert list(happenings.turn(0.01)) == []
    happenings.tell(LoopChanged("main", 1, closed=True))
    assert len(list(happenings.turn(5))) == 1


def test_what_is_left_of_a_turn_comes_in_the_next() -> None:
    happenings = Happenings()
    for at_ms in range(3):
        happenings.tell(LoopChanged("main", at_ms, closed=True))
    assert next(happenings.turn(0)).at_ms == 0
    assert [happening.at_ms for happening in happenings.turn(0)] == [1, 2]


def test_a_dispatcher_that_does_not_keep_up_is_told() -> None:
    happenings = Happenings()
    for _ in range(MOST_WAITING + 1):
        happenings.tell(LoopChanged("main", 0, closed=True))
    with pytest.raises(TooManyHappenings):
        next(happenings.turn(0))
