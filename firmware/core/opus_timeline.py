"""Joining the Ogg Opus files of a recording's segments into one, without decoding and without moving a sample.

Every segment's packets lie on one grid: packets of one length, whose first one starts ``lookahead`` samples before a
multiple of that length. A later segment begins with *pre-roll*: packets its encoder made of audio that the segment
before also holds, so that both encoders have heard the same and the joint cannot be heard. They are dropped where the
segments meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.core.ogg_opus import (
    GRANULE_RATE_HZ,
    LAST_PAGE,
    DamagedOgg,
    OpusHead,
    Page,
    head_pages,
    packet_ms,
    paginate,
    read_pages,
    silent_packet_like,
    write_page,
)

PACKETS_PER_PAGE = 8
_GRANULES_PER_MS = GRANULE_RATE_HZ // 1000


@dataclass(frozen=True)
class OpusSegment:
    """One segment's Ogg Opus bytes, and the sample of the recording at which it starts to play."""

    start_sample: int
    ogg: bytes


@dataclass(frozen=True)
class Joined:
    """One Ogg Opus file of ``samples`` samples, and the (start sample, samples) for which silence was put in."""

    ogg: bytes
    samples: int
    gaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Stream:
    """A segment taken apart. Positions are granules (48 kHz) from the recording's sample 0."""

    head: OpusHead
    start: int
    packets: tuple[bytes, ...]
    packet_granules: int
    last_granule: int | None

    @property
    def origin(self) -> int:
        """Where the first packet's first decoded sample belongs; before 0 for a recording's first packet."""
        return self.start - self.head.pre_skip

    @property
    def lookahead(self) -> int:
        """How far what is decoded lags behind what was encoded; the rest of the pre-skip is packets of pre-roll."""
        return self.head.pre_skip % self.packet_granules

    @property
    def end(self) -> int:
        """Where the last decoded sample that counts ends."""
        if self.last_granule is not None:
            return self.origin + self.last_granule
        return self.origin + len(self.packets) * self.packet_granules


def join_segments(segments: Sequence[OpusSegment], serial: int = 1) -> Joined:
    """One stream out of all segments, in order; those that hold no audio yet are passed over.

    Raises:
        DamagedOgg: a segment is no such stream, or does not lie on the others' grid.
    """
    if len(segments) == 1 and (whole := _whole_by_itself(segments[0])):
        return whole
    streams = [stream for stream in (_take_apart(segment) for segment in segments) if stream]
    if not streams:
        return Joined(b"", 0, ())
    first = streams[0]
    per_sample = GRANULE_RATE_HZ // first.head.sample_rate_hz
    silence = silent_packet_like(first.packets[0], first.head.channels)
    packets: list[bytes] = []
    position = -first.lookahead
    gaps: list[tuple[int, int]] = []
    for stream in streams:
        pre_roll, missing = _meeting(position, first, stream)
        if missing > 0:
            gaps.append(((position + first.lookahead) // per_sample, missing * first.packet_granules // per_sample))
            packets += [silence] * missing
        elif missing < 0:
            del packets[missing:]
        packets += stream.packets[pre_roll:]
        position += (missing + len(stream.packets) - pre_roll) * first.packet_granules
    length = min(position, streams[-1].end)
    head = OpusHead(first.lookahead, first.head.sample_rate_hz, first.head.channels)
    return Joined(
        head_pages(head, serial) + _pages(packets, first.packet_granules, first.lookahead + length, serial),
        length // per_sample,
        tuple(gaps),
    )


def _whole_by_itself(segment: OpusSegment) -> Joined | None:
    """A segment that is a recording from its first sample to its last, as most are: it stays as it is, checked.

    Putting it together anew would take twice the time, and three times the memory.
    """
    pages = read_pages(segment.ogg)
    first, tags = next(pages, None), next(pages, None)
    if first is None or tags is None or segment.start_sample:
        return None
    head = OpusHead.from_packet(first.packets[0])
    lengths: set[float] = set()
    count, last = 0, tags
    for page in pages:
        lengths.update(map(packet_ms, page.packets))
        count += len(page.packets)
        last = page
    if len(lengths) != 1 or not last.flags & LAST_PAGE:
        return None
    granules = round(lengths.pop() * _GRANULES_PER_MS)
    if head.pre_skip >= granules:  # begins with pre-roll, which is not to be heard
        return None
    length = min(count * granules, last.granule) - head.pre_skip
    return Joined(segment.ogg, length // (GRANULE_RATE_HZ // head.sample_rate_hz), ())


def _take_apart(segment: OpusSegment) -> _Stream | None:
    pages = list(read_pages(segment.ogg))
    if len(pages) < 3:
        return None
    head = OpusHead.from_packet(pages[0].packets[0])
    packets = tuple(packet for page in pages[2:] for packet in page.packets)
    lengths = {packet_ms(packet) for packet in packets}
    if len(lengths) != 1:
        raise DamagedOgg("its packets are of several lengths")
    granules = round(lengths.pop() * _GRANULES_PER_MS)
    start = segment.start_sample * (GRANULE_RATE_HZ // head.sample_rate_hz)
    last = pages[-1].granule if pages[-1].flags & LAST_PAGE else None
    return _Stream(head, start, packets, granules, last)


def _meeting(position: int, first: _Stream, stream: _Stream) -> tuple[int, int]:
    """How many packets at the stream's beginning are pre-roll, and how many are missing before the rest of it.

    A negative number is missing where the segment before ended in padding: then that many of its packets give way.
    """
    wanted = stream.start - first.lookahead
    missing, off_grid = divmod(wanted - position, first.packet_granules)
    pre_roll, uneven = divmod(wanted - stream.origin, first.packet_granules)
    unlike = (stream.packet_granules, stream.head.channels) != (first.packet_granules, first.head.channels)
    if off_grid or uneven or pre_roll < 0 or unlike:
        raise DamagedOgg("a segment does not go on as the one before it")
    return pre_roll, missing


def _pages(packets: Sequence[bytes], packet_granules: int, end_granule: int, serial: int) -> bytes:
    out = bytearray()
    done = 0
    for number, group in enumerate(paginate(packets, PACKETS_PER_PAGE), start=2):
        done += len(group)
        last = done == len(packets)
        granule = min(done * packet_granules, end_granule) if last else done * packet_granules
        out += write_page(Page(tuple(group), granule, serial, number, LAST_PAGE if last else 0))
    return bytes(out)
