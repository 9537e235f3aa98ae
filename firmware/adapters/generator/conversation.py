"""Two people talking: they take turns, leave short pauses, and now and then speak at once."""

from __future__ import annotations

import wave
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firmware.adapters.generator.speech import SAMPLE_RATE_HZ, Passage

_PAUSE_S = 0.35
_OVERLAP_S = 0.9
_OVERLAP_EVERY = 3  # every third turn begins before the last has ended
_HEADROOM = 2 * SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Conversation:
    """What each party says: two tracks of one length, 16-bit mono at 8 kHz, sample for sample at the same moment."""

    far_party: array[int]
    office: array[int]

    @property
    def duration_s(self) -> float:
        return len(self.office) / SAMPLE_RATE_HZ


def converse(passages: Sequence[Passage], duration_s: float, beginning: int = 0) -> Conversation:
    """A conversation of that length. The office speaks first, and no passage is used by both parties.

    Args:
        passages: at least two.
        duration_s: how long it lasts; the last turn is cut off there, as hanging up does.
        beginning: where in the passages to begin, so that calls differ.
    """
    length = round(duration_s * SAMPLE_RATE_HZ)
    tracks = (array("h", bytes(2 * length)), array("h", bytes(2 * length)))  # office, far party
    shares = (passages[0::2], passages[1::2])
    start, turn = SAMPLE_RATE_HZ // 4, 0
    while start < length:
        share = shares[turn % 2]
        spoken = share[(beginning + turn // 2) % len(share)].samples
        end = min(start + len(spoken), length)
        tracks[turn % 2][start:end] = spoken[: end - start]
        turn += 1
        start = start + len(spoken) + _gap_before(turn, len(spoken))
    return Conversation(far_party=tracks[1], office=tracks[0])


def write_track(path: Path, samples: array[int]) -> None:
    """One party's track as the WAV file that pjsua's player takes."""
    with wave.open(str(path), "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(SAMPLE_RATE_HZ)
        audio.writeframes(samples.tobytes())


def _gap_before(turn: int, spoken: int) -> int:
    """Samples between a turn and the one before it; negative where they overlap."""
    if turn % _OVERLAP_EVERY == 0 and spoken > _HEADROOM:
        return -round(_OVERLAP_S * SAMPLE_RATE_HZ)
    return round(_PAUSE_S * SAMPLE_RATE_HZ)
