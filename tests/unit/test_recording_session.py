"""When audio is due to be sealed, and where a recording goes on after an interruption."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.recording_session import BlockTiming, closing_block, due_block, resume

TIMING = BlockTiming(8000, 480, 52)
BLOCK = TIMING.block_samples


def test_a_block_is_about_half_a_second_of_whole_packets() -> None:
    assert BLOCK == 3840
    assert BlockTiming(8000, 160, 20).block_samples == 3840
    assert BlockTiming(16000, 960, 104).block_samples == 7680


def test_nothing_younger_than_a_second_is_sealed() -> None:
    assert due_block(TIMING, 0, BLOCK + 7999) is None
    block = due_block(TIMING, 0, BLOCK + 8000)
    assert block is not None
    assert (block.start, block.end, block.last) == (0, BLOCK, False)


@given(st.integers(0, 40), st.integers(0, 200_000))
def test_a_call_that_ended_is_sealed_to_its_last_sample(blocks: int, more: int) -> None:
    position = blocks * BLOCK
    final = position + more
    counted = 0
    while True:
        block = closing_block(TIMING, position, final)
        assert block.samples % TIMING.packet_samples == 0
        assert block.samples <= BLOCK + 2 * TIMING.packet_samples
        counted += block.counted
        position = block.end
        if block.last:
            assert block.samples >= block.counted + TIMING.lookahead_samples
            break
    assert counted == more
    assert position == final


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000), st.booleans())
def test_a_recording_goes_on_where_it_ended_or_as_soon_as_the_ring_allows(
    packets: int, oldest: int, lapping: bool
) -> None:
    sealed_until = packets * TIMING.packet_samples
    at = resume(TIMING, sealed_until, oldest, lapping)
    assert at.start % TIMING.packet_samples == 0
    assert at.start >= oldest
    assert at.start - at.pre_roll >= oldest
    assert at.gap == at.start - sealed_until
    if oldest <= sealed_until:
        assert (at.start, at.gap) == (sealed_until, 0)
    else:
        assert at.start <= oldest + 8000 + TIMING.packet_samples


def test_pre_roll_is_what_the_ring_still_has_of_it() -> None:
    assert resume(TIMING, 48_000, 0, True).pre_roll == 960
    assert resume(TIMING, 48_000, 47_600, True).pre_roll == 0
    assert resume(TIMING, 0, 0, True).pre_roll == 0


def test_a_file_that_ended_within_a_packet_is_taken_up_before_its_end() -> None:
    assert resume(TIMING, 48_100, 0, True).start == 48_000
