"""Touch-tones are not in the recording: of a thousand an independent decoder finds none, and speech is left alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.core.ring_layout import FAR_PARTY, Marker, MarkerKind
from tests.contract.native_ear import ALL_KEYS, NativeDetector, NativeEar, Samples
from tests.contract.native_ring import NativeRing
from tests.contract.touch_tones import (
    KEYS,
    Sound,
    at_level,
    decoded_by_multimon,
    noise,
    pcm,
    recorded_speech,
    silence,
    synthetic_speech,
    tone,
)

RATE = 8000
FRAME = 160
DIGITS = 1000
TEN_MINUTES = 10 * 60 * RATE
LICENSE = Path(__file__).parents[2] / "LICENSE"

Figure = Callable[[str, object], None]


class Recording:
    """One party's channel: listener, ring, and a reader a second behind that keeps what it read."""

    def __init__(self) -> None:
        self._ring = RingWriter.create(bytes(16))
        self.native = NativeRing(self._ring.fd)
        self._ear = NativeEar(self.native, FAR_PARTY, ALL_KEYS)
        self._reader = RingReader(*(os.dup(descriptor) for descriptor in self._ring.descriptors()))
        self._kept: list[Samples] = []
        self._read = self.ticks = 0
        self.keys = ""

    def hear(self, audio: Samples) -> None:
        for start in range(0, len(audio) - FRAME + 1, FRAME):
            self._ear.put(self.ticks * FRAME, audio[start : start + FRAME], self.ticks * 20.0)
            self.ticks += 1
            if self.ticks % 100 == 0:
                self.keys += "".join(key.key for key in self._ear.told())
                self._keep(self.ticks * FRAME - RATE)

    def end(self) -> Samples:
        """Everything recorded."""
        self._keep(self.native.stop())
        self.keys += "".join(key.key for key in self._ear.told())
        return np.concatenate(self._kept)

    def listener(self) -> bytes:
        """All that it remembers."""
        return self._ear.state()

    def markers(self, kind: MarkerKind) -> list[Marker]:
        return [marker for marker in self._reader.markers_since(0)[0] if marker.kind is kind]

    def close(self) -> None:
        self._reader.close()
        self.native.close()
        self._ring.release()

    def _keep(self, until: int) -> None:
        if until > self._read:
            self._kept.append(np.array(self._reader.block(FAR_PARTY, self._read, until - self._read), np.int16))
            self._read = until


@pytest.fixture
def recording() -> Iterator[Recording]:
    made = Recording()
    yield made
    made.close()


@dataclass(frozen=True)
class Behind:
    """How far speech and noise are below the tone, in dB."""

    speech: tuple[float, float]
    noise: tuple[float, float]


@pytest.mark.parametrize(
    "behind",
    [Behind((3, 20), (6, 30)), Behind((10, 25), (15, 30)), Behind((-6, 3), (-3, 6))],
    ids=["in talk", "behind a talker", "under a talker"],
)
def test_of_a_thousand_keys_a_decoder_of_its_own_finds_none_in_the_recording(
    recording: Recording, behind: Behind, record_property: Figure
) -> None:
    audio = _a_thousand_keys(behind)
    recording.hear(audio)
    in_the_call, in_the_recording = decoded_by_multimon(audio), decoded_by_multimon(recording.end())
    record_property("keys decoded in the call", len(in_the_call))
    record_property("keys decoded in the recording", len(in_the_recording))
    assert len(in_the_call) > 0.8 * DIGITS
    assert in_the_recording == ""


def test_a_key_is_silent_from_before_its_onset_until_after_its_end_and_marked_without_its_name(
    recording: Recording,
) -> None:
    chance = np.random.default_rng(3)
    hum = noise(RATE, -40, chance)
    key = tone("5", 120)
    recording.hear(pcm(hum, key + noise(len(key), -40, chance), hum))
    heard = recording.end()
    silent = np.flatnonzero(heard == 0)
    assert not heard[RATE : RATE + len(key)].any()
    (marker,) = recording.markers(MarkerKind.TOUCH_TONE)
    assert RATE - 800 < marker.start_sample < RATE - 80
    assert RATE + 960 + 80 < marker.start_sample + marker.length_samples < RATE + 960 + 800
    assert marker.value == 0
    covered = np.arange(marker.start_sample, marker.start_sample + marker.length_samples)
    assert np.isin(covered, silent).all()
    assert recording.keys == "5"


