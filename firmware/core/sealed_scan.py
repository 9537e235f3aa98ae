"""Following a sealed segment from its header to where it ends, without a key: which frames verify, and what is damaged.

``sealed_format`` says how a segment is laid out and why no key is needed for this.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.core.sealed_format import (
    CORE_BYTES,
    FRAME_HEADER_BYTES,
    HEADER_BYTES,
    SEALED_HEADER_BYTES,
    SYNC,
    FrameHeader,
    FrameType,
    SegmentHeader,
    core_digest,
    next_chain,
    read_header,
)


@dataclass(frozen=True)
class FrameAt:
    """A frame whose place in the chain was verified. ``offset`` is that of its header in the file."""

    offset: int
    header: FrameHeader
    chain: bytes

    @property
    def ciphertext_at(self) -> int:
        return self.offset + FRAME_HEADER_BYTES

    @property
    def end(self) -> int:
        return self.ciphertext_at + self.header.ciphertext_bytes

    @property
    def end_sample(self) -> int:
        return self.header.start_sample + self.header.sample_count


@dataclass(frozen=True)
class Scan:
    """What a segment holds, as far as can be told without its key.

    ``damage`` is a sentence that names the frame, or empty; ``torn_bytes`` counts what follows the last valid frame
    of a segment that was interrupted in mid-write.
    """

    header: SegmentHeader
    core: bytes
    frames: tuple[FrameAt, ...]
    torn_bytes: int
    damage: str

    @property
    def final(self) -> bool:
        """Whether the segment was closed properly."""
        return bool(self.frames) and self.frames[-1].header.kind.ends

    @property
    def complete(self) -> bool:
        """Whether it was closed, and the recording with it was whole."""
        return bool(self.frames) and self.frames[-1].header.kind is FrameType.FINAL

    @property
    def chain(self) -> bytes:
        """The chain's head: after the last valid frame."""
        return self.frames[-1].chain if self.frames else core_digest(self.core)

    def reaches(self, chain: bytes) -> bool:
        """Whether the chain's head was this once: what was last known to be durable of a file that may have grown by
        what was written, and not flushed, when its disk went away."""
        return chain == core_digest(self.core) or any(frame.chain == chain for frame in self.frames)

    @property
    def end_sample(self) -> int:
        """The sample after the last one that is safely sealed."""
        ends = (frame.end_sample for frame in self.frames if frame.header.kind is FrameType.AUDIO)
        return max(ends, default=self.header.start_sample)

    @property
    def valid_bytes(self) -> int:
        return self.frames[-1].end if self.frames else HEADER_BYTES


def scan(content: bytes | memoryview) -> Scan:
    """Find the frames that verify, in order, without a key.

    Raises:
        FormatError: the header itself is not that of a segment.
    """
    view = memoryview(content)
    header = read_header(view)
    core = bytes(view[:CORE_BYTES])
    frames = tuple(_valid_frames(view, core_digest(core)))
    end = frames[-1].end if frames else HEADER_BYTES
    rest = len(view) - end
    damage = ""
    if frames and frames[-1].header.kind.ends:
        damage = f"{rest} bytes follow the final frame {len(frames) - 1}" if rest else ""
    elif rest and _an_intact_frame_follows(view, end):
        damage = f"frame {len(frames)} at byte {end} does not verify although frames follow it"
    return Scan(header, core, frames, 0 if damage else rest, damage)


def _valid_frames(view: memoryview, chain: bytes) -> Iterator[FrameAt]:
    offset, sequence = HEADER_BYTES, 0
    while True:
        frame = _frame_at(view, offset)
        if frame is None or frame.header.sequence != sequence:
            return
        chain = next_chain(chain, frame.header.to_bytes(), view[frame.ciphertext_at : frame.end])
        if chain != frame.chain:
            return
        yield frame
        if frame.header.kind.ends:
            return
        offset, sequence = frame.end, sequence + 1


def _frame_at(view: memoryview, offset: int) -> FrameAt | None:
    """The frame whose header lies at ``offset``, if all of it is in the file. Its chain is not yet checked."""
    if offset + FRAME_HEADER_BYTES > len(view):
        return None
    header = FrameHeader.from_bytes(bytes(view[offset : offset + SEALED_HEADER_BYTES]))
    if header is None:
        return None
    chain = bytes(view[offset + SEALED_HEADER_BYTES : offset + FRAME_HEADER_BYTES])
    frame = FrameAt(offset, header, chain)
    return frame if frame.end <= len(view) else None


def _an_intact_frame_follows(view: memoryview, start: int) -> bool:
    """Whether, after a place that does not verify, two frames in a row are found of which the second verifies.

    A torn write leaves at most the beginning of one batch; a frame that links to the chain value stored in the frame
    right before it can only have been written whole.
    """
    for frame in frames_anywhere(view, start):
        follower = _frame_at(view, frame.end)
        if follower and _links(view, frame.chain, follower):
            return True
    return False


def frames_anywhere(content: bytes | memoryview, start: int) -> Iterator[FrameAt]:
    """Whatever looks like a whole frame from byte ``start`` on. Nothing about them is verified."""
    view = memoryview(content)
    rest = bytes(view[start:])
    found = rest.find(SYNC)
    while found >= 0:
        frame = _frame_at(view, start + found)
        if frame:
            yield frame
        found = rest.find(SYNC, found + 1)


def _links(view: memoryview, chain: bytes, frame: FrameAt) -> bool:
    ciphertext = view[frame.ciphertext_at : frame.end]
    return next_chain(chain, frame.header.to_bytes(), ciphertext) == frame.chain
