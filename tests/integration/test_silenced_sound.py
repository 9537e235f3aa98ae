"""Silence that is put into a finished recording leaves nothing of what was said there, and the rest as it was."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from pesq import pesq

from firmware.adapters.encoding.speech_decoder import SpeechOpusDecoder
from firmware.adapters.encoding.speech_opus import OpusSettings, SpeechOpusEncoder
from firmware.adapters.sealing.silenced_sound import SoundPackets, silenced
from firmware.core.left_out import Span
from firmware.core.ogg_opus_writer import OggOpusWriter
from tests.integration.sealed_call import notice_speech

RATE = 8000
BLOCK = RATE // 50
SETTINGS = {"SILK, 60 ms": OpusSettings(36_000), "CELT, 20 ms": OpusSettings(72_000)}
Voices = tuple[NDArray[np.int16], NDArray[np.int16]]


@cache
def recorded(kind: str, seconds: int = 30) -> SoundPackets:
    """Both parties speaking all the time, each something else."""
    settings = SETTINGS[kind]
    speech = np.frombuffer(notice_speech(), np.int16)
    speech = speech[np.abs(speech).cumsum() > 0]
    once = np.tile(speech, math.ceil(seconds * RATE / len(speech)))[: seconds * RATE]
    voices = [array("h", each.tobytes()) for each in (once, np.roll(once, 5 * RATE))]
    encoder = SpeechOpusEncoder(RATE, settings=settings)
    samples = len(once) // encoder.packet_samples * encoder.packet_samples
    packets = encoder.encode(lambda channel: voices[channel].buffer_info()[0], samples)
    ogg = OggOpusWriter(RATE, encoder.packet_samples, encoder.lookahead_samples, 1)
    return SoundPackets.of(ogg.pages(packets, samples))


def heard(sound: SoundPackets) -> Voices:
    far, office = SpeechOpusDecoder(sound.sample_rate_hz).decode(sound.packets)
    begin = sound.lookahead
    return np.array(far[begin:], np.int16), np.array(office[begin:], np.int16)


def correlation(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    a, b = one.astype(float), other.astype(float)
    size = math.sqrt(float(np.dot(a, a)) * float(np.dot(b, b)))
    return abs(float(np.dot(a, b))) / size if size else 0.0


def loudness(part: NDArray[np.int16]) -> float:
    return math.sqrt(float(np.mean(part.astype(float) ** 2)))


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize(
    "spans",
    [
        [(10 * RATE, 4 * RATE)],
        [(10 * RATE + 37, 333)],
        [(0, RATE)],
        [(28 * RATE, 2 * RATE)],
        [(5 * RATE, RATE), (6 * RATE + 900, RATE), (20 * RATE, 3 * RATE)],
        [(7 * RATE, 1)],
    ],
    ids=["four seconds", "a third of a packet", "the beginning", "the end", "three, two of them close", "one sample"],
)
def test_no_block_of_20_ms_of_what_was_said_is_left(kind: str, spans: list[Span]) -> None:
    before, (after, silent) = recorded(kind), silenced(recorded(kind), spans)
    was, now = heard(before), heard(after)
    for start, samples in spans:
        assert any(first <= start and start + samples <= first + count for first, count in silent)
        for voice_was, voice_now in zip(was, now, strict=True):
            for at in range(start, min(start + samples, len(voice_now)), BLOCK):
                # What is left is the encoder's dying hum of what came before: a hundredth of speech at most.
                assert loudness(voice_now[at : at + BLOCK]) < 60, (at, start)
            span = slice(start + BLOCK, start + samples)
            assert loudness(voice_now[span]) < 8 if samples > 2 * BLOCK else True
            assert loudness(voice_was[start : start + samples]) > 100 or samples < RATE


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_silence_has_nothing_in_common_with_what_was_said(kind: str) -> None:
    before, (after, _) = recorded(kind), silenced(recorded(kind), [(10 * RATE, 4 * RATE)])
    for voice_was, voice_now in zip(heard(before), heard(after), strict=True):
        whole = slice(10 * RATE, 14 * RATE)
        assert correlation(voice_was[whole], voice_now[whole]) < 0.02
        assert loudness(voice_now[10 * RATE + BLOCK : 14 * RATE]) < 2


@pytest.mark.parametrize("kind", SETTINGS)
def test_all_other_packets_are_the_same_and_the_rest_sounds_as_it_did(kind: str) -> None:
    before, (after, ((start, samples),)) = recorded(kind), silenced(recorded(kind), [(10 * RATE, 4 * RATE)])
    assert len(after.packets) == len(before.packets)
    changed = _changed(before.packets, after.packets)
    assert changed.start * before.packet_samples == start
    assert changed.stop * before.packet_samples <= start + samples + RATE // 4
    was, now = heard(before), heard(after)
    for voice_was, voice_now in zip(was, now, strict=True):
        assert np.array_equal(voice_was[: start - before.lookahead], voice_now[: start - before.lookahead])
        end = start + samples
        assert correlation(voice_was[end : end + RATE], voice_now[end : end + RATE]) > 0.95
        assert correlation(voice_was[end + RATE :], voice_now[end + RATE :]) > 0.999
        assert pesq(RATE, voice_was[end:], voice_now[end:], "nb") > 4.2


def _changed(before: Sequence[bytes], after: Sequence[bytes]) -> range:
    differ = [number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    return range(differ[0], differ[-1] + 1)
