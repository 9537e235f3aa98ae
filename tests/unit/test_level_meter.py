"""A meter shows how loud each side is now, falls slowly, and counts for how long somebody was heard."""

from __future__ import annotations

import math

from firmware.services.level_meter import HEARD_DBM0, Side

_RATE = 8000


def tone(dbm0: float, ms: int) -> list[int]:
    """A full-scale sine is 3.14 dBm0 (ITU-T G.711)."""
    peak = 32767 * 10 ** ((dbm0 - 3.14) / 20)
    return [round(peak * math.sin(2 * math.pi * 400 * each / _RATE)) for each in range(ms * _RATE // 1000)]


def test_a_tone_is_shown_at_its_level_and_counted_for_its_time() -> None:
    side = Side().after(tone(-20, 1000), _RATE)
    assert abs(side.dbm0 + 20) < 0.2
    assert 950 <= side.heard_ms <= 1000


def test_the_meter_rises_at_once_and_falls_slowly() -> None:
    loud = Side().after(tone(-10, 100), _RATE)
    then = loud.after([0] * 800, _RATE)
    assert -12.5 < then.dbm0 < -11.5
    assert then.heard_ms == loud.heard_ms
    for _ in range(60):
        then = then.after([0] * 800, _RATE)
    assert then.dbm0 < HEARD_DBM0
    assert then.after([], _RATE) == then
