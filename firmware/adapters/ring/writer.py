"""The lines' end of a ring."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from typing import Final, Self
from uuid import UUID

from firmware.adapters.ring.shared_memory import (
    MemoryLock,
    SharedNumbers,
    address_of,
    create_memory_file,
    map_shared,
    seal_size,
)
from firmware.core import ring_layout as layout
from firmware.core.ring_layout import Marker, RingHeader, RingState

log = logging.getLogger(__name__)


class RingWriter:
    """One call's ring and its acknowledgement page, as the process that fills it holds them.

    The samples come either from a C recorder port, which maps ``fd`` for itself before ``seal``, or from ``write_pcm``.
    ``add_marker`` may be called from any thread, ``write_pcm`` from one thread per channel, the rest from one thread at
    a time.
    """

    def __init__(self, header: RingHeader, fd: int, ack_fd: int, lock: MemoryLock) -> None:
        self.header: Final = header
        self.fd: Final = fd
        self._ack_fd: Final = ack_fd
        self._sealed = False
        self._released = False
        self._memory = map_shared(fd, header.total_bytes, write=True)
        self._ack_memory = map_shared(ack_fd, layout.ACKNOWLEDGEMENT_BYTES, write=False)
        self._numbers = SharedNumbers(self._memory)
        self._ack_numbers = SharedNumbers(self._ack_memory)
        self._acknowledged = 0
        self._marker_turn = threading.Lock()
        lock.lock(address_of(self._memory), header.total_bytes)

    @classmethod
    def create(
        cls,
        recording_id: bytes | str,
        sample_rate_hz: int = 8000,
        lock: MemoryLock | None = None,
        channels: int = layout.CHANNELS,
    ) -> Self:
        """Make an empty ring for a recording (16 bytes, or their hexadecimal form); of one channel for a mixed line.

        Raises:
            AudioPathError: no shared memory.
            ValueError: not a recording id, or a sample rate or channels out of range.
        """
        identity = UUID(recording_id).bytes if isinstance(recording_id, str) else recording_id
        header = RingHeader(identity, sample_rate_hz, layout.capacity_for(sample_rate_hz), channels)
        with ExitStack() as undo:
            fd = create_memory_file("earmark-ring", header.total_bytes)
            undo.callback(os.close, fd)
            ack_fd = create_memory_file("earmark-ack", layout.ACKNOWLEDGEMENT_BYTES, writable_by_owner=True)
            undo.callback(os.close, ack_fd)
            seal_size(ack_fd, only_present_mappings_write=False)
            ring = cls(header, fd, ack_fd, lock or MemoryLock())
            undo.pop_all()
        ring._memory[: layout.IDENTITY.size] = header.pack()
        ring._numbers.write(layout.START_MONOTONIC_NS, time.monotonic_ns())
        ring._numbers.write(layout.START_WALL_NS, time.time_ns())
        return ring

    @property
    def recording_id(self) -> str:
        return self.header.recording_id.hex()

    @property
    def memory_bytes(self) -> int:
        return self.header.total_bytes + layout.ACKNOWLEDGEMENT_BYTES

    def seal(self) -> None:
        """From now on nobody maps the ring for writing: only what was mapped before writes it. Again: harmless."""
        if not self._sealed:
            seal_size(self.fd, only_present_mappings_write=True)
            self._sealed = True

    def descriptors(self) -> tuple[int, int]:
        """Descriptors of ring and acknowledgement page to hand to the recorder; seals the ring. They stay ours."""
        self.seal()
        return self.fd, self._ack_fd

    def samples_written(self) -> int:
        """How far the channel ahead is."""
        return max(self._cursor(channel) for channel in range(self.header.channels))

    def write_pcm(self, channel: int, samples: bytes | memoryview) -> None:
        """Append 16-bit samples to a channel, for lines without a C port: an analogue line, a generator, a test."""
        pcm = memoryview(samples).cast("B")
        start, count = self._cursor(channel), len(pcm) // layout.BYTES_PER_SAMPLE
        self._numbers.write(layout.channel_state(channel, layout.CLAIM_CURSOR), start + count)
        self._numbers.fence()
        done = 0
        while done < count:
            part = min(count - done, self.header.capacity_samples - (start + done) % self.header.capacity_samples)
            offset = self.header.audio_offset(channel, start + done)
            self._memory[offset : offset + part * 2] = bytes(pcm[done * 2 : (done + part) * 2])
            done += part
        self._numbers.publish(layout.channel_state(channel, layout.WRITE_CURSOR), start + count)
        self._numbers.write(layout.HEARTBEAT_MONOTONIC_NS, time.monotonic_ns())

    def add_marker(self, marker: Marker) -> None:
        """Say something about samples, already written or still to come. After ``release`` nobody is left to listen."""
        with self._marker_turn:
            if self._released:
                return
            cursor = layout.marker_cursor(layout.LINES_LANE)
            number = self._numbers.read(cursor)
            offset = self.header.marker_offset(layout.LINES_LANE, number)
            self._memory[offset : offset + layout.MARKER.size] = layout.pack_marker(marker)
            self._numbers.publish(cursor, number + 1)

    def acknowledged(self) -> int:
        """Samples the recorder says are safely on disk. A claim that cannot be true is logged and ignored."""
        told = self._ack_numbers.observe(layout.ACKNOWLEDGED_SAMPLES)
        if layout.believable_acknowledgement(told, self._acknowledged, self.samples_written()):
            self._acknowledged = told
        else:
            log.error("the recorder acknowledged %d samples of recording %s, which cannot be", told, self.recording_id)
        return self._acknowledged

    def reader_heartbeat_monotonic_ns(self) -> int:
        """When the recorder last acknowledged; 0 before the first time."""
        return self._ack_numbers.read(layout.READER_HEARTBEAT_NS)

    def close(self, final_samples: int) -> None:
        """Nothing will be written beyond ``final_samples``; the recorder may finish. Again, or released: harmless."""
        if not self._released and self._numbers.read(layout.STATE) == RingState.OPEN:
            self._numbers.write(layout.FINAL_SAMPLES, final_samples)
            self._numbers.publish(layout.STATE, RingState.CLOSED)

    def release(self) -> None:
        """Let go of memory and descriptors; the recorder's own, and a C port still on the bridge, are untouched."""
        with self._marker_turn:
            if self._released:
                return
            self._released = True
            for part in (self._numbers, self._ack_numbers, self._memory, self._ack_memory):
                part.close()
            os.close(self.fd)
            os.close(self._ack_fd)

    def _cursor(self, channel: int) -> int:
        return self._numbers.observe(layout.channel_state(channel, layout.WRITE_CURSOR))
