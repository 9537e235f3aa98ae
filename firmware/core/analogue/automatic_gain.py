"""Automatic gain: voices that come too softly through a tap are made louder, slowly and within limits.

Only voice is gone by, so that pauses and noise stay what they are. The one channel of two wires has a near party and a
far one, which is softer: the gain settles between the two and does not jump from one to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware.core.analogue.tone_ear import BLOCK_MS
from firmware.core.speech_level import NOMINAL_DBM0

_UP_DB_PER_S = 1.0
_DOWN_DB_PER_S = 6.0
# Over this much voice a level is averaged.
_AVERAGED_MS = 2_000
# So near to what is wanted, nothing is changed.
_CLOSE_DB = 1.5
# What clips is too loud, whatever its average.
_CLIPPING_DB = 1.0


@dataclass(frozen=True)
class GainLimits:
    """Within what a gain may be, in dB. Both 0: none at all."""

    least_db: float = -6.0
    most_db: float = 12.0


class AutomaticGain:
    """The gain of one channel, told of 20 ms at a time."""

    def __init__(self, limits: GainLimits) -> None:
        self._limits: Final = limits
        self._level_dbm0: float | None = None
        self.gain_db = min(max(0.0, limits.least_db), limits.most_db)

    def hear(self, level_dbm0: float, voice: bool, clipped: int) -> bool:
        """The next 20 ms before gain: level, whether somebody speaks, and how many samples the gain made too loud.
        Gives whether the gain is another now."""
        if clipped:
            return self._move(-_CLIPPING_DB)
        if not voice:
            return False
        before = self._level_dbm0 if self._level_dbm0 is not None else level_dbm0
        self._level_dbm0 = before + (level_dbm0 - before) * BLOCK_MS / _AVERAGED_MS
        wanted = NOMINAL_DBM0 - self._level_dbm0
        if abs(wanted - self.gain_db) <= _CLOSE_DB:
            return False
        return self._move(
            _UP_DB_PER_S * BLOCK_MS / 1000 if wanted > self.gain_db else -_DOWN_DB_PER_S * BLOCK_MS / 1000
        )

    @property
    def factor(self) -> float:
        return float(10 ** (self.gain_db / 20))

    def _move(self, by_db: float) -> bool:
        before = self.gain_db
        self.gain_db = min(max(before + by_db, self._limits.least_db), self._limits.most_db)
        return self.gain_db != before
