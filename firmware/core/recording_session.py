"""When a recording's audio is due to be sealed, and where one goes on after an interruption. Pure arithmetic.

Positions are samples of the recording, from 0, on both channels at once. Blocks start at multiples of the packet
length, so that every segment's packets lie on one grid.
"""

from __future__ import annotations

from dataclasses import dataclass

BLOCK_MS = 480
BEHIND_MS = 1000
PRE_ROLL_MS = 120
CATCH_UP_MS = 1000


@dataclass(frozen=True)
class BlockTiming:
    """How a recording is cut into blocks: about half a second each, in whole packets."""

    sample_rate_hz: int
    packet_samples: int
    lookahead_samples: int

    @property
    def block_samples(self) -> int:
        return self._whole_packets(BLOCK_MS)

    @property
    def behind_samples(self) -> int:
        """What is newer than this is not sealed yet: pausing acts within it."""
        return self.sample_rate_hz * BEHIND_MS // 1000

    @property
    def pre_roll_samples(self) -> int:
        """How much of what the segment before holds a new segment's encoder hears first (RFC 7845 asks for 80 ms)."""
        return self._whole_packets(PRE_ROLL_MS)

    def packets_up(self, samples: int) -> int:
        """The least whole number of packets that holds ``samples``, in samples."""
        return -(-samples // self.packet_samples) * self.packet_samples

    def _whole_packets(self, milliseconds: int) -> int:
        return self.sample_rate_hz * milliseconds // 1000 // self.packet_samples * self.packet_samples


@dataclass(frozen=True)
class Block:
    """``samples`` to be encoded from ``start``, of which the first ``counted`` are the recording's."""

    start: int
    samples: int
    counted: int
    last: bool = False

    @property
    def end(self) -> int:
        return self.start + self.counted


def due_block(timing: BlockTiming, position: int, readable: int) -> Block | None:
    """The next block of a call that goes on, once all of it is a second old."""
    end = position + timing.block_samples
    return (
        Block(position, timing.block_samples, timing.block_samples) if end + timing.behind_samples <= readable else None
    )


def closing_block(timing: BlockTiming, position: int, final: int) -> Block:
    """The next block of a call that has ended at ``final``; the last one flushes what the encoder holds back."""
    left = max(0, final - position)
    if left > timing.block_samples:
        return Block(position, timing.block_samples, timing.block_samples)
    return Block(position, timing.packets_up(left + timing.lookahead_samples), left, last=True)


@dataclass(frozen=True)
class Resumption:
    """Where to go on, how much before it to encode as pre-roll, and how many samples are lost before it."""

    start: int
    pre_roll: int
    gap: int


def resume(timing: BlockTiming, sealed_until: int, oldest_intact: int, lapping: bool) -> Resumption:
    """Go on where the file ends, or as soon after as the ring still has it.

    A ring that has lapped us and goes on ``lapping`` is written over while we read: then we start a second after its
    oldest sample.
    """
    start = sealed_until // timing.packet_samples * timing.packet_samples
    if start < oldest_intact:
        start = timing.packets_up(oldest_intact + lapping * timing.sample_rate_hz * CATCH_UP_MS // 1000)
    pre_roll = timing.pre_roll_samples
    while pre_roll and start - pre_roll < oldest_intact:
        pre_roll -= timing.packet_samples
    return Resumption(start, pre_roll, max(0, start - sealed_until))