def test_no_key_can_be_decoded_at_the_edges_of_a_pause(recording: Recording, record_property: Figure) -> None:
    """Keys go on while the call is paused and resumed at any moment; only the pauses and the masks are silent."""
    chance = np.random.default_rng(11)
    played: list[Samples] = []
    for number in range(300):
        key = tone(KEYS[number % 16], chance.uniform(40, 300), phases=(chance.uniform(0, 6), 0.0))
        part = pcm(silence(chance.uniform(80, 200)), key, silence(chance.uniform(0, 20)))
        part = part[: len(part) // FRAME * FRAME]
        edge = int(chance.integers(0, len(part) // FRAME)) * FRAME
        recording.hear(part[:edge])
        if number % 2:
            recording.native.resume()
        else:
            recording.native.pause(0)
        recording.hear(part[edge:])
        played.append(part)
    decoded = decoded_by_multimon(recording.end())
    record_property("keys decoded in the call", len(decoded_by_multimon(np.concatenate(played))))
    assert decoded == ""
    assert len(recording.keys) > 200, "keys are heard while paused, too"


def test_what_was_heard_up_to_a_pause_is_forgotten_as_it_begins() -> None:
    """A key that is down at that moment may be a card's; the listener is then as if it had heard nothing."""
    states = []
    for sound in (tone("5", 100), silence(100)):
        made = Recording()
        made.hear(pcm(sound)[: 4 * FRAME])
        made.native.pause(0)
        made.hear(pcm(sound)[4 * FRAME :])
        states.append(made.listener())
        made.close()
    assert states[0] == states[1]


def test_ten_minutes_of_recorded_speech_hold_no_key_and_lose_less_than_one_per_cent(record_property: Figure) -> None:
    _left_alone(recorded_speech()[:TEN_MINUTES], record_property)
    _left_alone(recorded_speech()[-TEN_MINUTES:], record_property)


def test_twenty_minutes_of_four_synthetic_voices_hold_no_key_and_lose_less_than_one_per_cent(
    record_property: Figure,
) -> None:
    text = LICENSE.read_text()[:5000]
    voices = (("en-gb", 50), ("en-gb", 25), ("en-gb+f3", 60), ("en-gb-scotland", 40))
    _left_alone(np.concatenate([synthetic_speech(voice, pitch, text) for voice, pitch in voices]), record_property)


def _left_alone(speech: Sound, record_property: Figure) -> None:
    detector = NativeDetector()
    audio = pcm(at_level(speech, -18))
    detector.hear(audio)
    share = detector.masked_samples(len(audio)) / len(audio)
    record_property(f"of {len(audio) / RATE / 60:.1f} minutes masked by mistake", f"{share:.2%}")
    assert detector.begun == []
    assert detector.keys == []
    assert share <= 0.01


def _a_thousand_keys(behind: Behind) -> Samples:
    """All sixteen, 40 to 500 ms, -30 to 0 dBm0, as far off and skewed as Q.24 allows; speech, noise or both behind."""
    chance = np.random.default_rng(1000)
    speech = recorded_speech()
    return pcm(*(_one_key(number, behind, speech, chance) for number in range(DIGITS)))


def _one_key(number: int, behind: Behind, speech: Sound, chance: np.random.Generator) -> Sound:
    level_dbm0 = chance.uniform(-30, 0)
    off, phases = chance.uniform(-0.015, 0.015, 2), chance.uniform(0, 2 * np.pi, 2)
    key = tone(
        KEYS[number % 16],
        chance.uniform(40, 500),
        level_dbm0=level_dbm0,
        twist_db=chance.uniform(-8, 4),
        off=(off[0], off[1]),
        phases=(phases[0], phases[1]),
    )
    sound = np.concatenate([silence(chance.uniform(150, 300)), key])
    start = int(chance.integers(0, len(speech) - len(sound)))
    if number % 3 != 0:
        sound = sound + at_level(speech[start : start + len(sound)], level_dbm0 - chance.uniform(*behind.speech))
    if number % 3 != 1:
        sound = sound + noise(len(sound), level_dbm0 - chance.uniform(*behind.noise), chance)
    return sound
