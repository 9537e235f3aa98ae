"""The ear on a line, in C: what is kept before a call, masked, left out, lost, and in which ring it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.core.analogue.line_tones import UNITED_KINGDOM
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import MarkerKind
from firmware.core.speech_level import power_dbm0
from firmware.native.tapped_line import HeardBlock, TappedLine
from tests.contract.native_ear import NativeDetector
from tests.contract.touch_tones import AMPLITUDE_0_DBM0, pcm, silence, tone

Pcm = npt.NDArray[np.int16]
BLOCK = 160
FREQUENCIES = UNITED_KINGDOM.frequencies_hz


class Ear:
    """A line's ear at 8 kHz, given sound by hand. ``number`` is the sample that comes next."""

    def __init__(self, channels: int = 1, kept_ms: int = 2000) -> None:
        self.line = TappedLine(8000, tuple(range(channels)), kept_ms, FREQUENCIES)
        self.channels, self.number = channels, 0

    def hear(self, *sound: Pcm) -> list[HeardBlock]:
        """One array for each channel; gives what was heard of the first."""
        together = np.ascontiguousarray(np.stack(sound, axis=1))
        heard = []
        for start in range(0, len(together) - BLOCK + 1, BLOCK):
            block = np.ascontiguousarray(together[start : start + BLOCK])
            heard.append(self.line.put(self.number, block.ctypes.data, self.channels)[0])
            self.number += BLOCK
        return heard


@contextmanager
def ring(channels: int = 1, rate: int = 8000) -> Iterator[RingWriter]:
    made = RingWriter.create(os.urandom(16), rate, channels=channels)
    try:
        yield made
    finally:
        made.release()


def held(made: RingWriter, channel: int = 0) -> Pcm:
    data = os.pread(made.fd, made.samples_written() * 2, made.header.audio_offset(channel))
    return np.frombuffer(data, np.int16)


def noise(seconds: float, seed: int = 1) -> Pcm:
    return np.random.default_rng(seed).normal(0, 1500, round(seconds * 8000)).astype(np.int16)


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.line.close()


def test_a_recording_begins_with_what_was_kept_from_where_it_is_asked(ear: Ear) -> None:
    ear.line.keep(True)
    before, after = noise(1.0), noise(0.5, 2)
    ear.hear(before)
    with ring() as made:
        ear.line.record(made.fd, 4000, paused=False)
        ear.hear(after)
        assert ear.line.stop() == 8000
        assert np.array_equal(held(made), np.concatenate([before[4000:], after]))


def test_what_is_older_than_what_is_kept_is_gone(ear: Ear) -> None:
    ear.line.keep(True)
    sound = noise(5.0)
    ear.hear(sound)
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        ear.line.stop()
        assert np.array_equal(held(made), sound[-16000:])


def test_touch_tones_are_masked_in_what_was_kept_too(ear: Ear) -> None:
    ear.line.keep(True)
    ear.hear(pcm(silence(200), *(part for key in "4929" for part in (tone(key, 80), silence(80))), silence(200)))
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        ear.hear(pcm(tone("7", 100), silence(100)))
        ear.line.stop()
        detector = NativeDetector()
        detector.hear(held(made))
    assert not detector.begun


def test_a_recording_that_begins_paused_has_nothing_of_what_was_kept(ear: Ear) -> None:
    ear.line.keep(True)
    ear.hear(noise(1.0))
    with ring() as made:
        ear.line.record(made.fd, 0, paused=True)
        ear.hear(noise(0.5))
        ear.line.stop()
        assert not np.any(held(made))


def test_what_is_not_wanted_is_wiped_from_memory(ear: Ear) -> None:
    ear.line.keep(True)
    sound = noise(1.0)
    ear.hear(sound)
    wanted = sound[3000:3100].tobytes()
    assert wanted in _memory_of(ear.line)
    ear.line.keep(False)
    assert wanted not in _memory_of(ear.line)


def _memory_of(line: TappedLine) -> bytes:
    """The whole mapping that a line's ear lives in."""
    address = vars(line)["_handle"]
    for mapping in Path("/proc/self/maps").read_text().splitlines():
        start, end = (int(part, 16) for part in mapping.split()[0].split("-"))
        if start <= address < end:
            with Path("/proc/self/mem").open("rb") as memory:
                memory.seek(start)
                return memory.read(end - start)
    raise LookupError("a line without memory")


def test_from_a_pause_on_nothing_is_in_the_ring_and_its_look_back_is_wiped(ear: Ear) -> None:
    sound = noise(3.0)
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        ear.hear(sound[:8000])
        ear.line.pause(500)
        ear.hear(sound[8000:16000])
        assert ear.line.resume(ear.number) == 0
        ear.hear(sound[16000:])
        ear.line.stop()
        recorded = held(made)
    assert np.array_equal(recorded[:4000], sound[:4000])
    assert not np.any(recorded[4000:16000])
    assert np.array_equal(recorded[16000:], sound[16000:])


def test_what_the_card_had_taken_before_a_resume_is_still_left_out(ear: Ear) -> None:
    sound = noise(2.0)
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        ear.line.pause(0)
        ear.hear(sound[:8000])
        assert ear.line.resume(ear.number + 1600) == 0
        ear.hear(sound[8000:])
        ear.line.stop()
        recorded = held(made)
    assert not np.any(recorded[:9600])
    assert np.array_equal(recorded[9600:], sound[9600:])


