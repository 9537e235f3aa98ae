"""A sound card's samples keep their time, whatever is lost between them."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.analogue.capture_clock import CaptureClock

_MS = 1_000_000


def test_what_was_lost_is_counted_and_what_follows_has_its_place() -> None:
    clock = CaptureClock(8000)
    for block in range(100):
        clock.block(160, (block + 1) * 20 * _MS)
    clock.interrupted()
    first = clock.block(160, 2500 * _MS)
    assert first == 2480 * 8
    assert clock.lost == 480 * 8


def test_blocks_that_come_late_shift_nothing() -> None:
    clock, chance = CaptureClock(8000), random.Random(1)
    for block in range(500):
        late_ms = chance.choice([0, 0, 0, 5, 40])
        assert clock.block(160, ((block + 1) * 20 + late_ms) * _MS) == block * 160
    assert abs(clock.taken_ns(80_000) - 10_000 * _MS) <= _MS


def test_a_card_whose_crystal_is_slow_loses_nothing() -> None:
    clock, slow = CaptureClock(8000), 1.0002
    for block in range(180_000):  # an hour
        clock.block(160, round((block + 1) * 20 * _MS * slow))
    assert clock.lost == 0
    now_ns = round(180_000 * 20 * _MS * slow)
    assert abs(clock.number_at(now_ns) - 180_000 * 160) < 80


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 30)), min_size=1, max_size=60))
def test_over_any_number_of_losses_time_stays_true(gaps: list[tuple[int, int]]) -> None:
    """Out of step by no more than the latest block and the drift that a crystal may have, however often it is lost."""
    clock, now_ms = CaptureClock(8000), 0
    for _ in range(150):
        now_ms += 20
        clock.block(160, now_ms * _MS)
    for gap_ms, late_ms in gaps:
        now_ms += gap_ms
        clock.interrupted()
        for _ in range(2):
            now_ms += 20
            clock.block(160, (now_ms + late_ms) * _MS)
        now_ms += 20
        first = clock.block(160, (now_ms + late_ms) * _MS)
        assert 0 <= first + 160 - now_ms * 8 <= (31 + now_ms * 0.0005) * 8
