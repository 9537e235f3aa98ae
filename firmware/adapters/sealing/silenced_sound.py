"""Silence put into a finished recording, so that nothing of what was said there is left, and nothing else changes.

Opus packets are not independent: a decoder hears the last one's echo in the next. So whole packets are replaced, made
anew from silence by an encoder that has heard what came before; and some after them, made anew from what they decode
to, until the old encoder's memory of what was said is more than a tenth of a second away. All others stay byte for
byte.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from firmware.adapters.encoding.speech_decoder import SpeechOpusDecoder
from firmware.adapters.encoding.speech_opus import OpusSettings, SpeechOpusEncoder
from firmware.core.errors import DamagedRecording
from firmware.core.left_out import Span
from firmware.core.ogg_opus import GRANULE_RATE_HZ, DamagedOgg, OpusHead, packet_ms, read_pages

_SETTLE_MS = 1000  # of what came before is decoded first, so that the decoder has settled
_WARM_MS = 240  # of that an encoder hears before its packets count
_FADE_MS = 180  # after the silence, packets are made anew: what they predict from holds nothing of what was said
_CELT_FROM = 16
_SILK, _CELT = OpusSettings(36_000), OpusSettings(72_000)


@dataclass(frozen=True)
class SoundPackets:
    """A recording's packets and the grid they lie on; ``lookahead`` samples of what is decoded come before sample 0.

    Each packet holds a stream for each of ``channels``.
    """

    packets: tuple[bytes, ...]
    packet_samples: int
    lookahead: int
    sample_rate_hz: int
    channels: int = 2

    @classmethod
    def of(cls, ogg: bytes) -> SoundPackets:
        """Take an unsealed recording apart. Raises DamagedRecording."""
        try:
            pages = list(read_pages(ogg))
            head = OpusHead.from_packet(pages[0].packets[0])
            packets = tuple(packet for page in pages[2:] for packet in page.packets)
            length_ms = packet_ms(packets[0])
        except (DamagedOgg, IndexError) as error:
            raise DamagedRecording(f"The recording's sound cannot be taken apart: {error}.", "Report this.") from error
        per_sample = GRANULE_RATE_HZ // head.sample_rate_hz
        samples = round(length_ms * head.sample_rate_hz / 1000)
        return cls(packets, samples, head.pre_skip // per_sample, head.sample_rate_hz, head.channels)


def silenced(sound: SoundPackets, spans: Iterable[Span]) -> tuple[SoundPackets, tuple[Span, ...]]:
    """The sound with silence in at least these spans (in samples), and where exactly silence is now.

    Raises:
        DamagedRecording: it cannot be decoded.
    """
    packets, silent = list(sound.packets), []
    for first, last in _packet_ranges(sound, spans):
        packets[first : last + 1 + _count(sound, _FADE_MS)] = _made_anew(sound, packets, first, last)
        start = first * sound.packet_samples
        silent.append((start, (last + 1) * sound.packet_samples - start))
    return replace(sound, packets=tuple(packets)), tuple(silent)


def _packet_ranges(sound: SoundPackets, spans: Iterable[Span]) -> list[tuple[int, int]]:
    """First and last packet that anything of a span went into, or comes out of; ranges that nearly touch are one.

    Packet i was made of samples i·n to (i+1)·n, and decodes to those ``lookahead`` earlier.
    """
    each, most = sound.packet_samples, len(sound.packets) - 1
    ranges: list[tuple[int, int]] = []
    for start, samples in sorted(spans):
        first, last = min(start // each, most), min((start + samples + sound.lookahead - 1) // each, most)
        if ranges and first <= ranges[-1][1] + 1 + _count(sound, _FADE_MS):
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return ranges


def _made_anew(sound: SoundPackets, packets: Sequence[bytes], first: int, last: int) -> list[bytes]:
    """What takes the place of packets ``first`` to ``last`` and of those after them in which they can be heard."""
    each = sound.packet_samples
    encoder = SpeechOpusEncoder(sound.sample_rate_hz, sound.channels, _settings(sound))
    settle, warm = max(0, first - _count(sound, _SETTLE_MS)), max(0, first - _count(sound, _WARM_MS))
    end = min(last + _count(sound, _FADE_MS), len(packets) - 1)
    voices = SpeechOpusDecoder(sound.sample_rate_hz, sound.channels).decode(packets[settle : end + 2])
    # What is decoded lags by the old encoder's lookahead, and what is encoded now will by the new one's.
    begin = (warm - settle) * each + sound.lookahead
    wanted = (end + 1 - warm) * each
    silent = slice((first - warm) * each, (last + 1 - warm) * each)
    inputs = []
    for voice in voices:
        heard = voice[begin : begin + wanted]
        heard.extend(array("h", bytes(2 * (wanted - len(heard)))))
        heard[silent] = array("h", bytes(2 * (silent.stop - silent.start)))
        inputs.append(heard)
    made = encoder.encode(lambda channel: inputs[channel].buffer_info()[0], wanted)
    return made[first - warm :]


def _count(sound: SoundPackets, milliseconds: int) -> int:
    """How many packets last so long."""
    return -(-milliseconds * sound.sample_rate_hz // (1000 * sound.packet_samples))


def _settings(sound: SoundPackets) -> OpusSettings:
    """Of the kind that the recording is made of: a decoder may lose its timing where kinds take turns."""
    found = _CELT if sound.packets[0][0] >> 3 >= _CELT_FROM else _SILK
    if found.packet_ms * sound.sample_rate_hz != sound.packet_samples * 1000:
        raise DamagedRecording("The recording's packets are of a length that this box does not make.", "Report this.")
    return found
