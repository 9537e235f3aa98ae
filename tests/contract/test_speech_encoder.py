"""Both parties' speech through the encoder: clear, apart, and joined without a seam."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pesq import pesq

from firmware.adapters.encoding.speech_opus import OpusSettings, SpeechOpusEncoder
from firmware.core.ogg_opus import channels_of
from firmware.core.ogg_opus_writer import OggOpusWriter
from firmware.core.opus_timeline import OpusSegment, join_segments
from firmware.core.recording_session import BlockTiming
from tests.integration.recorder_at_work import RATE, Pcm, decode, likeness, speech

SETTINGS = [OpusSettings(), OpusSettings(bitrate=72_000)]
# A silent line, decoded: zero from µ-law, the value above or below it from A-law (ITU-T G.711).
AT_REST = (0, -8, 8)


def through_a_law(pcm: Pcm) -> Pcm:
    """As the far end of a G.711 A-law trunk hears it (ITU-T G.711, 13 segments)."""
    sign = np.where(pcm < 0, -1, 1)
    level = np.minimum(np.abs(pcm.astype(np.int32)), 32_767) >> 4
    segment = np.maximum(np.floor(np.log2(np.maximum(level, 1))).astype(np.int32) - 4, 0)
    step = np.where(segment > 0, segment - 1, 0) + 1
    coarse = ((level >> step) << step) + (1 << (step - 1))
    decoded: Pcm = (sign * (coarse << 4)).clip(-32_768, 32_767).astype(np.int16)
    return decoded


def at(*voices: Pcm, start: int = 0) -> Callable[[int], int]:
    return lambda channel: int(voices[channel].ctypes.data) + 2 * start


def one_file(encoder: SpeechOpusEncoder, *voices: Pcm) -> bytes:
    """All voices, encoded block by block as the recorder does; whole packets only."""
    block = BlockTiming(RATE, encoder.packet_samples, encoder.lookahead_samples).block_samples
    writer = OggOpusWriter(RATE, encoder.packet_samples, encoder.lookahead_samples, 1, len(voices))
    pages = b""
    for start in range(0, len(voices[0]) - block + 1, block):
        pages += writer.pages(encoder.encode(at(*voices, start=start), block))
    return pages


@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_speech_stays_as_clear_as_the_telephone_had_it(settings: OpusSettings) -> None:
    far, office = through_a_law(speech(9.6)), through_a_law(speech(9.6, 4.0))
    heard = decode(one_file(SpeechOpusEncoder(RATE, settings=settings), far, office))
    for sent, channel in ((far, heard[0]), (office, heard[1])):
        length = min(len(sent), len(channel))
        assert likeness(sent, channel) > 0.9
        assert pesq(RATE, sent[:length], channel[:length], "nb") > 4.1


@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_both_parties_mixed_on_one_channel_stay_as_clear_and_are_a_plain_mono_stream(settings: OpusSettings) -> None:
    quiet = np.zeros(RATE, np.int16)
    mixed = through_a_law(np.concatenate([speech(4.8), quiet, (speech(4.8, 4.0) // 2 + speech(4.8) // 2)]))
    file = one_file(SpeechOpusEncoder(RATE, 1, settings), mixed)
    assert channels_of(file) == 1
    [heard] = decode(file, channels=1)
    length = min(len(mixed), len(heard))
    assert likeness(mixed[:length], heard[:length]) > 0.9
    assert pesq(RATE, mixed[:length], heard[:length], "nb") > 4.0


@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_a_silent_party_hears_nothing_of_the_other(settings: OpusSettings) -> None:
    far, office = speech(5.0), np.zeros(5 * RATE, np.int16)
    for voices in ((far, office), (office, far)):
        heard = decode(one_file(SpeechOpusEncoder(RATE, settings=settings), *voices)).astype(float)
        silent = heard[0] if voices[0] is office else heard[1]
        # One step of 16 bits is 90 dB below full scale.
        assert np.abs(silent).max() <= 1


@pytest.mark.parametrize("at_rest", AT_REST)
@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_exact_silence_costs_no_timing(settings: OpusSettings, at_rest: int) -> None:
    """Pauses of digital silence are not encoded: speech after them is where it was, in FFmpeg's own decoder, too."""
    pause = np.full(RATE, at_rest, np.int16)
    far = np.concatenate([speech(2.0), pause, speech(2.0, 3.0), pause, speech(3.0, 5.0)])
    heard = decode(one_file(SpeechOpusEncoder(RATE, settings=settings), far, far[::-1].copy()))
    for start in (0, 3 * RATE, 6 * RATE):
        assert likeness(far[start : start + RATE], heard[0][start : start + RATE], within=4) > 0.85


