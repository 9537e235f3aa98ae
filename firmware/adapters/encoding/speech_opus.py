"""Speech as Opus: one mono encoder for each channel, joined into packets of as many streams (RFC 7845, RFC 6716 B).

Two parties are two uncoupled streams, of which none can be heard in the other. A line that hears both of them mixed has
one channel: then a packet is a plain mono one.

Measured with libopus 1.3.1 on one core of a Xeon VM, 13 passages of studio speech, through G.711 first. *CPU* is
seconds per hour of call, both parties talking all the time; PESQ and correlation are given as mean / worst passage,
against the speech before G.711 (G.711 alone: PESQ 4.23 / 4.03) and, in brackets, after it.

=========================  =====  ==========  ==============================  ==================
setting (both parties)       CPU  kbit/s got  PESQ                            correlation
=========================  =====  ==========  ==============================  ==================
SILK 20 ms, effort 0, 24k   8.0         22.4  3.99 / 3.77                     0.948 / 0.901
SILK 60 ms, effort 0, 24k   7.2         21.3  3.97 / 3.78                     0.948 / 0.902
SILK 60 ms, effort 0, 32k   7.5         28.7  4.15 / 3.96 (4.31 / 4.27)       0.957 / 0.949
SILK 60 ms, effort 0, 36k   7.5         32.5  4.20 / 4.01 (4.37 / 4.34)       0.959 / 0.950
SILK 60 ms, effort 1, 32k   8.6         28.0  4.17 / 3.99                     0.957 / 0.951
SILK 60 ms, effort 3, 24k  13.4         20.5  4.03 / 3.89                     0.950 / 0.926
SILK 60 ms, effort 5, 24k  16.7         21.0  4.08 / 3.89                     0.953 / 0.931
CELT 20 ms, effort 0, 32k   3.2         31.4  2.98 / 2.75                     0.985 / 0.960
CELT 20 ms, effort 0, 64k   4.0         62.0  4.10 / 3.89 (4.32 / 4.19)       0.999 / 0.998
CELT 20 ms, effort 0, 72k   4.2         69.7  4.15 / 3.96 (4.38 / 4.30)       0.999 / 0.999
=========================  =====  ==========  ==============================  ==================

So SILK in packets of 60 ms at 36 kbit/s and effort 0 is the least that keeps every passage above 4.0. From 60 kbit/s
on, CELT takes half the time for twice the disk, and is used there. Discontinuous transmission saved nothing; constant
bit rate cost more, and libopus 1.5.2 built for this very processor saved a sixth, its other settings nothing.

What a line at rest sends is not encoded at all. The whole recorder at 100 calls, each party speaking half the time,
sealing and flushing included, took 19 to 23% of a core with SILK where pauses are silent as they are on a digital line
(two thirds of that in libopus, 14% in Python), and 29% (17 MB an hour and call) where noise fills them; there, CELT at
72 kbit/s takes 24% and 35 MB.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable
from dataclasses import dataclass

from firmware.adapters.encoding import libopus
from firmware.core.errors import MissingComponent
from firmware.core.ogg_opus import joined_streams, silent_stream_packet

_CELT_FROM_BIT_S = 60_000
_BYTES_PER_SAMPLE = 2
# What a line at rest decodes to (ITU-T G.711): µ-law has a zero, A-law only the two smallest values beside it.
_AT_REST = (0, -8, 8)


@dataclass(frozen=True)
class OpusSettings:
    """``bitrate`` is for both parties together, in bit/s; one channel alone gets half of it. ``complexity`` 0 to 10 is
    how hard the encoder tries.
    """

    bitrate: int = 36_000
    complexity: int = 0

    @property
    def uses_celt(self) -> bool:
        return self.bitrate >= _CELT_FROM_BIT_S

    @property
    def packet_ms(self) -> int:
        return 20 if self.uses_celt else 60


class SpeechOpusEncoder:
    """The ``SpeechEncoder`` of one recording: 1 or 2 ``channels`` at ``sample_rate_hz`` (8, 12, 16, 24 or 48 kHz)."""

    def __init__(self, sample_rate_hz: int, channels: int = 2, settings: OpusSettings = OpusSettings()) -> None:
        self._packet_samples = sample_rate_hz * settings.packet_ms // 1000
        self._silent_packet = joined_streams([silent_stream_packet(settings.uses_celt)] * channels)
        self._voices = tuple(_Voice(sample_rate_hz, settings) for _ in range(channels))

    @property
    def packet_samples(self) -> int:
        return self._packet_samples

    @property
    def lookahead_samples(self) -> int:
        return self._voices[0].lookahead_samples

    def encode(self, address_of: Callable[[int], int], samples: int) -> list[bytes]:
        streams = [voice.encode(address_of(channel), samples) for channel, voice in enumerate(self._voices)]
        return [joined_streams(packets) for packets in zip(*streams, strict=True)]

    def silence(self, samples: int) -> list[bytes]:
        for voice in self._voices:
            voice.follow_silence()
        return [self._silent_packet] * (samples // self._packet_samples)

    def roll_back(self) -> None:
        for voice in self._voices:
            voice.roll_back()


class _Voice:
    """One party's encoder. The digital silence of a line at rest costs no encoding: its packets are known beforehand.

    Only samples that all have the same one of three values count as that: a constant holds no sound, and whatever moves
    at all, however faintly, is encoded.
    """

    def __init__(self, sample_rate_hz: int, settings: OpusSettings) -> None:
        self._library = libopus.load_libopus()
        self._samples = sample_rate_hz * settings.packet_ms // 1000
        self._packet_bytes = self._samples * _BYTES_PER_SAMPLE
        self._silences = tuple(array("h", [value]).tobytes() * self._samples for value in _AT_REST)
        self._silent_packet = silent_stream_packet(settings.uses_celt)
        self._packet = ctypes.create_string_buffer(libopus.LARGEST_PACKET_BYTES)
        # opus.h: the state is one piece of memory and a shallow copy of it is a copy. That is what rolling back is.
        self._state = ctypes.create_string_buffer(self._library.opus_encoder_get_size(1))
        self._before = ctypes.create_string_buffer(len(self._state))
        self._was_silent = self._was_silent_before = True
        application = libopus.APPLICATION_RESTRICTED_LOWDELAY if settings.uses_celt else libopus.APPLICATION_VOIP
        _must(self._library.opus_encoder_init(self._state, sample_rate_hz, 1, application))
        self._control(libopus.SET_BITRATE, settings.bitrate // 2)
        self._control(libopus.SET_VBR, 1)
        self._control(libopus.SET_COMPLEXITY, settings.complexity)
        self._control(libopus.SET_FORCE_MODE, libopus.MODE_CELT_ONLY if settings.uses_celt else libopus.MODE_SILK_ONLY)
        lookahead = ctypes.c_int()
        _must(self._library.opus_encoder_ctl(self._state, libopus.GET_LOOKAHEAD, ctypes.byref(lookahead)))
        self.lookahead_samples = lookahead.value

    def encode(self, address: int, samples: int) -> list[bytes]:
        ctypes.memmove(self._before, self._state, len(self._state))
        self._was_silent_before = self._was_silent
        offsets = range(0, samples * _BYTES_PER_SAMPLE, self._packet_bytes)
        return [self._encode_packet(address + offset) for offset in offsets]

    def _encode_packet(self, address: int) -> bytes:
        silent = ctypes.string_at(address, self._packet_bytes) in self._silences
        # The first silent packet is encoded: it carries the end of what was said, and turns the decoder down.
        if silent and self._was_silent:
            return self._silent_packet
        if self._was_silent:
            # The decoder was given packets that this encoder knows nothing of: predict from nothing before.
            _must(self._library.opus_encoder_ctl(self._state, libopus.RESET_STATE))
        self._was_silent = silent
        length = self._library.opus_encode(
            self._state, address, self._samples, self._packet, libopus.LARGEST_PACKET_BYTES
        )
        return self._packet.raw[: _must(length)]

    def roll_back(self) -> None:
        ctypes.memmove(self._state, self._before, len(self._state))
        self._was_silent = self._was_silent_before

    def follow_silence(self) -> None:
        self._was_silent = True

    def _control(self, request: int, value: int) -> None:
        _must(self._library.opus_encoder_ctl(self._state, request, ctypes.c_int32(value)))


def _must(outcome: int) -> int:
    """A libopus result that is not an error. Errors come from wrong arguments only: they are not an operator's."""
    if outcome < 0:
        raise MissingComponent(
            f"libopus refuses to encode speech (error {outcome}).", "Check the bitrate and complexity of [recorder]."
        )
    return outcome
