"""The ring's arithmetic: places, what may be read, what was written over, whom to believe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core import ring_layout as layout
from firmware.core.ring_layout import Marker, MarkerKind, RingHeader

ID = bytes(range(16))
rates = st.sampled_from([8000, 16000, 24000, 32000, 48000])
headers = st.builds(lambda rate: RingHeader(ID, rate, layout.capacity_for(rate)), rates)
cursors = st.integers(min_value=0, max_value=2**40)


@given(headers)
def test_a_header_is_read_back_as_it_was_written(header: RingHeader) -> None:
    page = header.pack().ljust(layout.PAGE, b"\0")
    assert RingHeader.unpack(page) == header


@given(headers)
def test_a_ring_holds_about_twenty_seconds(header: RingHeader) -> None:
    assert 20.0 <= header.capacity_samples / header.sample_rate_hz <= layout.RING_SECONDS


@given(headers, cursors, st.sampled_from([20, 60]))
def test_frames_of_20_and_60_ms_never_go_round_the_end(header: RingHeader, frame: int, frame_ms: int) -> None:
    samples = header.sample_rate_hz * frame_ms // 1000
    assert not header.wraps(frame * samples, samples)


@given(headers, cursors)
def test_a_block_at_a_multiple_of_its_size_never_goes_round_the_end(header: RingHeader, block: int) -> None:
    assert not header.wraps(block * layout.BLOCK_SAMPLES, layout.BLOCK_SAMPLES)


@given(headers)
def test_header_channels_and_markers_lie_beside_one_another_and_fill_the_ring(header: RingHeader) -> None:
    ends = [layout.PAGE]
    for channel in range(layout.CHANNELS):
        assert header.audio_offset(channel) >= ends[-1]
        assert header.audio_offset(channel) % layout.PAGE == 0
        last_sample = header.audio_offset(channel, header.capacity_samples - 1)
        ends.append(last_sample + layout.BYTES_PER_SAMPLE)
    for lane in range(layout.MARKER_LANES):
        assert header.marker_offset(lane, 0) >= ends[-1]
        ends.append(header.marker_offset(lane, header.marker_capacity - 1) + layout.MARKER.size)
    assert ends[-1] <= header.total_bytes
    assert header.total_bytes % layout.PAGE == 0


def test_what_changes_has_a_cache_line_of_its_own_and_stays_within_the_header() -> None:
    lines = [
        layout.channel_state(0, 0),
        layout.channel_state(1, 0),
        layout.MARKER_CURSORS,
        layout.GENERATION,
        layout.STATE,
        layout.HEARTBEAT_MONOTONIC_NS,
    ]
    assert len({place // layout.CACHE_LINE for place in lines}) == len(lines)
    assert min(lines) >= layout.IDENTITY.size
    assert max(lines) + layout.CACHE_LINE <= layout.PAGE


@given(st.tuples(cursors, cursors), st.integers(min_value=0, max_value=16000))
def test_what_may_be_read_never_exceeds_what_one_channel_wrote_nor_the_limit_of_waiting(
    written: tuple[int, int], lag_limit: int
) -> None:
    readable = layout.readable_samples(written, lag_limit)
    assert min(written) <= readable <= max(written)
    assert max(written) - readable <= lag_limit


@given(st.tuples(cursors, cursors), st.tuples(cursors, cursors), st.integers(min_value=0, max_value=16000))
def test_what_may_be_read_never_shrinks_while_cursors_grow(
    written: tuple[int, int], more: tuple[int, int], lag_limit: int
) -> None:
    later = (written[0] + more[0], written[1] + more[1])
    assert layout.readable_samples(later, lag_limit) >= layout.readable_samples(written, lag_limit)


@given(headers, cursors, st.integers(min_value=0, max_value=10**6))
def test_a_sample_is_overrun_exactly_when_another_one_claims_its_place(
    header: RingHeader, start: int, ahead: int
) -> None:
    newest_claimed = start + ahead
    same_place_is_claimed = newest_claimed - 1 >= start + header.capacity_samples
    assert layout.overrun(newest_claimed, start, header.capacity_samples) is same_place_is_claimed


@given(
    st.sampled_from(MarkerKind),
    cursors,
    cursors,
    st.sampled_from([layout.FAR_PARTY, layout.OFFICE, layout.BOTH_CHANNELS]),
    cursors,
)
def test_a_marker_is_read_back_as_it_was_written(
    kind: MarkerKind, start: int, length: int, channel: int, value: int
) -> None:
    marker = Marker(kind, start, length, channel, value)
    assert layout.unpack_marker(layout.pack_marker(marker)) == marker


def test_the_oldest_marker_of_a_full_lane_is_not_trusted_for_it_may_be_half_replaced() -> None:
    assert layout.marker_intact(cursor=512, number=1, capacity=512)
    assert not layout.marker_intact(cursor=512, number=0, capacity=512)


@pytest.mark.parametrize(
    ("told", "before", "written", "believed"),
    [
        (0, 0, 0, True),
        (4000, 0, 8000, True),
        (8000, 8000, 8000, True),
        (3999, 4000, 8000, False),
        (8001, 0, 8000, False),
    ],
)
def test_an_acknowledgement_that_goes_back_or_runs_ahead_is_not_believed(
    told: int, before: int, written: int, believed: bool
) -> None:
    assert layout.believable_acknowledgement(told, before, written) is believed


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda page: b"X" + page[1:], "not a ring"),
        (lambda page: page[:8] + (7).to_bytes(4, "little") + page[12:], "version 7"),
        (lambda page: page[:20] + (961).to_bytes(4, "little") + page[24:], "capacity"),
        (lambda page: page[:28] + (12).to_bytes(4, "little") + page[32:], "apart"),
        (lambda page: page[:16] + (3).to_bytes(4, "little") + page[20:], "channels"),
        (lambda page: page[:12] + (0).to_bytes(4, "little") + page[16:], "sample rate"),
        (lambda page: page[:20], "too short"),
    ],
)
def test_a_header_that_does_not_hold_together_is_refused(damage: object, complaint: str) -> None:
    page = RingHeader(ID, 8000, layout.capacity_for(8000)).pack()
    assert callable(damage)
    with pytest.raises(ValueError, match=complaint):
        RingHeader.unpack(damage(page))
