"""Who was heard to speak: told from a hum, a hiss and silence."""

from __future__ import annotations

import math
import random
import wave
from array import array
from collections.abc import Sequence
from importlib.resources import files

import pytest

from firmware.core.heard_speech import ONE_IN, HeardSpeech

RATE_HZ = 8000
BLOCK = 3840


def heard(samples: Sequence[int]) -> float:
    """The share of it that counts as speech."""
    speech = HeardSpeech(1, RATE_HZ)
    starts = range(0, len(samples) - BLOCK + 1, BLOCK)
    for start in starts:
        speech.note(0, samples[start : start + BLOCK][::ONE_IN], 480.0)
    return speech.speech_ms()[0] / (480 * len(starts))


def spoken(loudness: float) -> list[int]:
    with files("firmware.prompts").joinpath("call-recorded.wav").open("rb") as raw, wave.open(raw) as file:
        assert file.getframerate() == RATE_HZ
        return [round(sample * loudness) for sample in array("h", file.readframes(file.getnframes()))]


def tone(hertz: float, level: int) -> list[int]:
    return [round(level * math.sin(2 * math.pi * hertz * at / RATE_HZ)) for at in range(10 * RATE_HZ)]


@pytest.mark.parametrize("loudness", [1.0, 0.3, 0.1])
def test_speech_is_heard_loud_and_quiet(loudness: float) -> None:
    assert heard(spoken(loudness)) > 0.8


def test_nothing_else_is() -> None:
    hiss = random.Random(1)
    for sound in (
        [0] * 80_000,
        tone(50, 300),
        tone(50, 9000),
        tone(425, 12000),
        tone(1700, 30000),
        [hiss.randint(-90, 90) for _ in range(80_000)],
        [hiss.randint(-6000, 6000) for _ in range(80_000)],
    ):
        assert heard(sound) == 0
