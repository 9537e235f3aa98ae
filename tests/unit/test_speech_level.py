"""Loudness is judged by the speech, not by the pauses."""

from __future__ import annotations

import math

import pytest

from firmware.core.speech_level import active_speech_level_dbm0

RATE_HZ = 8000


def _tone(level_dbm0: float, seconds: float) -> list[int]:
    peak = 32768 * 10 ** ((level_dbm0 - 3.14) / 20)
    return [round(peak * math.sin(2 * math.pi * 1000 * n / RATE_HZ)) for n in range(int(seconds * RATE_HZ))]


@pytest.mark.parametrize("level_dbm0", [-5.0, -20.0, -35.0])
def test_a_tone_has_the_level_of_a_tone(level_dbm0: float) -> None:
    assert active_speech_level_dbm0(_tone(level_dbm0, 1.0), RATE_HZ) == pytest.approx(level_dbm0, abs=0.1)


@pytest.mark.parametrize("pause_s", [0.5, 5.0])
def test_pauses_do_not_make_speech_quieter(pause_s: float) -> None:
    pause = [1, -1] * int(pause_s * RATE_HZ / 2)
    spoken = _tone(-20.0, 0.48) + pause + _tone(-20.0, 0.48)
    assert active_speech_level_dbm0(spoken, RATE_HZ) == pytest.approx(-20.0, abs=0.2)


def test_silence_has_no_level() -> None:
    assert active_speech_level_dbm0([0] * RATE_HZ, RATE_HZ) is None
    assert active_speech_level_dbm0([1000] * 10, RATE_HZ) is None
