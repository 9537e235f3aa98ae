"""When what the library tells reached the box: now, or while nobody looked."""

from __future__ import annotations

import pytest

from firmware.adapters.sip.arrivals import Arrivals
from tests.hand_set_clock import HandSetClock


class Box:
    """The thread that looks after the library, and its clock."""

    def __init__(self) -> None:
        self.clock = HandSetClock()
        self.arrivals = Arrivals(self.clock)

    def looks(self, after_s: float, found_something: bool, takes_s: float = 0.0) -> None:
        self.clock.now_s += after_s
        self.arrivals.looks()
        self.clock.now_s += takes_s
        self.arrivals.looked(found_something)

    def ago_ms(self) -> float:
        """How long ago what is told now came, by both clocks."""
        moment = self.arrivals.moment()
        ago_s = self.clock.now_s - moment.monotonic_s
        assert self.clock.wall_ms() - moment.wall_ms == pytest.approx(1000 * ago_s, abs=1)
        assert self.arrivals.waited_ms() == pytest.approx(1000 * ago_s, abs=1)
        return round(1000 * ago_s)


@pytest.fixture
def box() -> Box:
    return Box()


def test_while_the_library_is_looked_after_what_it_tells_has_just_come(box: Box) -> None:
    for found in (False, True, True, False, True) * 20:
        box.looks(0.011, found)
        assert box.ago_ms() == 0
        box.clock.now_s += 0.009
        assert box.ago_ms() == 0


def test_after_a_stall_it_may_have_come_right_when_that_began(box: Box) -> None:
    box.looks(0.01, found_something=True)
    box.clock.now_s += 0.8
    assert box.ago_ms() == 800


def test_what_is_found_in_the_next_looks_may_have_waited_as_long(box: Box) -> None:
    box.looks(0.01, found_something=False)
    box.looks(0.8, found_something=True)
    box.looks(0.001, found_something=True)
    assert box.ago_ms() == 801


def test_what_came_while_the_box_stood_still_behind_a_look_was_not_looked_for(box: Box) -> None:
    box.looks(0.01, found_something=False, takes_s=0.8)
    assert box.ago_ms() == 800
    box.looks(0.0, found_something=True)
    box.looks(0.001, found_something=True)
    assert box.ago_ms() == 801
    box.looks(0.001, found_something=False)
    assert box.ago_ms() == 0


def test_once_nothing_is_found_nothing_waits_any_more(box: Box) -> None:
    box.looks(0.01, found_something=False)
    box.looks(0.8, found_something=True)
    box.looks(0.01, found_something=False)
    box.clock.now_s += 0.02
    assert box.ago_ms() == 0


def test_a_box_that_never_finds_nothing_is_busy_and_not_late_for_ever(box: Box) -> None:
    box.looks(0.8, found_something=True)
    for _ in range(100):
        box.looks(0.01, found_something=True)
    assert box.ago_ms() == 0
