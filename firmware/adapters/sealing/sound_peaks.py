"""How loud each party of an unsealed recording is, over its time: what a picture of the two voices is drawn from.

Made while it is asked for, in parts, so that nothing waits for the end of a long call: two hours take about fifteen
seconds of a desktop's core. Kept nowhere but in memory: the picture tells who spoke when.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from firmware.adapters.encoding.speech_decoder import SpeechOpusDecoder
from firmware.core.errors import DamagedRecording
from firmware.core.ogg_opus import (
    DamagedOgg,
    OpusHead,
    Page,
    packet_ms,
    read_pages,
    separate_streams,
    silent_stream_packet,
)

#: No bin is shorter: the longest packet that this product makes.
SHORTEST_BIN_MS = 60
#: Of each party; as many as a wide screen shows when the picture is drawn six times as wide.
MOST_BINS = 12_000
LOUDEST = 255
_FULL_SCALE = 32_768
_RATE_HZ = 8000  # the voice of a telephone; a picture needs no more of a wider one
_BINS_A_PART = 250
_SILENCES = frozenset(silent_stream_packet(celt) for celt in (False, True))


def bin_ms(duration_ms: int) -> int:
    """How much of a recording of that length one bin stands for."""
    return SHORTEST_BIN_MS * max(1, math.ceil(duration_ms / (SHORTEST_BIN_MS * MOST_BINS)))


def peak_parts(ogg: bytes, each_ms: int) -> Iterator[bytes]:
    """A byte for each bin and channel, channels taking turns (far party, office): the square root of the bin's loudest
    sample, ``LOUDEST`` for full scale. A root, so that a quiet voice still has many steps.

    Bins begin where packets do, which is a few milliseconds before the sound that is heard then.

    Args:
        ogg: a whole Ogg Opus file of ours.
        each_ms: what ``bin_ms`` says of it.

    Raises:
        DamagedRecording: it cannot be decoded.
    """
    try:
        yield from _parts(ogg, each_ms)
    except DamagedOgg as error:
        raise DamagedRecording(
            f"The recording was unsealed but its sound cannot be drawn: {error}.", "Listen to it without the picture."
        ) from error


def _parts(ogg: bytes, each_ms: int) -> Iterator[bytes]:
    pages = read_pages(ogg)
    first, _ = next(pages, Page((), 0, 0, 0)), next(pages, None)
    channels = OpusHead.from_packet(first.packets[0] if first.packets else b"").channels
    voices = [_Voice() for _ in range(channels)]
    part, heard_ms = bytearray(), 0.0
    for packet in (packet for page in pages for packet in page.packets):
        for voice, stream in zip(voices, separate_streams(packet, channels), strict=True):
            voice.hear(stream)
        heard_ms += packet_ms(packet)
        if heard_ms >= each_ms:
            heard_ms -= each_ms
            part += bytes(voice.take() for voice in voices)
        if len(part) >= _BINS_A_PART * channels:
            yield bytes(part)
            part.clear()
    if heard_ms:
        part += bytes(voice.take() for voice in voices)
    yield bytes(part)


class _Voice:
    """One party's decoder, and its loudest sample since that was taken."""

    def __init__(self) -> None:
        self._decoder = SpeechOpusDecoder(_RATE_HZ, 1)
        self._loudest = 0
        self._was_silent = False

    def hear(self, packet: bytes) -> None:
        silent = packet in _SILENCES
        # What was said may ring into the first packet of silence. The others are known without a decoder.
        if not (silent and self._was_silent):
            (samples,) = self._decoder.decode([packet])
            if samples:
                self._loudest = max(self._loudest, max(samples), -min(samples))
        self._was_silent = silent

    def take(self) -> int:
        loudest, self._loudest = self._loudest, 0
        return min(LOUDEST, round(math.sqrt(loudest / _FULL_SCALE) * LOUDEST))
