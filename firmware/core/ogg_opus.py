"""Ogg pages and the few facts about Opus packets that joining recordings needs. Pure bytes in, bytes out.

Sources: RFC 3533 (Ogg pages), RFC 7845 (Opus in Ogg), RFC 6716 section 3 and appendix B (packet framing).

A recording of which the parties are heard apart is one logical stream of two *uncoupled* mono Opus streams (channel
mapping family 1, two streams, none coupled): left is the far party, right the office. An ordinary stereo stream shares
bits between the two parties and lets one be heard faintly in the other's channel; two uncoupled ones cannot. One of a
line that hears both mixed is an ordinary mono stream (mapping family 0). Granule positions count samples at 48 kHz.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

GRANULE_RATE_HZ = 48_000
FIRST_PAGE = 0x02
LAST_PAGE = 0x04
CONTINUED = 0x01
VENDOR = b"earmark"

_PAGE = struct.Struct("<4sBBqIIIB")
_HEAD = struct.Struct("<8sBBHIhB")
# By channels: the channel mapping family (RFC 7845 section 5.1.1), and the table that goes with it.
_FAMILY_OF = {1: (0, b""), 2: (1, bytes([2, 0, 0, 1]))}
_REVERSED_BITS = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))

# Silence without an encoder, for each kind of packet that this product makes, so that the kind never changes in
# mid-stream: players built on FFmpeg's own Opus decoder lose their timing where SILK and CELT take turns.
# SILK, narrowband, 60 ms (configuration 3, code 0): what libopus 1.3.1 settles on for zeros; decodes to ±1 at most.
_SILENT_SILK_60_MS = bytes.fromhex("1801f1ac8e780e8bd705b6bde9ce")
# CELT, narrowband, 20 ms (configuration 19, code 0): the silence flag is the first symbol (RFC 6716 section 4.3).
_SILENT_CELT_20_MS = bytes.fromhex("98fffe")
_FIRST_CELT_CONFIGURATION = 16


class DamagedOgg(ValueError):
    """The bytes are not the Ogg pages that a recording is made of."""


@dataclass(frozen=True)
class Page:
    """One page with whole packets only (this product never splits a packet over pages)."""

    packets: tuple[bytes, ...]
    granule: int
    serial: int
    sequence: int
    flags: int = 0


@dataclass(frozen=True)
class OpusHead:
    """The identification header. ``pre_skip`` is in samples at 48 kHz."""

    pre_skip: int
    sample_rate_hz: int
    channels: int = 2

    def to_packet(self) -> bytes:
        """The packet of RFC 7845 section 5.1: mapping family 0 for one channel, 1 for two mono streams."""
        family, mapping = _FAMILY_OF[self.channels]
        return _HEAD.pack(b"OpusHead", 1, self.channels, self.pre_skip, self.sample_rate_hz, 0, family) + mapping

    @classmethod
    def from_packet(cls, packet: bytes) -> OpusHead:
        """Read it back.

        Raises:
            DamagedOgg: it is not an identification header of one mono stream, or of two uncoupled ones.
        """
        if len(packet) < _HEAD.size:
            raise DamagedOgg("the stream does not start with an Opus header")
        magic, _version, channels, pre_skip, rate, _gain, family = _HEAD.unpack(packet[: _HEAD.size])
        if magic != b"OpusHead" or (family, packet[_HEAD.size :]) != _FAMILY_OF.get(channels):
            raise DamagedOgg("the stream does not start with an Opus header of one or two mono streams")
        return cls(pre_skip, rate, channels)


def channels_of(ogg: bytes) -> int:
    """How many channels a whole file of ours has.

    Raises:
        DamagedOgg: it does not begin as one.
    """
    page, _ = _read_page(ogg, 0)
    return OpusHead.from_packet(page.packets[0] if page.packets else b"").channels


def opus_tags() -> bytes:
    """The comment header (RFC 7845 section 5.2): who wrote it, and no comments, since they would be about people."""
    return b"OpusTags" + struct.pack("<I", len(VENDOR)) + VENDOR + struct.pack("<I", 0)


def head_pages(head: OpusHead, serial: int) -> bytes:
    """The two pages every stream starts with; audio pages follow from sequence 2."""
    first = Page((head.to_packet(),), 0, serial, 0, FIRST_PAGE)
    return write_page(first) + write_page(Page((opus_tags(),), 0, serial, 1))


def write_page(page: Page) -> bytes:
    """One page of whole packets.

    Raises:
        ValueError: the packets need more than the 255 lacing values that one page can hold.
    """
    lacing = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in page.packets)
    if len(lacing) > 255:
        raise ValueError(f"{len(page.packets)} packets do not fit one Ogg page")
    body = b"".join(page.packets)
    head = (b"OggS", 0, page.flags, page.granule, page.serial, page.sequence)
    checksum = _ogg_crc(_PAGE.pack(*head, 0, len(lacing)) + lacing + body)
    return _PAGE.pack(*head, checksum, len(lacing)) + lacing + body


def _ogg_crc(content: bytes) -> int:
    """CRC-32 of RFC 3533: zlib's polynomial, but most significant bit first and without inversion.

    Turning round the bits of every byte, and of the result, makes zlib's fast routine compute it.
    """
    turned = zlib.crc32(content.translate(_REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(turned.to_bytes(4, "little").translate(_REVERSED_BITS), "big")


def read_pages(content: bytes) -> Iterator[Page]:
    """The pages in ``content``, each checked.

    Raises:
        DamagedOgg: a page is cut off, its checksum is wrong, or a packet is split over pages.
    """
    position = 0
    while position < len(content):
        page, position = _read_page(content, position)
        yield page


def _read_page(content: bytes, start: int) -> tuple[Page, int]:
    if start + _PAGE.size > len(content):
        raise DamagedOgg(f"an Ogg page is cut off at byte {start}")
    magic, version, flags, granule, serial, sequence, checksum, count = _PAGE.unpack_from(content, start)
    body_start = start + _PAGE.size + count
    lacing = content[start + _PAGE.size : body_start]
    end = body_start + sum(lacing)
    if magic != b"OggS" or version != 0 or len(lacing) < count or end > len(content):
        raise DamagedOgg(f"there is no whole Ogg page at byte {start}")
    blank = content[start : start + 22] + b"\0\0\0\0" + content[start + 26 : end]
    if _ogg_crc(blank) != checksum:
        raise DamagedOgg(f"the Ogg page at byte {start} has a wrong checksum")
    if flags & CONTINUED or (lacing and lacing[-1] == 255):
        raise DamagedOgg(f"the Ogg page at byte {start} splits a packet")
    return Page(tuple(_split(content, body_start, lacing)), granule, serial, sequence, flags), end


def _split(content: bytes, start: int, lacing: bytes) -> Iterator[bytes]:
    length = 0
    for value in lacing:
        length += value
        if value < 255:
            yield content[start : start + length]
            start += length
            length = 0


def silent_stream_packet(celt: bool) -> bytes:
    """Silence as one mono Opus packet: 60 ms of SILK, or 20 ms of CELT."""
    return _SILENT_CELT_20_MS if celt else _SILENT_SILK_60_MS


def silent_packet_like(packet: bytes, channels: int = 2) -> bytes:
    """Silence on every channel, of the same kind as a packet of so many streams."""
    return joined_streams([silent_stream_packet(packet[0] >> 3 >= _FIRST_CELT_CONFIGURATION)] * channels)


def joined_streams(packets: Sequence[bytes]) -> bytes:
    """One packet of each stream as one packet of them all: every one but the last is self-delimited."""
    return b"".join([*map(self_delimited, packets[:-1]), packets[-1]])


def self_delimited(packet: bytes) -> bytes:
    """A packet of one frame with that frame's length written in it, so that another can follow (RFC 6716 appendix B).

    Raises:
        ValueError: it is a packet of several frames (code 1 to 3), which this product does not make.
    """
    if packet[0] & 3:
        raise ValueError(f"an Opus packet of code {packet[0] & 3} was not asked for")
    length = len(packet) - 1
    if length < _TWO_BYTE_LENGTH_FROM:
        return packet[:1] + bytes([length]) + packet[1:]
    low = _TWO_BYTE_LENGTH_FROM + (length & 3)
    return packet[:1] + bytes([low, (length - low) >> 2]) + packet[1:]


def separate_streams(packet: bytes, channels: int) -> tuple[bytes, ...]:
    """Each stream's own packet of what ``joined_streams`` made.

    Raises:
        DamagedOgg: it was not made so.
    """
    streams = []
    for _ in range(channels - 1):
        start, length = _self_delimited_body(packet)
        streams.append(packet[:1] + packet[start : start + length])
        packet = packet[start + length :]
    if not packet:
        raise DamagedOgg("an Opus packet holds too few streams")
    return (*streams, packet)


def _self_delimited_body(packet: bytes) -> tuple[int, int]:
    """Where the frame of the first stream's packet begins, and its length (RFC 6716, 3.2.1 and appendix B)."""
    if len(packet) < 3 or packet[0] & 3:
        raise DamagedOgg("an Opus packet's first stream is not one frame with its length")
    if packet[1] < _TWO_BYTE_LENGTH_FROM:
        return 2, packet[1]
    return 3, packet[1] + 4 * packet[2]


