"""Decoding packets of two uncoupled mono Opus streams, on the very samples that were encoded (RFC 7845, 5.1.1)."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Iterable

from firmware.adapters.encoding.libopus import load_libopus
from firmware.core.errors import DamagedRecording

_CHANNELS = 2
_LONGEST_S = 0.12


class TwoPartyOpusDecoder:
    """Packets in, both parties' samples out; one thread at a time."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._library = load_libopus()
        self._library.opus_multistream_decoder_get_size.restype = ctypes.c_int32
        self._state = ctypes.create_string_buffer(self._library.opus_multistream_decoder_get_size(_CHANNELS, 0))
        mapping = (ctypes.c_ubyte * _CHANNELS)(0, 1)
        self._longest = int(sample_rate_hz * _LONGEST_S)
        _must(
            self._library.opus_multistream_decoder_init(
                self._state, ctypes.c_int32(sample_rate_hz), _CHANNELS, _CHANNELS, 0, mapping
            )
        )
        self._samples = (ctypes.c_int16 * (self._longest * _CHANNELS))()

    def decode(self, packets: Iterable[bytes]) -> tuple[array[int], array[int]]:
        """Far party's and office's samples, as many as the packets last.

        Raises:
            DamagedRecording: a packet is none.
        """
        voices = array("h"), array("h")
        for packet in packets:
            count = _must(
                self._library.opus_multistream_decode(
                    self._state, packet, ctypes.c_int32(len(packet)), self._samples, self._longest, 0
                )
            )
            both = array("h")
            both.frombytes(ctypes.string_at(self._samples, count * _CHANNELS * both.itemsize))
            for channel, voice in enumerate(voices):
                voice.extend(both[channel::_CHANNELS])
        return voices


def _must(outcome: int) -> int:
    if outcome < 0:
        raise DamagedRecording(
            f"The recording was unsealed but its sound cannot be decoded (libopus: {outcome}).", "Report this."
        )
    return outcome
