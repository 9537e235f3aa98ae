"""Tones to send and to find again."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE_HZ = 8000
Pcm = npt.NDArray[np.int16]
_WINDOW = 80  # 10 ms


def tone(frequency_hz: float, seconds: float, level: float = 8000) -> Pcm:
    """A sine of that peak."""
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.asarray(np.round(level * np.sin(2 * np.pi * frequency_hz * time_s)), np.int16)


def level_of(pcm: Pcm, frequency_hz: float) -> float:
    """The strongest that a frequency sounds in any 200 ms, as the peak of a sine."""
    step = RATE_HZ // 5
    probe = np.exp(-2j * np.pi * frequency_hz * np.arange(step) / RATE_HZ) * np.hanning(step)
    parts = [pcm[start : start + step].astype(float) for start in range(0, len(pcm) - step, step // 2)]
    return max((abs(part @ probe) * 4 / step for part in parts), default=0.0)


def has_tone(pcm: Pcm, frequency_hz: float, least: float = 1000) -> bool:
    return level_of(pcm, frequency_hz) >= least


def longest_silence_ms(pcm: Pcm) -> int:
    """The longest run of samples that are all nought."""
    edges = np.flatnonzero(np.concatenate([[1], pcm, [1]]))
    return int(np.max(np.diff(edges))) * 1000 // RATE_HZ


def cadence_s(pcm: Pcm) -> tuple[float, ...]:
    """How long each complete burst of sound lasts, in order; none where it never pauses or never sounds."""
    windows = pcm[: len(pcm) // _WINDOW * _WINDOW].astype(float).reshape(-1, _WINDOW)
    sounding = np.sqrt(np.mean(windows**2, axis=1)) > 500
    edges = np.flatnonzero(np.diff(sounding.astype(int)))
    if len(edges) < 2:
        return ()
    starts = [edge for edge in edges if not sounding[edge]]
    ends = [edge for edge in edges if sounding[edge]]
    bursts = [(start, next((end for end in ends if end > start), None)) for start in starts]
    return tuple((end - start) * _WINDOW / RATE_HZ for start, end in bursts if end is not None)
