"""The tones a caller hears are the United Kingdom's (BT SIN 350)."""

from __future__ import annotations

import math

import pytest

from firmware.core.call_tones import BUSY, CONGESTION, NUMBER_UNOBTAINABLE, RINGING, CallTone, tone_for_status


def test_ringing_is_two_bursts_of_two_tones() -> None:
    assert RINGING.frequencies_hz == (400, 450)
    assert RINGING.bursts_ms == ((400, 200), (400, 2000))


def test_busy_congestion_and_unobtainable_differ_by_cadence() -> None:
    assert BUSY.bursts_ms == ((375, 375),)
    assert CONGESTION.bursts_ms == ((400, 350), (225, 525))
    assert NUMBER_UNOBTAINABLE.continuous
    assert {tone.frequencies_hz for tone in (BUSY, CONGESTION, NUMBER_UNOBTAINABLE)} == {(400,)}


@pytest.mark.parametrize("tone", [RINGING, BUSY, CONGESTION, NUMBER_UNOBTAINABLE])
def test_every_tone_has_the_level_it_claims(tone: CallTone) -> None:
    power = len(tone.frequencies_hz) * tone.amplitude**2 / 2
    full_scale_sine = 32767**2 / 2
    assert 10 * math.log10(power / full_scale_sine) + 3.14 == pytest.approx(tone.level_dbm0, abs=0.01)
    assert tone.amplitude * len(tone.frequencies_hz) < 32767
    assert -15 <= tone.level_dbm0 <= -5


@pytest.mark.parametrize(
    ("status", "tone"),
    [(486, BUSY), (600, BUSY), (480, BUSY), (404, NUMBER_UNOBTAINABLE), (604, NUMBER_UNOBTAINABLE), (503, CONGESTION)],
)
def test_the_tone_tells_what_became_of_the_call(status: int, tone: CallTone) -> None:
    assert tone_for_status(status) is tone
