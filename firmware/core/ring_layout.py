"""How one call's audio lies in the shared memory between lines and the recorder.

A ring is one memory file. Lines writes it; the recorder maps it read-only, reads behind the writer and acknowledges in
a page of its own (the acknowledgement page) what it has safely flushed. Both are on one machine: numbers are in its own
byte order and aligned, 16-bit PCM is as pjmedia delivers it. ``firmware/native/ring_writer.h`` holds the same numbers
for C; a test compares the two.

::

    0          header: what the ring is, then one cache line per thing that changes
    4096       audio of channel 0 (far party), capacity_samples x int16, padded to whole pages
    ...        audio of channel 1 (office); not there where a line hears both parties mixed on channel 0
    ...        markers: three lanes, each a ring of 512 records of 32 bytes

**Time.** Sample n of either channel is the same instant. Cursors count samples since the first and never go back; the
sample with number n lies at place n modulo capacity. Audio that could not be taken makes both channels jump ahead
together: what is between is silence and a marker says so, so that time never shifts.

**Who may touch what.** One writer per channel. It raises ``claim_cursor`` before it writes and ``write_cursor``
(release) after; a reader that finds ``claim_cursor`` beyond start + capacity after reading has read something newer.
Each lane of markers has one writer as well (the port of channel 0, that of channel 1, the lines process itself), which
raises the lane's cursor (release) after the record.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import gcd

MAGIC = b"EARRING1"
VERSION = 1
PAGE = 4096
CACHE_LINE = 64
#: The most that a ring has: one for each party. The header's changing part has room for both in any case.
CHANNELS = 2
BYTES_PER_SAMPLE = 2
FAR_PARTY = 0
OFFICE = 1
BOTH_CHANNELS = 0xFFFFFFFF

RING_SECONDS = 20.48
#: A block of this many samples at a multiple of it never wraps round the end of a channel.
BLOCK_SAMPLES = 960

# --- the header's fixed part ------------------------------------------------------------------------------------------
#: magic, version, sample_rate_hz, channels, capacity_samples, marker_capacity (of a lane), plane_bytes, recording_id
IDENTITY = struct.Struct("=8sIIIIII16s")
START_MONOTONIC_NS = 48
START_WALL_NS = 56

# --- the header's changing part: unsigned 64-bit numbers --------------------------------------------------------------
CHANNEL_STATE = 64
WRITE_CURSOR = 0
CLAIM_CURSOR = 8
LOST_SAMPLES = 16
MARKER_CURSORS = 192
GENERATION = 256
STATE = 320
FINAL_SAMPLES = 328
HEARTBEAT_MONOTONIC_NS = 384

# --- markers ----------------------------------------------------------------------------------------------------------
MARKER_CAPACITY = 512
#: One lane per channel's port, then the one of the lines process.
MARKER_LANES = CHANNELS + 1
LINES_LANE = CHANNELS
#: start_sample, length_samples, kind, channel, value
MARKER = struct.Struct("=QQIIQ")

#: The ``value`` of a marker whose interval has begun and not ended.
GOES_ON = 1

#: The recorder seals a second behind live; what is to be dropped from before the instant must be younger than that.
LONGEST_LOOK_BACK_MS = 900

# --- the acknowledgement page -----------------------------------------------------------------------------------------
ACKNOWLEDGED_SAMPLES = 0
READER_PID = 8
READER_HEARTBEAT_NS = 16
#: Which of the two places below counts, from 1; 0: none yet. A recorder killed while it fills one leaves the other.
FILES_PLACE = 24
FILES_PLACES = (64, 128)
#: segments, gap_samples, chain
FILES = struct.Struct("=QQ32s")
ACKNOWLEDGEMENT_BYTES = PAGE


class RingState(IntEnum):
    OPEN = 0
    CLOSED = 1


class MarkerKind(IntEnum):
    """What a marker says about the samples it covers."""

    #: The audio path stood still (a stopped process, a suspended machine): silence stands for what was not taken.
    LOSS_NOT_TAKEN = 1
    #: RTP packets did not arrive; ``value`` is how many in that interval.
    LOSS_NETWORK = 2
    #: Silence stands for a touch-tone of this channel. Which one is nowhere said. Written when the tone is over.
    TOUCH_TONE = 3
    #: Silence stands for what the ring held from before the instant of a pause (its look-back).
    WIPED = 4
    #: The recording was paused; silence stands for both parties. Written when the pause begins, with ``value``
    #: ``GOES_ON`` and no length, and again when it ends, with its length.
    PAUSED = 5
    #: This side was on hold; silence stands for what it heard or was played meanwhile. Written twice, as ``PAUSED``.
    HELD = 6


@dataclass(frozen=True)
class Marker:
    """Something to know about ``length_samples`` from ``start_sample`` on ``channel`` (or ``BOTH_CHANNELS``)."""

    kind: MarkerKind
    start_sample: int
    length_samples: int
    channel: int
    value: int = 0


@dataclass(frozen=True)
class FilesSoFar:
    """How far a recording's files have come with what is acknowledged, told to a recorder that may not see them.

    Args:
        segments: how many there are for certain.
        gap_samples: for how many samples silence stands in them because nothing could be stored.
        chain: the head of the last one's chain.
    """

    segments: int
    gap_samples: int
    chain: bytes

    def pack(self) -> bytes:
        return FILES.pack(self.segments, self.gap_samples, self.chain)

    @classmethod
    def unpack(cls, record: bytes | memoryview) -> FilesSoFar:
        return cls(*FILES.unpack(record))


@dataclass(frozen=True)
class RingHeader:
    """The part of a ring's header that does not change. Raises ValueError when it does not hold together."""

    recording_id: bytes
    sample_rate_hz: int
    capacity_samples: int
    channels: int = CHANNELS
    marker_capacity: int = MARKER_CAPACITY

    def __post_init__(self) -> None:
        if len(self.recording_id) != 16:
            raise ValueError(f"a recording id has 16 bytes, not {len(self.recording_id)}")
        if not 1 <= self.channels <= CHANNELS:
            raise ValueError(f"a ring has 1 or {CHANNELS} channels, not {self.channels}")
        if self.capacity_samples <= 0 or self.capacity_samples % BLOCK_SAMPLES:
            raise ValueError(f"a ring's capacity is a multiple of {BLOCK_SAMPLES} samples, not {self.capacity_samples}")
        if not 8000 <= self.sample_rate_hz <= 48000:
            raise ValueError(f"a ring's sample rate is 8,000 to 48,000 Hz, not {self.sample_rate_hz}")
        if self.marker_capacity <= 0:
            raise ValueError("a ring has room for at least one marker")

    @property
    def plane_bytes(self) -> int:
        """Bytes from the start of one channel's audio to the next one's: whole pages."""
        return _whole_pages(self.capacity_samples * BYTES_PER_SAMPLE)

    @property
    def markers_offset(self) -> int:
        return PAGE + self.channels * self.plane_bytes

    @property
    def total_bytes(self) -> int:
        return self.markers_offset + _whole_pages(MARKER_LANES * self.marker_capacity * MARKER.size)

    def audio_offset(self, channel: int, sample: int = 0) -> int:
        """Byte offset of a sample (any cursor value) of ``channel``."""
        if not 0 <= channel < self.channels:
            raise ValueError(f"no channel {channel} in a ring of {self.channels}")
        return PAGE + channel * self.plane_bytes + (sample % self.capacity_samples) * BYTES_PER_SAMPLE

    def marker_offset(self, lane: int, number: int) -> int:
        """Byte offset of the record of a lane's marker with that number (counted from 0)."""
        return self.markers_offset + (lane * self.marker_capacity + number % self.marker_capacity) * MARKER.size

    def wraps(self, start_sample: int, samples: int) -> bool:
        """Would a block of that place and length go round the end of the ring?"""
        return start_sample % self.capacity_samples + samples > self.capacity_samples

    def pack(self) -> bytes:
        """The bytes of the fixed part of the header."""
        return IDENTITY.pack(
            MAGIC,
            VERSION,
            self.sample_rate_hz,
            self.channels,
            self.capacity_samples,
            self.marker_capacity,
            self.plane_bytes,
            self.recording_id,
        )

    @classmethod
    def unpack(cls, page: bytes | memoryview) -> RingHeader:
        """Read a header that another process wrote; believes nothing. Raises ValueError."""
        if len(page) < IDENTITY.size:
            raise ValueError("too short to be a ring")
        magic, version, rate, channels, capacity, markers, plane_bytes, recording_id = IDENTITY.unpack_from(page)
        if magic != MAGIC:
            raise ValueError("not a ring")
        if version != VERSION:
            raise ValueError(f"a ring of version {version}; this software knows version {VERSION}")
        header = cls(recording_id, rate, capacity, channels, markers)
        if header.plane_bytes != plane_bytes:
            raise ValueError(f"a ring whose channels are {plane_bytes} bytes apart, not {header.plane_bytes}")
        return header


