"""The network's tones, in three countries, are told from each other and from everything that people say or play."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from firmware.core.analogue.line_tones import ENDING_TONES, PROFILES, LineTone, ToneMeaning, ToneProfile
from firmware.core.analogue.tone_ear import ToneEar
from firmware.core.speech_level import power_dbm0
from firmware.native.tapped_line import TappedLine
from tests.contract.touch_tones import AMPLITUDE_0_DBM0, at_level, noise, pcm, recorded_speech
from tests.integration.line_traffic import RATE_HZ, music

_ALL = [(profile, tone) for profile in PROFILES.values() for tone in profile.tones]


def heard_in(
    sound: npt.NDArray[np.int16], profile: ToneProfile, rate_hz: int = RATE_HZ
) -> Iterator[ToneMeaning | None]:
    """What is recognised after each 20 ms."""
    line, ear = TappedLine(rate_hz, (0,), 0, profile.frequencies_hz), ToneEar(profile)
    block = rate_hz // 50
    sound = np.ascontiguousarray(sound)
    for number in range(0, len(sound) - block + 1, block):
        heard = line.put(number, sound.ctypes.data + 2 * number, 1)[0]
        yield ear.hear(power_dbm0(heard.power), heard.shares, heard.touch_tone).tone
    line.close()


def sounded(
    tone: LineTone, seconds: float, level_dbm0: float, off: float = 1.0, stretched: float = 1.0, rate_hz: int = RATE_HZ
) -> npt.NDArray[np.int16]:
    """A tone over a line's noise; ``off`` is how far it is beside its frequencies, ``stretched`` beside its times."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    loud = AMPLITUDE_0_DBM0 * 10 ** (level_dbm0 / 20)
    sound = sum(loud * np.sin(2 * np.pi * hertz * off * time) for hertz in tone.frequencies_hz)
    if tone.cadence_ms:
        parts = [round(ms * stretched) * rate_hz // 1000 for ms in tone.cadence_ms]
        cycle = np.concatenate([np.full(part, 1.0 - n % 2) for n, part in enumerate(parts)])
        sound = sound * np.resize(cycle, len(time))
    return pcm(np.asarray(sound) + noise(len(time), -58.0, np.random.default_rng(1)))


@pytest.mark.parametrize(
    ("profile", "tone"), _ALL, ids=lambda value: getattr(value, "name", getattr(value, "meaning", ""))
)
@pytest.mark.parametrize(
    ("level_dbm0", "off", "stretched"), [(-21.0, 1.0, 1.0), (-8.0, 1.01, 1.08), (-34.0, 0.99, 0.92)]
)
def test_each_tone_is_known_loud_or_soft_and_a_little_beside(
    profile: ToneProfile, tone: LineTone, level_dbm0: float, off: float, stretched: float
) -> None:
    seconds = 6.0 if not tone.cadence_ms else max(6.0, 3.2 * sum(tone.cadence_ms) / 1000)
    told = set(heard_in(sounded(tone, seconds, level_dbm0, off, stretched), profile)) - {None}
    assert told == {tone.meaning}


def test_a_card_at_sixteen_kilohertz_hears_the_same() -> None:
    profile = PROFILES["uk"]
    for tone in profile.tones:
        sound = sounded(tone, 10.0, -21.0, rate_hz=16000)
        assert set(heard_in(sound, profile, 16000)) - {None} == {tone.meaning}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_nothing_that_people_say_or_play_ends_a_call(profile: ToneProfile) -> None:
    """Ten minutes of studio speech, and five of music."""
    chance = np.random.default_rng(4)
    speech = at_level(recorded_speech()[: 600 * RATE_HZ], -20.0)
    for sound in (speech, np.concatenate([music(100, chance) for _ in range(3)])):
        told = set(heard_in(pcm(sound + noise(len(sound), -55.0, chance)), profile))
        assert not told & ENDING_TONES
