"""Decoding packets of uncoupled mono Opus streams, on the very samples that were encoded (RFC 7845, 5.1.1)."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Iterable

from firmware.adapters.encoding.libopus import load_libopus
from firmware.core.errors import DamagedRecording

_LONGEST_S = 0.12


class SpeechOpusDecoder:
    """Packets of ``channels`` streams in, each one's samples out; one thread at a time."""

    def __init__(self, sample_rate_hz: int, channels: int = 2) -> None:
        self._library = load_libopus()
        self._channels = channels
        self._library.opus_multistream_decoder_get_size.restype = ctypes.c_int32
        self._state = ctypes.create_string_buffer(self._library.opus_multistream_decoder_get_size(channels, 0))
        mapping = (ctypes.c_ubyte * channels)(*range(channels))
        self._longest = int(sample_rate_hz * _LONGEST_S)
        _must(
            self._library.opus_multistream_decoder_init(
                self._state, ctypes.c_int32(sample_rate_hz), channels, channels, 0, mapping
            )
        )
        self._samples = (ctypes.c_int16 * (self._longest * channels))()

    def decode(self, packets: Iterable[bytes]) -> tuple[array[int], ...]:
        """Each channel's samples (far party, office; or both mixed), as many as the packets last.

        Raises:
            DamagedRecording: a packet is none.
        """
        voices = tuple(array("h") for _ in range(self._channels))
        for packet in packets:
            count = _must(
                self._library.opus_multistream_decode(
                    self._state, packet, ctypes.c_int32(len(packet)), self._samples, self._longest, 0
                )
            )
            both = array("h")
            both.frombytes(ctypes.string_at(self._samples, count * self._channels * both.itemsize))
            for channel, voice in enumerate(voices):
                voice.extend(both[channel :: self._channels])
        return voices


def _must(outcome: int) -> int:
    if outcome < 0:
        raise DamagedRecording(
            f"The recording was unsealed but its sound cannot be decoded (libopus: {outcome}).", "Report this."
        )
    return outcome
