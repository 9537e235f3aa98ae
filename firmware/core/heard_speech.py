"""Whether somebody was heard to speak on each side of a call, from how loud each block of it was.

Speech rises and falls with every syllable, four times a second or so; what hums, hisses or whistles does not. So a
block of half a second counts as speech when it is louder than a quiet line and holds a moment that is far less loud.
"""

from __future__ import annotations

from collections.abc import Sequence

# Of 16-bit samples: below this nobody is heard on a telephone line, however quietly they speak (about -42 dBFS).
_FLOOR = 256
#: 12 dB.
_LOUDER_THAN_QUIETEST = 4
#: Shorter than a syllable, longer than the period of any hum.
_WINDOW_MS = 60
#: One sample in so many is looked at: with so few, a hundred calls take a hundredth of a core. No tone of a telephone
#: network beats with so odd a number.
ONE_IN = 13


class HeardSpeech:
    """Of one recording's channels. Keeps how long there was speech, and no sound."""

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self._window = max(1, sample_rate_hz * _WINDOW_MS // 1000 // ONE_IN)
        self._ms = [0.0] * channels

    def note(self, channel: int, samples: Sequence[int], length_ms: float) -> None:
        """About half a second of one channel, one sample of 16 bits in ``ONE_IN``."""
        starts = range(0, len(samples) - self._window + 1, self._window)
        peaks = [max(samples[start : start + self._window]) for start in starts]
        if peaks and max(peaks) >= max(_FLOOR, _LOUDER_THAN_QUIETEST * min(peaks)):
            self._ms[channel] += length_ms

    def speech_ms(self) -> tuple[int, ...]:
        """For how long each channel held speech."""
        return tuple(map(round, self._ms))