def channel_state(channel: int, field: int) -> int:
    """Byte offset of one channel's ``WRITE_CURSOR``, ``CLAIM_CURSOR`` or ``LOST_SAMPLES``."""
    return CHANNEL_STATE + channel * CACHE_LINE + field


def capacity_for(sample_rate_hz: int, seconds: float = RING_SECONDS) -> int:
    """The most samples within ``seconds`` that hold whole blocks and whole 60 ms frames (20 ms ones fit then too)."""
    sixty_ms = sample_rate_hz * 60 // 1000
    step = BLOCK_SAMPLES * sixty_ms // gcd(BLOCK_SAMPLES, sixty_ms)
    return max(1, int(sample_rate_hz * seconds) // step) * step


def readable_samples(cursors: Sequence[int], lag_limit: int) -> int:
    """Up to where all channels are settled.

    The channel behind decides, unless it is more than ``lag_limit`` samples behind: then it has no audio there, and
    what it did not write is silence.
    """
    ahead, behind = max(cursors), min(cursors)
    return max(behind, ahead - lag_limit)


def overrun(claim_cursor: int, start_sample: int, capacity_samples: int) -> bool:
    """Has the writer, that claims up to ``claim_cursor``, begun to write over ``start_sample``?"""
    return claim_cursor > start_sample + capacity_samples


def marker_cursor(lane: int) -> int:
    """Byte offset of a lane's cursor: how many markers it has ever held."""
    return MARKER_CURSORS + lane * 8


def pack_marker(marker: Marker) -> bytes:
    return MARKER.pack(marker.start_sample, marker.length_samples, marker.kind, marker.channel, marker.value)


def unpack_marker(record: bytes | memoryview) -> Marker:
    """Read a marker. Raises ValueError for a kind that this version does not know."""
    start, length, kind, channel, value = MARKER.unpack(record)
    return Marker(MarkerKind(kind), start, length, channel, value)


def marker_intact(cursor: int, number: int, capacity: int) -> bool:
    """Is a lane's record still what it was, when its cursor is found at ``cursor`` after reading it?

    The writer fills a record before it raises the cursor, so the oldest one may be in the middle of being replaced.
    """
    return cursor - number < capacity


def believable_acknowledgement(told: int, before: int, written: int) -> bool:
    """May an acknowledgement be believed: does it not go back, nor beyond what was written?"""
    return before <= told <= written


def _whole_pages(size: int) -> int:
    return -(-size // PAGE) * PAGE
