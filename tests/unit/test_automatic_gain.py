"""Soft voices are made louder, slowly and within limits; noise never is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.analogue.automatic_gain import AutomaticGain, GainLimits


def after(gain: AutomaticGain, seconds: float, level_dbm0: float, *, voice: bool = True, clipped: int = 0) -> float:
    for _ in range(round(seconds * 50)):
        gain.hear(level_dbm0, voice, clipped)
    return gain.gain_db


def test_a_soft_voice_comes_to_about_the_level_of_others() -> None:
    assert 7 <= after(AutomaticGain(GainLimits()), 30, -29.0) <= 10


def test_it_never_goes_beyond_its_limits() -> None:
    assert after(AutomaticGain(GainLimits()), 60, -45.0) == 12.0
    assert after(AutomaticGain(GainLimits()), 60, -3.0) == -6.0


def test_it_does_not_rise_in_pauses() -> None:
    assert after(AutomaticGain(GainLimits()), 60, -60.0, voice=False) == 0.0


def test_it_rises_slower_than_it_falls() -> None:
    gain = AutomaticGain(GainLimits())
    up = after(gain, 3, -40.0)
    assert up <= 3.1
    assert after(gain, 3, 0.0) <= up - 6


def test_what_clips_is_made_softer_at_once() -> None:
    gain = AutomaticGain(GainLimits())
    after(gain, 20, -40.0)
    assert gain.hear(-40.0, voice=True, clipped=3)
    assert gain.gain_db == 11.0


def test_limits_of_nothing_switch_it_off() -> None:
    assert after(AutomaticGain(GainLimits(0, 0)), 60, -45.0) == 0.0


@given(st.lists(st.tuples(st.floats(-90, 6), st.booleans(), st.integers(0, 5)), max_size=200))
def test_whatever_is_heard_it_stays_within_its_limits(blocks: list[tuple[float, bool, int]]) -> None:
    gain = AutomaticGain(GainLimits(-3, 9))
    for block in blocks:
        gain.hear(*block)
        assert -3 <= gain.gain_db <= 9
