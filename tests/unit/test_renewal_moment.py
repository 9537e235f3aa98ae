"""A process that holds calls takes up a renewed certificate without costing anybody a call."""

from __future__ import annotations

import pytest

from firmware.core.renewal_moment import QUIET_S, may_start_anew

DAY_S = 86_400.0


@pytest.mark.parametrize("hour", range(24))
def test_it_waits_for_silence_always_and_for_the_night_unless_the_end_is_near(hour: int) -> None:
    for left_s in (-DAY_S, DAY_S, 60 * DAY_S):
        assert not may_start_anew(hour, QUIET_S - 0.1, left_s)
    assert may_start_anew(hour, QUIET_S, 60 * DAY_S) is (hour in (2, 3, 4))
    assert may_start_anew(hour, QUIET_S, 6 * DAY_S)
    assert may_start_anew(hour, QUIET_S, -DAY_S)