_TWO_BYTE_LENGTH_FROM = 252
_SILK_FRAME_MS = (10, 20, 40, 60)
_CELT_FRAME_MS = (2.5, 5.0, 10.0, 20.0)


def packet_ms(packet: bytes) -> float:
    """How long an Opus packet lasts, from its table-of-contents byte (RFC 6716 section 3.1).

    Raises:
        DamagedOgg: it is empty or says that it holds no frame.
    """
    if not packet:
        raise DamagedOgg("an Opus packet is empty")
    configuration, code = packet[0] >> 3, packet[0] & 3
    frame_ms: float
    if configuration < 12:
        frame_ms = _SILK_FRAME_MS[configuration % 4]
    elif configuration < 16:
        frame_ms = _SILK_FRAME_MS[configuration % 2]
    else:
        frame_ms = _CELT_FRAME_MS[configuration % 4]
    frames = (1, 2, 2, packet[1] & 0x3F if len(packet) > 1 else 0)[code]
    if not frames:
        raise DamagedOgg("an Opus packet holds no frame")
    return frame_ms * frames


def paginate(packets: Sequence[bytes], per_page: int) -> Iterator[Sequence[bytes]]:
    """Groups of at most ``per_page`` packets, each of which fits one Ogg page."""
    group: list[bytes] = []
    lacing = 0
    for packet in packets:
        needed = len(packet) // 255 + 1
        if group and (len(group) >= per_page or lacing + needed > 255):
            yield group
            group, lacing = [], 0
        group.append(packet)
        lacing += needed
    if group:
        yield group
