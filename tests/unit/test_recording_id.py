"""Recording ids sort by time and do not collide."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.recording_id import RANDOM_BYTES, recording_id

_RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(st.integers(0, 2**48 - 1), _RANDOM)
def test_an_id_is_a_version_7_uuid_that_holds_its_time(at_ms: int, random: bytes) -> None:
    parsed = uuid.UUID(recording_id(at_ms, random))
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == at_ms


@given(st.integers(0, 2**40), st.integers(1, 2**40), _RANDOM, _RANDOM)
def test_a_later_recording_sorts_after_an_earlier_one(at_ms: int, later_ms: int, one: bytes, other: bytes) -> None:
    assert recording_id(at_ms, one) < recording_id(at_ms + later_ms, other)


def test_too_little_randomness_is_refused() -> None:
    with pytest.raises(ValueError, match="random bytes"):
        recording_id(0, b"short")
