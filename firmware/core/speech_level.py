"""How loud speech is, pauses aside, and how loud it should be.

The active speech level of ITU-T P.56 leaves the pauses out of the average, so that a sentence with long pauses is not
taken for a quiet one. Here activity is judged in blocks of 16 ms, which for prompts differs from the recommendation's
envelope detector by less than 1 dB.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from operator import mul

# What telephone networks are planned for: ITU-T P.56 levels of real calls, and the level of ITU-T P.800 test speech.
NOMINAL_DBM0 = -20.0

_FULL_SCALE = 32768.0
# 0 dBm0 lies 3.14 dB below a full-scale sine (ITU-T G.711, A-law), which has 3.01 dB less power than a full square.
_FULL_SQUARE_DBM0 = 3.14 + 3.01
_MARGIN_DB = 15.9  # ITU-T P.56 §4: activity is what lies less than this below the active level
_SILENCE_POWER = 1.0  # one step of 16 bits
_BLOCK_MS = 16


def active_speech_level_dbm0(samples: Sequence[int], sample_rate_hz: int) -> float | None:
    """The active level of 16-bit mono speech in dBm0; None for silence or for less than one block."""
    powers = sorted(power for power in _block_powers(samples, sample_rate_hz) if power > _SILENCE_POWER)
    if not powers:
        return None
    mean = sum(powers) / len(powers)
    while powers[0] < mean * 10 ** (-_MARGIN_DB / 10):
        powers = [power for power in powers if power >= mean * 10 ** (-_MARGIN_DB / 10)]
        mean = sum(powers) / len(powers)
    return power_dbm0(mean)


def power_dbm0(mean_square: float) -> float:
    """The level of 16-bit sound whose samples' mean square is that, in dBm0; silence counts as one step of 16 bits."""
    return 10 * math.log10(max(mean_square, _SILENCE_POWER) / _FULL_SCALE**2) + _FULL_SQUARE_DBM0


def audible_ms(samples: Sequence[int], sample_rate_hz: int, least_dbm0: float) -> int:
    """For how long 16-bit mono sound is at least that loud, all its blocks together."""
    least = 10 ** ((least_dbm0 - _FULL_SQUARE_DBM0) / 10) * _FULL_SCALE**2
    return sum(power >= least for power in _block_powers(samples, sample_rate_hz)) * _BLOCK_MS


def _block_powers(samples: Sequence[int], sample_rate_hz: int) -> Iterator[float]:
    size = sample_rate_hz * _BLOCK_MS // 1000
    for start in range(0, len(samples) - size + 1, size):
        block = samples[start : start + size]
        yield sum(map(mul, block, block)) / size