@pytest.mark.parametrize("at_rest", AT_REST)
@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_a_line_at_rest_is_silence_from_the_second_packet_on(settings: OpusSettings, at_rest: int) -> None:
    encoder = SpeechOpusEncoder(RATE, settings=settings)
    voice = np.concatenate([speech(0.48, 1.0), np.full(3840, at_rest, np.int16)])
    spoken = encoder.encode(at(voice, voice), 3840)
    _ends_speech, *at_rest_packets = encoder.encode(at(voice, voice, start=3840), 3840)
    silence = encoder.silence(3840)[0]
    assert silence not in spoken
    assert set(at_rest_packets) == {silence}


@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
@pytest.mark.parametrize("least", [8, 1], ids=["A-law", "linear"])
def test_the_faintest_sound_a_line_can_carry_is_encoded(settings: OpusSettings, least: int) -> None:
    faint = np.full(3840, -least, np.int16)
    faint[::50] = least
    encoder = SpeechOpusEncoder(RATE, settings=settings)
    packets = encoder.encode(at(faint, faint), 3840)
    assert encoder.silence(3840)[0] not in packets


@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_a_block_that_was_rolled_back_leaves_no_trace(settings: OpusSettings) -> None:
    voice, wiped = speech(4.0), speech(4.0, 2.0)
    straight, changed = SpeechOpusEncoder(RATE, settings=settings), SpeechOpusEncoder(RATE, settings=settings)
    first = [encoder.encode(at(voice, voice), 3840) for encoder in (straight, changed)]
    changed.encode(at(wiped, wiped, start=3840), 3840)
    changed.roll_back()
    second = [encoder.encode(at(voice, voice, start=3840), 3840) for encoder in (straight, changed)]
    assert first[0] == first[1]
    assert second[0] == second[1]


@pytest.mark.parametrize("settings", SETTINGS, ids=["silk", "celt"])
def test_where_a_second_encoder_takes_over_nothing_is_heard_of_it(settings: OpusSettings) -> None:
    voice = speech(8.0)
    encoder = SpeechOpusEncoder(RATE, settings=settings)
    timing = BlockTiming(RATE, encoder.packet_samples, encoder.lookahead_samples)
    block, pre_roll = timing.block_samples, timing.pre_roll_samples
    for blocks in range(3, 9):
        joint = blocks * block
        first = one_file(SpeechOpusEncoder(RATE, settings=settings), voice[:joint], voice[:joint])
        second = SpeechOpusEncoder(RATE, settings=settings)
        writer = OggOpusWriter(RATE, timing.packet_samples, pre_roll + timing.lookahead_samples, 1)
        packets = second.encode(at(voice, voice, start=joint - pre_roll), pre_roll + 6 * block)
        whole = join_segments([OpusSegment(0, first), OpusSegment(joint, writer.pages(packets))])
        assert whole.gaps == ()
        around = slice(joint - 400, joint + 1600)
        straight = decode(one_file(SpeechOpusEncoder(RATE, settings=settings), voice, voice))[0][around]
        joined = decode(whole.ogg)[0][around]
        assert likeness(voice[around], joined) > likeness(voice[around], straight) - 0.03
