"""Making sealed bytes: what a recording's frames go through before they touch a disk."""

from __future__ import annotations

from typing import Protocol

from firmware.core.sealed_format import FrameType, SegmentHeader


class SegmentSealer(Protocol):
    """Seals the frames of one segment, in order. Used by one thread at a time; cannot unseal what it sealed."""

    @property
    def header_block(self) -> bytes:
        """The file's first 4096 bytes."""
        ...

    @property
    def keyslot(self) -> bytes:
        """The content of the keyslot file: the segment's key, readable by the office and the recovery key only."""
        ...

    @property
    def chain(self) -> bytes:
        """The running hash after the frames sealed so far."""
        ...

    @property
    def frames(self) -> int:
        """How many frames were sealed so far."""
        ...

    def seal(self, kind: FrameType, start_sample: int, sample_count: int, plaintext: bytes) -> bytes:
        """The next frame, header and all. It must be written as it is or not at all, never sealed a second time."""
        ...


class Sealer(Protocol):
    """Begins segments. Holds public keys only."""

    @property
    def key_epoch(self) -> int:
        """Which office key new keyslots are made for."""
        ...

    def begin(self, header: SegmentHeader) -> SegmentSealer:
        """A sealer with a fresh random key for the segment described by ``header`` (its commitment is filled in)."""
        ...
