"""The sound of the ``#`` that ends a greeting, found at the end of it and cut off.

A phone that keys by audible tones sends all of it; one that sends an event or an INFO request often lets the first
packet of the tone through all the same. Frequencies are those of ITU-T Q.23.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from operator import mul

_END_KEY_HZ = (941, 1477)
_WINDOW_MS = 20
_HOP_MS = 5
# Somebody may hold the key, or wait, for as long after the last word.
_LONGEST_TAIL_S = 5
# Of the sound's power both frequencies together, and each: a tone that fills half a window has half of it.
_LEAST_SHARE, _LEAST_OF_EACH = 0.45, 0.08
# Power of 16-bit samples: −45 dBm0. A touch-tone need not be heard below −29 dBm0 for each frequency (ITU-T Q.24).
_FAINTEST_POWER = 32768.0**2 * 10 ** ((-45 - 6.15) / 10)
# Against the loudest moment that is no key; speech is rarely further below it for long.
_SPEECH_BELOW_PEAK = 10 ** (-20 / 10)
# What can only be an end of the tone, or a noise between it and the end of the recording.
_LONGEST_NOISE_MS = 120
# The tone begins anywhere in the window that shows it, and with less than its half in the one before.
_MARGIN_MS = 20
# Cut off whatever was heard: the tone's first few milliseconds alone do not show, but are a click.
_LEAST_CUT_MS = 60


def without_end_key(samples: array[int], sample_rate_hz: int) -> array[int]:
    """16-bit mono sound up to the ``#`` at its end, or up to a moment before its end where there is none.

    Only what no speech follows is taken for it: a key in the middle of a greeting stays.
    """
    hop = sample_rate_hz * _HOP_MS // 1000
    tail_begins = max(0, len(samples) - _LONGEST_TAIL_S * sample_rate_hz)
    windows = _windows(samples[tail_begins:], sample_rate_hz, hop)
    first = _first_of_the_last_key(windows)
    if first is None:
        return samples[: max(0, len(samples) - sample_rate_hz * _LEAST_CUT_MS // 1000)]
    return samples[: max(0, tail_begins + first * hop - sample_rate_hz * _MARGIN_MS // 1000)]


def _first_of_the_last_key(windows: Sequence[tuple[float, bool]]) -> int | None:
    """Among (power, is the key) of each window: where the key begins after which there is no speech."""
    peak = max((power for power, is_key in windows if not is_key), default=0.0)
    loud = max(peak * _SPEECH_BELOW_PEAK, _FAINTEST_POWER)
    first, loud_windows = None, 0
    for at in range(len(windows) - 1, -1, -1):
        power, is_key = windows[at]
        if is_key:
            first = at
        loud_windows = loud_windows + 1 if power >= loud and not is_key else 0
        if loud_windows * _HOP_MS > _LONGEST_NOISE_MS:
            break
    return first


def _windows(samples: Sequence[int], sample_rate_hz: int, hop: int) -> list[tuple[float, bool]]:
    size = sample_rate_hz * _WINDOW_MS // 1000
    waves = [_wave(frequency, size, sample_rate_hz) for frequency in _END_KEY_HZ]
    return [_measured(samples[start : start + size], waves) for start in range(0, len(samples) - size + 1, hop)]


def _measured(window: Sequence[int], waves: Sequence[tuple[list[float], list[float]]]) -> tuple[float, bool]:
    """The window's power, and whether it is the key."""
    power = sum(map(mul, window, window)) / len(window)
    if power < _FAINTEST_POWER:
        return power, False
    scale = 2 / len(window) ** 2 / power
    shares = [scale * (sum(map(mul, window, cosine)) ** 2 + sum(map(mul, window, sine)) ** 2) for cosine, sine in waves]
    return power, sum(shares) >= _LEAST_SHARE and min(shares) >= _LEAST_OF_EACH


def _wave(frequency: int, size: int, sample_rate_hz: int) -> tuple[list[float], list[float]]:
    angles = [2 * math.pi * frequency * at / sample_rate_hz for at in range(size)]
    return [math.cos(angle) for angle in angles], [math.sin(angle) for angle in angles]
