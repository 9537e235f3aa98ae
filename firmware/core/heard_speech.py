"""Whether somebody was heard to speak on each side of a call, from how loud each block of it was.

Speech rises and falls; what hums, hisses or whistles does not. So a block counts as speech when it is louder than a
quiet line, and clearly louder than the quietest part of the same side.
"""

from __future__ import annotations

# Of 16-bit samples: below this nobody is heard on a telephone line, however quietly they speak (about -42 dBFS).
_FLOOR_BITS = 9
# Each bit is 6 dB.
_ABOVE_BACKGROUND_BITS = 2
_BITS = 17
_QUIETEST_SHARE = 0.1


class HeardSpeech:
    """Of one recording's channels. Keeps how long each loudness lasted, and no sound."""

    def __init__(self, channels: int) -> None:
        self._ms = [[0.0] * _BITS for _ in range(channels)]

    def note(self, channel: int, loudest: int, length_ms: float) -> None:
        """A block whose loudest sample, of 16 bits and without its sign, was that."""
        self._ms[channel][loudest.bit_length()] += length_ms

    @property
    def judged_ms(self) -> int:
        """How much was listened to."""
        return round(sum(self._ms[0]))

    def speech_ms(self) -> tuple[int, ...]:
        """For how long each channel held speech."""
        return tuple(round(_speech_ms(ms)) for ms in self._ms)


def _speech_ms(ms: list[float]) -> float:
    least = max(_FLOOR_BITS, _background_bits(ms) + _ABOVE_BACKGROUND_BITS)
    return sum(ms[least:])


def _background_bits(ms: list[float]) -> int:
    """How loud the quietest tenth is, in bits."""
    quiet, so_far = _QUIETEST_SHARE * sum(ms), 0.0
    for bits, length_ms in enumerate(ms):
        so_far += length_ms
        if so_far > quiet:
            return bits
    return 0
