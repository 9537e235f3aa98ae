"""Whether somebody speaks on a line, above whatever noise it has.

A line's noise is taken to be the quietest that it was lately: people pause, hum and hiss do not. What is known to be a
tone of the network or a telephone key is nobody's voice; music is, for somebody waits behind it.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from firmware.core.analogue.tone_ear import BLOCK_MS, SoundKind

#: Softer than this is not taken for speech, however quiet the line. Speech is planned for -20 dBm0 (ITU-T P.56), and a
#: far party on a poor line may come 15 dB softer.
LEAST_DBM0 = -46.0
_ABOVE_NOISE_DB = 6.0
# Beyond this, something that never stops is held to be music rather than noise.
_NOISIEST_DBM0 = -42.0
_QUIETEST_DBM0 = -70.0
_SMOOTHED_OVER = 5  # blocks
_STRETCH = 25  # blocks of which the quietest is kept …
_STRETCHES = 16  # … for so many stretches: 8 s
# A beginning: so many blocks of the last so many, a quarter of a second of voice within 0.6 s. No click is as long.
_BEGINNING, _BEGINNING_OF = 12, 30
# Data (a caller's number on its way to the display), ringing current and machines are equally loud all the time, people
# are not: so much must lie between the softer and the louder blocks of a beginning, a fifth of them at each end aside.
_LIVELY_DB = 2.0
_LONGEST_BEGINNING_MS = 3_000
# Going on takes less.
_GOING_ON, _GOING_ON_OF = 3, 10


class VoiceActivity:
    """Listens to one line, 20 ms at a time."""

    def __init__(self, least_dbm0: float = LEAST_DBM0) -> None:
        self._least_dbm0: Final = least_dbm0
        self._smoothed: deque[float] = deque(maxlen=_SMOOTHED_OVER)
        self._quietest: deque[float] = deque(maxlen=_STRETCHES)
        self._stretch: list[float] = []
        # The level of each block that may be voice; None for the others.
        self._lately: deque[float | None] = deque([None] * _BEGINNING_OF, maxlen=_BEGINNING_OF)
        self._count = 0
        self._before_dbm0 = _QUIETEST_DBM0
        self._blocks_since_first = 0

    def hear(self, level_dbm0: float, kind: SoundKind) -> None:
        """The next 20 ms."""
        self._learn_noise(level_dbm0)
        voiced = kind == "sound" and level_dbm0 >= self.threshold_dbm0
        self._blocks_since_first = self._blocks_since_first + 1 if self._count else 1
        self._count += voiced - (self._lately[0] is not None)
        # Ringing current swings in 40 ms.
        self._lately.append((level_dbm0 + self._before_dbm0) / 2 if voiced else None)
        self._before_dbm0 = level_dbm0

    @property
    def threshold_dbm0(self) -> float:
        """What is louder than this, at present, is held to be more than noise."""
        noise = min(self._quietest, default=_QUIETEST_DBM0)
        return max(self._least_dbm0, min(noise, _NOISIEST_DBM0) + _ABOVE_NOISE_DB)

    @property
    def begins(self) -> bool:
        """Whether there is enough voice to say that somebody has begun to speak."""
        if self._count < _BEGINNING:
            return False
        levels = sorted(level for level in self._lately if level is not None)
        aside = len(levels) // 5
        return levels[-1 - aside] - levels[aside] >= _LIVELY_DB

    @property
    def goes_on(self) -> bool:
        """Whether somebody who spoke still does."""
        if not self._count:
            return False
        return sum(self._lately[-back] is not None for back in range(1, _GOING_ON_OF + 1)) >= _GOING_ON

    @property
    def began_ms_ago(self) -> int:
        """How long ago the first of it was, before which there was nothing for 0.6 s; at most 3 s."""
        return min(self._blocks_since_first * BLOCK_MS, _LONGEST_BEGINNING_MS)

    def forget(self) -> None:
        """Nobody has spoken so far; what is known of the noise stays."""
        self._lately.extend([None] * _BEGINNING_OF)
        self._count = 0

    def _learn_noise(self, level_dbm0: float) -> None:
        self._smoothed.append(max(level_dbm0, _QUIETEST_DBM0))
        self._stretch.append(max(self._smoothed))
        if len(self._stretch) == _STRETCH:
            self._quietest.append(min(self._stretch))
            self._stretch.clear()
