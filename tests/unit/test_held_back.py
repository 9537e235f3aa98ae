"""A jitter buffer's delay at this moment, from looks at what lies in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.held_back import LOOKS, HeldBack

_FRAME_MS = 20.0
# What the dispatcher's second is, in ms: no multiple of a frame.
_BETWEEN_LOOKS_MS = 1007.0


def lies_there(at_ms: float, wait_ms: float) -> float:
    """Packets of 20 ms arrive ``wait_ms`` before they are played, at 0, 20, 40 … ms: what lies there, in ms."""
    played, arrived = at_ms // _FRAME_MS, (at_ms + wait_ms) // _FRAME_MS
    return (arrived - played) * _FRAME_MS


def test_before_the_first_look_nothing_is_held_back() -> None:
    assert HeldBack().delay_ms == 0.0


@given(st.floats(0, 150), st.floats(0, _FRAME_MS))
def test_a_dozen_looks_tell_how_long_a_packet_waits(wait_ms: float, first_look_ms: float) -> None:
    held_back = HeldBack()
    for number in range(LOOKS):
        held_back.look(lies_there(first_look_ms + number * _BETWEEN_LOOKS_MS, wait_ms))
    assert held_back.delay_ms == pytest.approx(wait_ms, abs=5)


def test_the_delay_is_that_of_this_moment_and_not_of_the_whole_call() -> None:
    held_back = HeldBack()
    for _ in range(600):
        held_back.look(20.0)
    for _ in range(LOOKS):
        held_back.look(80.0)
    assert held_back.delay_ms == 80.0


def test_a_new_buffer_starts_afresh() -> None:
    held_back = HeldBack()
    held_back.look(120.0)
    held_back.start_afresh()
    held_back.look(20.0)
    assert held_back.delay_ms == 20.0