def test_what_was_lost_is_silence_of_its_own_length_and_marked(ear: Ear) -> None:
    first, second = noise(0.5), noise(0.5, 2)
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        reader = RingReader(*(os.dup(fd) for fd in made.descriptors()))
        ear.hear(first)
        ear.number += 2400
        ear.hear(second)
        ear.line.stop()
        recorded = held(made)
        markers = [each for each in reader.markers_since(0)[0] if each.kind is MarkerKind.LOSS_NOT_TAKEN]
        reader.close()
    assert np.array_equal(recorded[:4000], first)
    assert not np.any(recorded[4000:6400])
    assert np.array_equal(recorded[6400:], second)
    assert [(marker.start_sample, marker.length_samples) for marker in markers] == [(4000, 2400)]


def test_two_channels_stay_apart_and_in_step() -> None:
    ear = Ear(channels=2)
    ear.line.keep(True)
    far, office = noise(1.0), noise(1.0, 2)
    ear.hear(far, office)
    with ring(channels=2) as made:
        ear.line.record(made.fd, 4000, paused=False)
        ear.hear(far, office)
        ear.line.stop()
        assert np.array_equal(held(made, 0), np.concatenate([far[4000:], far]))
        assert np.array_equal(held(made, 1), np.concatenate([office[4000:], office]))
    ear.line.close()


def test_a_gain_changes_without_a_step_and_what_it_clips_is_counted(ear: Ear) -> None:
    steady = np.full(1600, 10_000, np.int16)
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        ear.hear(steady)
        ear.line.set_gain(0, 2.0)
        assert not any(block.clipped for block in ear.hear(steady))
        ear.line.set_gain(0, 4.0)
        assert any(block.clipped for block in ear.hear(steady))
        ear.line.stop()
        recorded = held(made).astype(int)
    assert np.abs(np.diff(recorded)).max() < 200
    assert (recorded[1599], recorded[3199], recorded[-1]) == (10_000, 20_000, 32_767)


def test_keys_that_the_gain_drives_beyond_full_scale_are_heard_and_masked_all_the_same(ear: Ear) -> None:
    ear.line.listen("all")
    ear.line.set_gain(0, 8.0)
    ear.hear(pcm(silence(100)))
    with ring() as made:
        ear.line.record(made.fd, 0, paused=False)
        heard = ear.hear(pcm(*(part for key in "4929" for part in (tone(key, 80, level_dbm0=-6), silence(80)))))
        ear.line.stop()
        detector = NativeDetector()
        detector.hear(held(made))
    assert any(block.clipped for block in heard)
    assert "".join(key.key for key in ear.line.heard_keys()) == "4929"
    assert not detector.begun


def test_levels_and_tones_are_measured_as_they_are(ear: Ear) -> None:
    time = np.arange(8000) / 8000
    both = sum(AMPLITUDE_0_DBM0 * 0.1 * np.sin(2 * np.pi * hertz * time) for hertz in (350, 440))
    heard = ear.hear(pcm(np.asarray(both)))[-1]
    assert power_dbm0(heard.power) == pytest.approx(-17.3, abs=0.8)
    shares = dict(zip(FREQUENCIES, heard.shares, strict=True))
    assert shares[350] > 0.4
    assert shares[400] < 0.05
    hum = ear.hear(pcm(3000 * np.sin(2 * np.pi * 50 * time)))[-1]
    assert power_dbm0(hum.power) < power_dbm0(3000**2 / 2) - 20


def test_keys_are_told_only_while_somebody_listens(ear: Ear) -> None:
    ear.hear(pcm(tone("5", 100), silence(100)))
    assert ear.line.heard_keys() == []
    ear.line.listen("all")
    ear.hear(pcm(tone("6", 100), silence(100)))
    assert [key.key for key in ear.line.heard_keys()] == ["6"]
    ear.hear(pcm(tone("7", 100), silence(100)))
    ear.line.listen("none")
    assert ear.line.heard_keys() == []


def test_of_two_channels_the_offices_codes_are_told_and_nothing_else() -> None:
    ear = Ear(channels=2)
    ear.line.listen("codes")
    keyed = pcm(*(part for key in "1*48" for part in (tone(key, 80), silence(80))))
    quiet = np.zeros_like(keyed)
    ear.hear(quiet, keyed)
    assert [(key.channel, key.key) for key in ear.line.heard_keys()] == [(1, "*"), (1, "4"), (1, "8")]
    ear.hear(keyed, quiet)
    assert [(key.channel, key.key) for key in ear.line.heard_keys()] == [(0, "*")]
    ear.line.close()


def test_a_line_of_one_channel_tells_no_codes(ear: Ear) -> None:
    ear.line.listen("codes")
    ear.hear(pcm(*(part for key in "*48" for part in (tone(key, 80), silence(80)))))
    assert ear.line.heard_keys() == []


@pytest.mark.parametrize("unlike", [{"rate": 16000}, {"channels": 2}])
def test_a_ring_of_another_sample_rate_or_of_other_channels_is_refused(ear: Ear, unlike: dict[str, int]) -> None:
    with ring(**unlike) as made, pytest.raises(AudioPathError):
        ear.line.record(made.fd, 0, paused=False)


def test_a_sample_rate_that_it_does_not_know_is_refused() -> None:
    with pytest.raises(AudioPathError, match="44100"):
        TappedLine(44100, (0,), 1000, FREQUENCIES)
