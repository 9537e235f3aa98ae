"""What is played into the machine's lines, and where in a recording it is found again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.contract.touch_tones import at_level, noise, pcm
from tests.functional.instruments.speech import conversation

RATE_HZ = 8000
Pcm = npt.NDArray[np.int16]


def speech(seconds: float, seed: int = 1) -> Pcm:
    return pcm(at_level(conversation(seconds, seed).far.astype(np.float64), -22.0))


def over_noise(*parts: Pcm) -> Pcm:
    """Over a line's noise: one that is digitally silent is told to be dead."""
    sound = np.concatenate(parts).astype(np.float64)
    return pcm(sound + noise(len(sound), -60.0, np.random.default_rng(2)))


def on_a_line(*parts: Pcm) -> bytes:
    return bytes(over_noise(*parts).tobytes())


def found_at(played: Pcm, recorded: Pcm) -> tuple[int, float]:
    """Where in a recording it begins, in samples, and how like it the recording is there."""
    size = 1 << (len(played) + len(recorded)).bit_length()
    spectrum = np.fft.rfft(recorded.astype(float), size) * np.conj(np.fft.rfft(played.astype(float), size))
    begin = int(np.argmax(np.fft.irfft(spectrum, size)[: len(recorded)]))
    there = recorded[begin : begin + len(played)].astype(float)
    if not there.std() or not played.std():
        return begin, 0.0
    return begin, float(np.corrcoef(played[: len(there)].astype(float), there)[0, 1])
