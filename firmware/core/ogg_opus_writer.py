"""Writes one segment's Ogg Opus stream, block by block."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.core.ogg_opus import GRANULE_RATE_HZ, LAST_PAGE, OpusHead, Page, head_pages, paginate, write_page

PACKETS_PER_PAGE = 24


class OggOpusWriter:
    """Gives the pages of each block; nothing is held back. Used by one thread at a time.

    Args:
        pre_skip_samples: how many samples of what is decoded come before the segment's first one.
        channels: 1 or 2.
    """

    def __init__(
        self, sample_rate_hz: int, packet_samples: int, pre_skip_samples: int, serial: int, channels: int = 2
    ) -> None:
        self._per_sample = GRANULE_RATE_HZ // sample_rate_hz
        self._packet_granules = packet_samples * self._per_sample
        self._serial = serial
        self._head = OpusHead(pre_skip_samples * self._per_sample, sample_rate_hz, channels)
        self._granule = 0
        self._sequence = 0

    def pages(self, packets: Sequence[bytes], end_sample: int | None = None) -> bytes:
        """The pages of a block, preceded by the headers the first time.

        ``end_sample`` marks the last block: so many samples after the segment's first one the stream ends.
        """
        out = bytearray()
        if not self._sequence:
            out += head_pages(self._head, self._serial)
            self._sequence = 2
        done = 0
        for group in paginate(packets, PACKETS_PER_PAGE):
            done += len(group)
            self._granule += len(group) * self._packet_granules
            last = end_sample is not None and done == len(packets)
            granule = self._head.pre_skip + (end_sample or 0) * self._per_sample if last else self._granule
            out += write_page(Page(tuple(group), granule, self._serial, self._sequence, LAST_PAGE if last else 0))
            self._sequence += 1
        return bytes(out)
