"""The ``#`` that ends a greeting leaves nothing in it, and takes no word with it."""

from __future__ import annotations

from array import array

import numpy as np
import pytest

from firmware.core.end_key import without_end_key
from tests.contract.touch_tones import Sound, at_level, decoded_by_multimon, noise, pcm, recorded_speech, silence, tone

RATE_HZ = 8000
SPOKEN_S = 3


def _cut(sound: Sound) -> int:
    """How much is left, in samples."""
    return len(without_end_key(array("h", pcm(sound).tobytes()), RATE_HZ))


def _spoken(chance: np.random.Generator) -> Sound:
    speech = recorded_speech()
    start = int(chance.integers(0, len(speech) - SPOKEN_S * RATE_HZ))
    return at_level(speech[start : start + SPOKEN_S * RATE_HZ], chance.uniform(-28, -14))


@pytest.mark.parametrize("length_ms", [10, 15, 20, 40, 60, 100, 300, 500, 2000])
def test_nothing_of_the_key_is_left_and_every_word_is(length_ms: int) -> None:
    chance = np.random.default_rng(length_ms)
    for _ in range(6):
        spoken, gap_ms = _spoken(chance), chance.uniform(0, 800)
        key = tone("#", length_ms, level_dbm0=chance.uniform(-25, -3), twist_db=chance.uniform(-6, 6))
        sound = np.concatenate([spoken, silence(gap_ms), key, silence(chance.uniform(0, 300))])
        left = _cut(sound + noise(len(sound), chance.uniform(-65, -48), chance))
        assert left <= len(spoken) + gap_ms * RATE_HZ / 1000
        assert left >= len(spoken) - 0.03 * RATE_HZ


def test_the_first_packet_of_the_tone_goes_too_where_the_rest_was_sent_as_an_event() -> None:
    sound = np.concatenate([_spoken(np.random.default_rng(1)), silence(200), tone("#", 18), silence(2500)])
    assert SPOKEN_S * RATE_HZ <= _cut(sound) <= (SPOKEN_S + 0.2) * RATE_HZ


def test_speech_alone_loses_a_moment_at_its_end_and_no_more() -> None:
    chance = np.random.default_rng(2)
    for _ in range(100):
        assert _cut(_spoken(chance)) == SPOKEN_S * RATE_HZ - 480


def test_a_key_in_the_middle_of_a_greeting_stays() -> None:
    chance = np.random.default_rng(3)
    sound = np.concatenate([_spoken(chance), tone("#", 100), silence(50), _spoken(chance)])
    assert _cut(sound) > 2 * SPOKEN_S * RATE_HZ
    assert decoded_by_multimon(pcm(sound)) == "#"


def test_what_is_nothing_but_the_key_leaves_nothing() -> None:
    assert _cut(tone("#", 300)) == 0
    assert _cut(silence(10)) == 0
