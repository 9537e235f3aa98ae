"""The sealed format: whatever happens to a file is detected, named, and costs no frame before it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.sealed_format import (
    CORE_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    FormatError,
    FrameHeader,
    FrameType,
    SegmentHeader,
    core_digest,
    next_chain,
    nonce,
    read_header,
)
from firmware.core.sealed_scan import scan

BLOCK = 3840
RECORDING = "0195a2b4c6d87e0f8123456789abcdef"


@dataclass
class Segment:
    """A segment's bytes, its frames not really enciphered: the chain does not care."""

    content: bytes
    bounds: list[int]

    def frame(self, number: int) -> bytes:
        return self.content[self.bounds[number] : self.bounds[number + 1]]


def segment(frames: int = 5, final: bool = True, seed: int = 1) -> Segment:
    header = SegmentHeader(RECORDING, 0, 1, 1_772_000_000_000, 0, 8000, commitment=bytes([seed] * 32))
    content, bounds = bytearray(header.to_bytes()), [HEADER_BYTES]
    chain = core_digest(header.core())
    for number in range(frames):
        last = final and number == frames - 1
        kind = FrameType.FINAL if last else FrameType.AUDIO
        ciphertext = bytes((seed * 7 + number * 13 + i) % 251 for i in range(200 + number * 17 + TAG_BYTES))
        clear = FrameHeader(kind, number, len(ciphertext), number * BLOCK, 0 if last else BLOCK).to_bytes()
        chain = next_chain(chain, clear, ciphertext)
        content += clear + chain + ciphertext
        bounds.append(len(content))
    return Segment(bytes(content), bounds)


def test_a_whole_segment_is_sound() -> None:
    seen = scan(segment().content)
    assert (len(seen.frames), seen.final, seen.complete, seen.torn_bytes, seen.damage) == (5, True, True, 0, "")
    assert seen.end_sample == 4 * BLOCK
    assert seen.header.recording_id == RECORDING


def test_a_header_is_read_as_it_was_written() -> None:
    header = SegmentHeader("ab" * 16, 3, 2, 1_772_000_000_123, 48_000, 8000, bytes(range(32)), bytes(range(32, 64)))
    assert len(header.to_bytes()) == HEADER_BYTES
    assert len(header.core()) == CORE_BYTES
    assert read_header(header.to_bytes()) == header


@given(st.integers(0, len(segment().content) - 1))
@settings(max_examples=300, deadline=None)
def test_a_segment_cut_anywhere_keeps_every_whole_frame(cut: int) -> None:
    whole = segment()
    if cut < HEADER_BYTES:
        with pytest.raises(FormatError, match="cut off"):
            scan(whole.content[:cut])
        return
    seen = scan(whole.content[:cut])
    intact = sum(1 for end in whole.bounds[1:] if end <= cut)
    assert len(seen.frames) == intact
    assert not seen.final
    assert seen.torn_bytes == cut - whole.bounds[intact]
    assert not seen.damage


@given(st.integers(0, len(segment().content) * 8 - 1))
@settings(max_examples=500, deadline=None)
def test_any_changed_bit_is_detected_and_no_frame_before_it_is_lost(bit: int) -> None:
    whole = segment()
    content = bytearray(whole.content)
    content[bit // 8] ^= 1 << bit % 8
    try:
        seen = scan(bytes(content))
    except FormatError:
        assert bit // 8 < HEADER_BYTES
        return
    unhurt = sum(1 for end in whole.bounds[1:] if end <= bit // 8)
    if bit // 8 >= HEADER_BYTES:
        assert len(seen.frames) == unhurt
        assert not seen.final
    # Recovered or damaged, it never passes for the closed segment that it was.
    assert seen.damage or seen.torn_bytes or seen.chain != scan(whole.content).chain


@given(st.integers(0, 2))
def test_a_frame_damaged_in_the_middle_is_named(number: int) -> None:
    whole = segment()
    content = bytearray(whole.content)
    content[whole.bounds[number] + 100] ^= 0xFF
    assert f"frame {number} at byte {whole.bounds[number]} does not verify" in scan(bytes(content)).damage


@pytest.mark.parametrize("order", [[0, 2, 1, 3, 4], [0, 1, 1, 2, 3, 4], [0, 2, 3, 4], [1, 2, 3, 4], [4, 0, 1, 2, 3]])
def test_frames_swapped_repeated_or_left_out_are_detected(order: list[int]) -> None:
    whole = segment()
    content = whole.content[:HEADER_BYTES] + b"".join(whole.frame(number) for number in order)
    seen = scan(content)
    in_order = next((i for i, number in enumerate(order) if number != i), len(order))
    assert len(seen.frames) == in_order
    assert not seen.final
    assert seen.damage or seen.torn_bytes


def test_frames_of_another_segment_do_not_pass() -> None:
    whole, other = segment(), segment(seed=2)
    content = whole.content[: whole.bounds[2]] + other.frame(2) + whole.content[whole.bounds[3] :]
    assert len(scan(content).frames) == 2


def test_bytes_after_the_final_frame_are_damage() -> None:
    assert "follow the final frame 4" in scan(segment().content + b"x").damage


@given(st.binary(max_size=300))
def test_garbage_from_a_torn_write_does_not_hurt_what_came_before(garbage: bytes) -> None:
    open_segment = segment(final=False)
    seen = scan(open_segment.content + garbage)
    assert len(seen.frames) >= 5
    assert seen.torn_bytes == len(garbage)
    assert not seen.damage


def test_no_two_frames_share_a_nonce() -> None:
    nonces = {nonce(number, kind) for number in range(100) for kind in (FrameType.AUDIO, FrameType.FINAL)}
    assert len(nonces) == 200
    assert {len(each) for each in nonces} == {12}


def test_a_file_of_another_kind_or_version_is_refused_with_the_reason() -> None:
    content = bytearray(segment().content)
    with pytest.raises(FormatError, match="does not begin"):
        scan(b"RIFF" + bytes(content[4:]))
    content[9] = 2
    with pytest.raises(FormatError, match="version 2"):
        scan(bytes(content))


def test_the_header_names_nobody() -> None:
    header = segment().content[:HEADER_BYTES]
    assert not any(header[128:])
