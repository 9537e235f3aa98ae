"""Keys heard in a voice channel, to the limits of ITU-T Q.24 (Annex A) and ITU-T Q.23, as the compiled C hears them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from firmware.core.ring_layout import FAR_PARTY, OFFICE
from tests.contract.native_ear import ALL_KEYS, ASTERISKS, CODES, NO_KEYS, Detected, NativeDetector, NativeEar, Samples
from tests.contract.touch_tones import KEYS, Sound, noise, pcm, silence, tone

TRIES = 96
#: The power for each frequency, and how much more the upper one has, at which a key must be heard.
LEVELS = [(-3.0, 0.0), (-10.0, 4.0), (-10.0, -8.0), (-19.0, -8.0), (-23.0, 4.0), (-27.0, 0.0)]

rates = pytest.mark.parametrize("rate", [8000, 16000])


def heard(*sounds: Sound, rate: int = 8000) -> list[Detected]:
    detector = NativeDetector(rate)
    detector.hear(pcm(silence(30, rate), *sounds, silence(120, rate)))
    return detector.keys


def keys(found: Iterable[Detected]) -> str:
    return "".join(key.key for key in found)


class _Chance:
    """Where a tone begins within a frame, and at which phases, is left to chance: the same one every time."""

    def __init__(self, rate: int = 8000) -> None:
        self.rate = rate
        self.generator = np.random.default_rng(24)

    def tone(self, key: str, length_ms: float, **how: object) -> Sound:
        lower, upper = self.generator.uniform(0, 2 * np.pi, 2)
        return tone(key, length_ms, rate=self.rate, phases=(lower, upper), **how)  # type: ignore[arg-type]

    def lead(self) -> Sound:
        return silence(self.generator.uniform(0, 20), self.rate)

    def heard(self, length_ms: float, key: str, **how: object) -> str:
        return keys(heard(self.lead(), self.tone(key, length_ms, **how), rate=self.rate))


@rates
@pytest.mark.parametrize("length_ms", [40, 50, 100])
@pytest.mark.parametrize(("level_dbm0", "twist_db"), LEVELS)
def test_every_key_of_40_ms_and_more_counts_at_every_level_and_twist(
    rate: int, length_ms: float, level_dbm0: float, twist_db: float
) -> None:
    chance = _Chance(rate)
    for key in KEYS * 3:
        assert chance.heard(length_ms, key, level_dbm0=level_dbm0, twist_db=twist_db) == key


@rates
@pytest.mark.parametrize("off", [(0.015, 0.015), (-0.015, -0.015), (0.015, -0.015), (-0.015, 0.015)])
def test_a_key_up_to_one_and_a_half_per_cent_off_its_frequencies_counts(rate: int, off: tuple[float, float]) -> None:
    chance = _Chance(rate)
    for key in KEYS * 4:
        assert chance.heard(40, key, off=off) == key


@pytest.mark.parametrize("length_ms", [40, 100, 500])
@pytest.mark.parametrize(
    "off", [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.035, 0.035), (-0.05, 0.0)]
)
@pytest.mark.parametrize("twist_db", [0.0, 4.0, -8.0])
def test_a_tone_three_and_a_half_per_cent_off_is_no_key(
    length_ms: float, off: tuple[float, float], twist_db: float
) -> None:
    chance = _Chance()
    for key in KEYS * 2:
        assert chance.heard(length_ms, key, off=off, twist_db=twist_db) == ""


@rates
@pytest.mark.parametrize("length_ms", [5, 15, 20, 23])
def test_a_tone_of_23_ms_is_no_key(rate: int, length_ms: float) -> None:
    chance = _Chance(rate)
    for key in KEYS * 6:
        assert chance.heard(length_ms, key) == ""


def test_a_single_frequency_is_no_key() -> None:
    time = np.arange(4000) / 8000
    for frequency in (350, 440, 697, 941, 1209, 1633, 2100):
        assert keys(heard(8000 * np.sin(2 * np.pi * frequency * time))) == ""


def test_keys_of_40_ms_with_pauses_of_40_ms_are_all_told_apart() -> None:
    chance = _Chance()
    for _ in range(20):
        said = [part for key in KEYS for part in (chance.tone(key, 40), silence(40))]
        assert keys(heard(chance.lead(), *said)) == KEYS


def test_the_same_key_again_after_40_ms_is_two_keys_and_after_10_ms_one() -> None:
    chance = _Chance()
    for key in KEYS * 4:
        first, second = chance.tone(key, 50), chance.tone(key, 50)
        assert keys(heard(chance.lead(), first, silence(40), second)) == key * 2
        assert keys(heard(chance.lead(), first, silence(10), second)) == key


@pytest.mark.parametrize("length_ms", [40, 50, 100])
def test_keys_count_under_noise_15_db_below_them(
    length_ms: float, record_property: Callable[[str, object], None]
) -> None:
    chance = _Chance()
    right = 0
    for number in range(TRIES):
        key = KEYS[number % 16]
        sound = np.concatenate([chance.lead(), chance.tone(key, length_ms, level_dbm0=-15), silence(60)])
        right += keys(heard(sound + noise(len(sound), -30, chance.generator))) == key
    record_property(f"keys of {length_ms} ms heard at 15 dB of signal to noise", f"{right} of {TRIES}")
    assert right == TRIES


def test_a_key_is_told_with_its_place_and_length() -> None:
    for length_ms in (45, 80, 160, 320):
        (key,) = heard(silence(100), tone("7", length_ms))
        assert key.began_ms == pytest.approx(130, abs=12)
        assert key.length_ms == pytest.approx(length_ms, abs=15)


def test_a_key_held_for_long_is_told_after_half_a_second_and_once() -> None:
    (key,) = heard(tone("8", 2000))
    assert key.counted_ms == pytest.approx(30 + 500, abs=25)
    assert key.length_ms == pytest.approx(500, abs=10)


def test_an_asterisk_counts_soon_enough_to_keep_all_but_60_ms_of_it_from_the_far_party(
    record_property: Callable[[str, object], None],
) -> None:
    chance = _Chance()
    delays = []
    for level_dbm0, twist_db in LEVELS * 60:
        detector, lead = NativeDetector(), chance.lead()
        detector.hear(pcm(lead, chance.tone("*", 100, level_dbm0=level_dbm0, twist_db=twist_db)))
        ((key, counted_ms),) = detector.begun
        assert key == "*"
        delays.append(counted_ms - len(lead) / 8)
    record_property("an asterisk counts after", f"{np.mean(delays):.0f} ms, {max(delays):.0f} ms at most")
    assert max(delays) < 60


def test_nothing_heard_stays_in_the_detector_once_it_is_wiped_or_the_tone_is_over() -> None:
    fresh = NativeDetector()
    detector = NativeDetector()
    detector.hear(pcm(tone("5", 200)))
    assert detector.state() != fresh.state()
    detector.wipe()
    fresh.wipe()
    detector.hear(pcm(silence(40)))
    fresh.hear(pcm(silence(240)))
    assert detector.state() == fresh.state()
    detector.hear(pcm(tone("5", 200), silence(80)))
    fresh.hear(pcm(silence(280)))
    assert detector.state() == fresh.state()


def test_other_sample_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="48000"):
        NativeDetector(48000)


# --- whose keys are told ----------------------------------------------------------------------------------------------


def pressed(ear: NativeEar, digits: str, pause_ms: float = 80) -> None:
    audio: Samples = pcm(*(part for key in digits for part in (tone(key, 80), silence(pause_ms))))
    for start in range(0, len(audio) - 159, 160):
        ear.put(start, audio[start : start + 160], start / 8)


@pytest.mark.parametrize("code", ["*48", "*49", "*44", "*1234", "**", "*#"])
def test_a_feature_code_of_the_office_is_told(code: str) -> None:
    ear = NativeEar(None, OFFICE, CODES)
    pressed(ear, code)
    keys_told = ear.told()
    assert [key.key for key in keys_told] == list(code)
    assert all(key.duration_ms == pytest.approx(80, abs=15) for key in keys_told)
    assert ear.told() == []


def test_a_card_number_that_the_office_keys_is_held_nowhere() -> None:
    ear, fresh = NativeEar(None, OFFICE, CODES), NativeEar(None, OFFICE, CODES)
    pressed(ear, "4929123456789012")
    assert ear.told() == []
    for start in range(0, 16 * 1280, 160):
        fresh.put(start, np.zeros(160, np.int16), start / 8)
    assert ear.state() == fresh.state()


def test_after_an_asterisk_no_more_than_four_keys_are_told_and_none_after_three_seconds() -> None:
    ear = NativeEar(None, OFFICE, CODES)
    pressed(ear, "*492912345678")
    assert [key.key for key in ear.told()] == list("*4929")
    ear = NativeEar(None, OFFICE, CODES)
    pressed(ear, "*48", pause_ms=3200)
    assert [key.key for key in ear.told()] == ["*"]


def test_the_far_partys_keys_are_told_only_while_a_menu_listens() -> None:
    ear = NativeEar(None, FAR_PARTY, NO_KEYS)
    pressed(ear, "*48")
    assert ear.told() == []
    ear.listen(ALL_KEYS)
    pressed(ear, "2")
    assert [(key.channel, key.key) for key in ear.told()] == [(FAR_PARTY, "2")]
    ear.listen(NO_KEYS)
    pressed(ear, "3")
    assert ear.told() == []


def test_of_the_far_party_no_more_than_asterisks_is_told_for_their_echo() -> None:
    ear = NativeEar(None, FAR_PARTY, ASTERISKS)
    pressed(ear, "*48#0*")
    assert [key.key for key in ear.told()] == ["*", "*"]


def test_keys_that_were_read_leave_no_trace_in_the_listener() -> None:
    ear = NativeEar(None, FAR_PARTY, ALL_KEYS)
    pressed(ear, "49291")
    keys = slice(16, 16 + 16 * 16)  # the queue's, as ear.h and key_queue.h lay them out
    assert b"4" in ear.state()[keys]
    assert len(ear.told()) == 5
    assert not any(ear.state()[keys])
    pressed(ear, "1234567890")
    ear.wipe()
    assert ear.told() == []
