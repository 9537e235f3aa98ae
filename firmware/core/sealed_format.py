r"""The sealed recording, byte by byte: enough to write a reader or a writer from this page alone.

A recording is one or more *segments*; each is a file ``<recording id>.<segment>.ear`` with a keyslot file
``<recording id>.<segment>.key`` beside it. A new segment begins when a recorder that died in mid-call comes back: a
file is never appended to after a crash; and when the disk fills up or goes away. Where the segment before holds more
than the new one's beginning allows, its end gives way. All integers are big-endian; reserved bytes are zero.

::

    SEGMENT = HEADER FRAME*

    HEADER, 4096 bytes. The first 1024 are the *core*; the rest is zero.
        0   8  magic 89 45 41 52 31 0D 0A 1A   ("\x89EAR1\r\n\x1a": a text-mode copy or a 7-bit path shows at once)
        8   2  version = 1
       10   2  suite = 1: ChaCha20-Poly1305 (RFC 8439), SHA-256, key in an age file
       12   4  header length = 4096
       16  16  recording id (UUID)
       32   4  segment, from 0
       36   4  key epoch: which office key the keyslot was made for
       40   8  Unix time of the recording's sample 0, ms, UTC (the same in every segment)
       48   8  sample at which this segment starts to play
       56   4  sample rate, Hz
       60   2  channels: 2 (far party left, office right), or 1 (both mixed, as a tap on two wires hears them)
       62   2  codec = 1: Ogg Opus, as many uncoupled mono streams (mapping family 1; family 0 for one channel)
       64  32  head of the previous segment's chain as it was known when this one began; zero in segment 0. If the
               disk went away then, the file may hold frames after it that were written and not yet flushed
       96  32  key commitment = SHA-256("EAR1 key commitment" || key || core[0:96])
      128 896  zero

    FRAME = 64-byte clear header, then ciphertext (a 16-byte tag at its end)
        0   4  sync F5 A6 45 46
        4   1  type: 1 audio, 2 event, 127 final, 126 final of a recording that its lines process left unfinished
        5   3  zero
        8   4  sequence, from 0, without holes
       12   4  ciphertext length, tag included
       16   8  first sample that the frame is about; in a final frame, the recording's length
       24   4  number of samples (0 in event and final frames)
       28   4  zero
       32  32  chain = SHA-256(chain before || header[0:32] || ciphertext); before frame 0: SHA-256("EAR1 core" || core)

    Sealing: ChaCha20-Poly1305 with the segment's own random 32-byte key,
        nonce (12 bytes) = 00 00 00 || sequence as 8 bytes || 01 in a final frame, else 00
        associated data  = SHA-256("EAR1 core" || core) || header[0:32]

    Plaintext of an audio frame: whole Ogg pages. All of a segment's, one after the other, are a valid Ogg Opus file;
        the first begins with the OpusHead and OpusTags pages. A segment after the first begins some packets early, so
        that the decoder has settled by its first sample, and OpusHead's pre-skip covers them.
    Plaintext of an event frame: one JSON object with "kind":
        "record"    the call's "record" as known then; its "clock" is how well the wall clock was known when the call
                    came: "synchronised", "source", "error_ms" (at most; null: unknown), "stepped_ms" (how far it was
                    put in mid-call: all times of the call are by the clock as it was before)
        "loss"      audio that never reached the recorder: "start_sample", "samples", "channel" unless both, "cause":
                    "not_taken", all of it is silence, or "network" with "packets", how many of the interval's packets
                    were lost
        "gap"       audio that the recorder could not store: "start_sample", "samples"
        "left_out"  audio that must not be there; silence stands for it: "start_sample", "samples", "channel", "cause":
                    "paused", "before_pause" (dropped from before the request), "held" (that side was on hold),
                    "touch_tone" (which one is nowhere said), or "redacted" (put into the finished recording by a
                    listener; the recording "revises" another, which is erased). With "goes_on" and no samples it has
                    only begun: its end is told by another event of the same cause, channel and start, or lasts to the
                    recording's end. The same interval may be told again by the next segment.
    Plaintext of a final frame: one JSON object: "state" (complete or interrupted), "samples", "audio_frames", "gaps"
        (pairs of first sample and samples), "losses" (totals by cause: "not_taken" in samples, "network" in packets),
        "pauses" (pairs of first sample and samples, of either channel, what was dropped from before included), "holds"
        (channel, first sample, samples), "touch_tones" ("count" and "samples"), "record", "chain" (hex, before this
        frame).

The chain lets a recorder *without any key* find the last valid frame, and lets a verifier that knows the head (from
the evidence log) see every change, removal or insertion. No final frame means the segment was interrupted; it may
then end in the torn beginning of a frame that power failure cut off, which is ignored. A frame that does not verify
although an intact frame follows it is damage, not a torn end. What the sizes of frames give away: roughly when
somebody spoke, not what.

A key never seals two different texts under one sequence: a frame that could not be written is written again as it was.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Self
from uuid import UUID

MAGIC = b"\x89EAR1\r\n\x1a"
VERSION = 1
SUITE_CHACHA20_POLY1305 = 1
CODEC_OGG_OPUS = 1
HEADER_BYTES = 4096
CORE_BYTES = 1024
KEY_BYTES = 32
TAG_BYTES = 16
FRAME_HEADER_BYTES = 64
CHAIN_BYTES = 32
NO_PREVIOUS = bytes(CHAIN_BYTES)
MAX_CIPHERTEXT_BYTES = 1 << 24
SYNC = b"\xf5\xa6EF"

_CORE = struct.Struct(">8sHHI16sIIQQIHH32s")
_FRAME = struct.Struct(">4sB3xIIQI4x")
_COMMITTED_BYTES = _CORE.size
SEALED_HEADER_BYTES = _FRAME.size

assert _COMMITTED_BYTES == 96
assert SEALED_HEADER_BYTES == 32


class FormatError(ValueError):
    """The bytes are not a sealed segment. The message says where and why."""


class FrameType(IntEnum):
    """What a frame holds."""

    AUDIO = 1
    EVENT = 2
    FINAL_INTERRUPTED = 126
    FINAL = 127

    @property
    def ends(self) -> bool:
        """Whether nothing follows this frame."""
        return self in (FrameType.FINAL, FrameType.FINAL_INTERRUPTED)


_KINDS = frozenset(FrameType)


@dataclass(frozen=True)
class SegmentHeader:
    """The clear part of a segment: enough for retention, nothing that names anybody."""

    recording_id: str
    segment: int
    key_epoch: int
    started_at_ms: int
    start_sample: int
    sample_rate_hz: int
    previous_chain: bytes = NO_PREVIOUS
    commitment: bytes = bytes(32)
    channels: int = 2

    def committed(self) -> bytes:
        """The first 96 bytes, to which the key is bound."""
        return _CORE.pack(
            MAGIC,
            VERSION,
            SUITE_CHACHA20_POLY1305,
            HEADER_BYTES,
            UUID(self.recording_id).bytes,
            self.segment,
            self.key_epoch,
            self.started_at_ms,
            self.start_sample,
            self.sample_rate_hz,
            self.channels,
            CODEC_OGG_OPUS,
            self.previous_chain,
        )

    def commitment_to(self, key: bytes) -> bytes:
        """What the header must carry so that no second key can open the same segment to other words."""
        return hashlib.sha256(b"EAR1 key commitment" + key + self.committed()).digest()

    def core(self) -> bytes:
        """The 1024 bytes that every frame is bound to."""
        return (self.committed() + self.commitment).ljust(CORE_BYTES, b"\0")

    def to_bytes(self) -> bytes:
        """The header block."""
        return self.core().ljust(HEADER_BYTES, b"\0")


def read_header(content: bytes | memoryview) -> SegmentHeader:
    """Read the header block.

    Raises:
        FormatError: too short, not a segment, of another version, or with something in the reserved bytes.
    """
    if len(content) < HEADER_BYTES:
        raise FormatError(f"the header is cut off after {len(content)} of {HEADER_BYTES} bytes")
    block = bytes(content[:HEADER_BYTES])
    magic, version, suite, length, identity, segment, epoch, started, start, rate, channels, codec, previous = (
        _CORE.unpack(block[:_COMMITTED_BYTES])
    )
    if magic != MAGIC:
        raise FormatError("the file does not begin as a sealed recording does")
    if (version, suite, length, codec) != (VERSION, SUITE_CHACHA20_POLY1305, HEADER_BYTES, CODEC_OGG_OPUS):
        raise FormatError(
            f"the header asks for version {version}, suite {suite}, codec {codec}, which are not known here"
        )
    if channels not in (1, 2):
        raise FormatError(f"the header tells of {channels} channels")
    if any(block[_COMMITTED_BYTES + 32 :]):
        raise FormatError("the header's reserved bytes are not zero")
    commitment = block[_COMMITTED_BYTES : _COMMITTED_BYTES + 32]
    return SegmentHeader(UUID(bytes=identity).hex, segment, epoch, started, start, rate, previous, commitment, channels)


def core_digest(core: bytes) -> bytes:
    """What the chain starts from and every frame is bound to."""
    return hashlib.sha256(b"EAR1 core" + core).digest()


def nonce(sequence: int, kind: FrameType) -> bytes:
    """The 12-byte nonce of a frame; unique because a segment's key seals one segment only."""
    return struct.pack(">3xQB", sequence, kind.ends)


@dataclass(frozen=True)
class FrameHeader:
    """The sealed part of a frame's clear header."""

    kind: FrameType
    sequence: int
    ciphertext_bytes: int
    start_sample: int
    sample_count: int

    def to_bytes(self) -> bytes:
        """The first 32 bytes of the frame."""
        return _FRAME.pack(SYNC, self.kind, self.sequence, self.ciphertext_bytes, self.start_sample, self.sample_count)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self | None:
        """Read the first 32 bytes of a frame; None when they are not those of a frame."""
        sync, kind, sequence, length, start, count = _FRAME.unpack(raw)
        if sync != SYNC or kind not in _KINDS or not TAG_BYTES <= length <= MAX_CIPHERTEXT_BYTES:
            return None
        header = cls(FrameType(kind), sequence, length, start, count)
        return header if header.to_bytes() == raw else None


def next_chain(chain: bytes, header: bytes, ciphertext: bytes | memoryview) -> bytes:
    """The running hash after one more frame."""
    digest = hashlib.sha256(chain)
    digest.update(header)
    digest.update(ciphertext)
    return digest.digest()
