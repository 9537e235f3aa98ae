"""The recorder's end of a ring."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from firmware.adapters.ring.shared_memory import SharedNumbers, address_of, has_fixed_size, map_shared
from firmware.core import ring_layout as layout
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import FilesSoFar, Marker, RingHeader, RingState


class RingReader:
    """Reads one call's ring behind its writer; see ``firmware.ports.audio_ring.AudioRingReader`` for every method.

    Takes over both descriptors, closes them at once and keeps mappings only: the ring read-only. It goes on working
    when the writer has died.

    Raises:
        AudioPathError: what was handed over is no ring, or its size could change under the reader.
    """

    def __init__(self, ring_fd: int, ack_fd: int) -> None:
        try:
            size = _trusted_size(ring_fd, layout.PAGE)
            _trusted_size(ack_fd, layout.ACKNOWLEDGEMENT_BYTES)
            self._memory: Final = map_shared(ring_fd, size, write=False)
            self._ack_memory: Final = map_shared(ack_fd, layout.ACKNOWLEDGEMENT_BYTES, write=True)
        finally:
            os.close(ring_fd)
            os.close(ack_fd)
        try:
            self.header: Final = RingHeader.unpack(self._memory[: layout.PAGE])
        except ValueError as error:
            raise AudioPathError(f"What lines handed over is {error}.") from error
        if self.header.total_bytes > size:
            raise AudioPathError("What lines handed over is a ring that was cut short.")
        self._channels: Final = range(self.header.channels)
        self._address: Final = address_of(self._memory)
        self._numbers: Final = SharedNumbers(self._memory)
        self._ack_numbers: Final = SharedNumbers(self._ack_memory)
        self._view = memoryview(self._memory)
        self._assembled = [bytearray() for _ in self._channels]
        self._markers: list[Marker] = []
        self._lane_positions = [0] * layout.MARKER_LANES

    @property
    def recording_id(self) -> str:
        return self.header.recording_id.hex()

    @property
    def start_monotonic_ns(self) -> int:
        return self._numbers.read(layout.START_MONOTONIC_NS)

    @property
    def start_wall_ns(self) -> int:
        return self._numbers.read(layout.START_WALL_NS)

    def readable(self, channel_lag_limit: int) -> int:
        if self.writer_state() is RingState.CLOSED:
            return min(self._numbers.read(layout.FINAL_SAMPLES), self.written())
        return layout.readable_samples([self._written(each) for each in self._channels], channel_lag_limit)

    def written(self) -> int:
        """How far the channel ahead is: where a recording ends whose writer died."""
        return max(self._written(channel) for channel in self._channels)

    def block(self, channel: int, start_sample: int, samples: int) -> memoryview:
        if self._lies_whole(channel, start_sample, samples):
            offset = self.header.audio_offset(channel, start_sample)
            return self._view[offset : offset + samples * layout.BYTES_PER_SAMPLE].cast("h")
        return memoryview(self._assemble(channel, start_sample, samples)).toreadonly().cast("h")

    def block_address(self, channel: int, start_sample: int, samples: int) -> int:
        if self._lies_whole(channel, start_sample, samples):
            return self._address + self.header.audio_offset(channel, start_sample)
        self._assembled[channel] = self._assemble(channel, start_sample, samples)
        return _address_of_bytes(self._assembled[channel])

    def overrun(self, start_sample: int) -> bool:
        return start_sample < self.oldest_intact()

    def oldest_intact(self) -> int:
        self._numbers.fence()
        claimed = max(
            self._numbers.read(layout.channel_state(channel, layout.CLAIM_CURSOR)) for channel in self._channels
        )
        return max(0, claimed - self.header.capacity_samples)

    def markers_since(self, number: int) -> tuple[Sequence[Marker], int]:
        for lane in range(layout.MARKER_LANES):
            self._take_markers(lane)
        return self._markers[number:], len(self._markers)

    def generation(self) -> int:
        # Asked before and after reading a block: what is read lies between the two, in both directions.
        self._numbers.fence()
        return self._numbers.observe(layout.GENERATION)

    def writer_state(self) -> RingState:
        return RingState.CLOSED if self._numbers.observe(layout.STATE) else RingState.OPEN

    def heartbeat_monotonic_ns(self) -> int:
        return self._numbers.read(layout.HEARTBEAT_MONOTONIC_NS)

    def lost_samples(self) -> tuple[int, int]:
        return (
            self._numbers.read(layout.channel_state(layout.FAR_PARTY, layout.LOST_SAMPLES)),
            self._numbers.read(layout.channel_state(layout.OFFICE, layout.LOST_SAMPLES)),
        )

    def acknowledge(self, samples: int) -> None:
        self._ack_numbers.write(layout.READER_PID, os.getpid())
        self._ack_numbers.write(layout.READER_HEARTBEAT_NS, time.monotonic_ns())
        self._ack_numbers.publish(layout.ACKNOWLEDGED_SAMPLES, samples)

    def acknowledged(self) -> int:
        """What was last acknowledged, by this process or by the recorder before it."""
        return self._ack_numbers.read(layout.ACKNOWLEDGED_SAMPLES)

    def note_files(self, files: FilesSoFar) -> None:
        place = self._ack_numbers.read(layout.FILES_PLACE) % len(layout.FILES_PLACES)
        offset = layout.FILES_PLACES[place]
        self._ack_memory[offset : offset + layout.FILES.size] = files.pack()
        self._ack_numbers.publish(layout.FILES_PLACE, place + 1)

    def files_so_far(self) -> FilesSoFar | None:
        place = self._ack_numbers.read(layout.FILES_PLACE)
        if not 0 < place <= len(layout.FILES_PLACES):
            return None
        offset = layout.FILES_PLACES[place - 1]
        return FilesSoFar.unpack(self._ack_memory[offset : offset + layout.FILES.size])

    def close(self) -> None:
        for part in (self._ack_numbers, self._ack_memory, self._numbers):
            part.close()
        self._view.release()
        # While somebody still holds a block the mapping stays, and goes with the last of them.
        with suppress(BufferError):
            self._memory.close()

    def _written(self, channel: int) -> int:
        return self._numbers.observe(layout.channel_state(channel, layout.WRITE_CURSOR))

    def _lies_whole(self, channel: int, start_sample: int, samples: int) -> bool:
        return not self.header.wraps(start_sample, samples) and start_sample + samples <= self._written(channel)

    def _assemble(self, channel: int, start_sample: int, samples: int) -> bytearray:
        """A copy of a block that goes round the end or beyond what its channel wrote: that is silence."""
        audio = bytearray(samples * layout.BYTES_PER_SAMPLE)
        capacity = self.header.capacity_samples
        end = min(start_sample + samples, self._written(channel))
        sample = start_sample
        while sample < end:
            part = min(end - sample, capacity - sample % capacity)
            source = self.header.audio_offset(channel, sample)
            target = (sample - start_sample) * layout.BYTES_PER_SAMPLE
            size = part * layout.BYTES_PER_SAMPLE
            audio[target : target + size] = self._view[source : source + size]
            sample += part
        return audio

    def _take_markers(self, lane: int) -> None:
        capacity = self.header.marker_capacity
        cursor = layout.marker_cursor(lane)
        end = self._numbers.observe(cursor)
        for number in range(max(self._lane_positions[lane], end - capacity), end):
            offset = self.header.marker_offset(lane, number)
            record = self._memory[offset : offset + layout.MARKER.size]
            self._numbers.fence()
            if layout.marker_intact(self._numbers.read(cursor), number, capacity):
                # A kind that a newer lines process knows and this recorder does not is passed over.
                with suppress(ValueError):
                    self._markers.append(layout.unpack_marker(record))
        self._lane_positions[lane] = end


def _trusted_size(fd: int, least: int) -> int:
    size = os.fstat(fd).st_size
    if size < least or not has_fixed_size(fd):
        raise AudioPathError("What lines handed over is no ring: too small, or its size is not sealed.")
    return size


def _address_of_bytes(audio: bytearray) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(audio))
