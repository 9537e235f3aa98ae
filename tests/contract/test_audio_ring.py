"""One suite for every writer of a ring: what is written is what the recorder reads, and nothing else."""

from __future__ import annotations

import array
import ctypes
import mmap
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.shared_memory import create_memory_file, seal_size
from firmware.adapters.ring.writer import RingWriter
from firmware.core import ring_layout as layout
from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import FilesSoFar, Marker, MarkerKind, RingHeader, RingState
from tests.contract.native_ring import NativeRing

RECORDING_ID = bytes(range(16))
FRAME = 160


class Filler(Protocol):
    """Appends samples to a channel of the ring under test."""

    def append(self, channel: int, samples: bytes) -> None: ...

    def close(self) -> None: ...


class _PythonFiller:
    def __init__(self, ring: RingWriter) -> None:
        self._ring = ring

    def append(self, channel: int, samples: bytes) -> None:
        self._ring.write_pcm(channel, samples)

    def close(self) -> None:
        """Nothing of its own."""


class _NativeFiller:
    """Frames on the C writer's time line, each exactly when it is due."""

    def __init__(self, ring: RingWriter) -> None:
        self._native = NativeRing(ring.fd)
        self._rate = ring.header.sample_rate_hz
        self._next = [0, 0]

    def append(self, channel: int, samples: bytes) -> None:
        for place in range(0, len(samples), FRAME * 2):
            frame = samples[place : place + FRAME * 2]
            self._native.put(channel, self._next[channel], frame, clock_ms=self._next[channel] * 1000 / self._rate)
            self._next[channel] += len(frame) // 2

    def close(self) -> None:
        self._native.close()


@pytest.fixture
def ring() -> Iterator[RingWriter]:
    made = RingWriter.create(RECORDING_ID)
    yield made
    made.release()


@pytest.fixture(params=[_PythonFiller, _NativeFiller], ids=["python writer", "C writer"])
def filler(request: pytest.FixtureRequest, ring: RingWriter) -> Iterator[Filler]:
    make: Callable[[RingWriter], Filler] = request.param
    made = make(ring)
    yield made
    made.close()


@pytest.fixture
def reader(ring: RingWriter, filler: Filler) -> Iterator[RingReader]:
    made = read(ring)
    yield made
    made.close()


def read(ring: RingWriter) -> RingReader:
    return RingReader(*(os.dup(descriptor) for descriptor in ring.descriptors()))


def noise(samples: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(samples * 2)


def test_the_reader_finds_what_ring_it_is(ring: RingWriter, reader: RingReader) -> None:
    assert reader.header == ring.header
    assert reader.recording_id == RECORDING_ID.hex()
    assert reader.header.sample_rate_hz == 8000
    assert reader.writer_state() is RingState.OPEN
    assert reader.start_wall_ns > 0


def test_each_channel_reads_as_it_was_written(filler: Filler, reader: RingReader) -> None:
    far, office = noise(16000, 1), noise(16000, 2)
    filler.append(layout.FAR_PARTY, far)
    filler.append(layout.OFFICE, office)
    assert reader.readable(channel_lag_limit=0) == 16000
    assert reader.block(layout.FAR_PARTY, 0, 16000).tobytes() == far
    assert reader.block(layout.OFFICE, 0, 16000).tobytes() == office
    assert reader.block(layout.OFFICE, 1234, 77).tobytes() == office[2468 : 2468 + 154]


def test_the_newest_ring_full_reads_right_after_many_turns_and_the_rest_counts_as_overrun(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    capacity = ring.header.capacity_samples
    total = capacity * 2 + 7 * FRAME
    far, office = noise(total, 3), noise(total, 4)
    filler.append(0, far)
    filler.append(1, office)
    assert reader.oldest_intact() == total - capacity
    assert reader.overrun(total - capacity - 1)
    assert not reader.overrun(total - capacity)
    oldest = (total - capacity) * 2
    assert reader.block(0, total - capacity, capacity).tobytes() == far[oldest:]
    assert reader.block(1, total - capacity, capacity).tobytes() == office[oldest:]


@pytest.mark.parametrize("make", [_PythonFiller, _NativeFiller], ids=["python writer", "C writer"])
def test_a_ring_of_one_channel_waits_for_no_second_and_goes_round_like_any_other(
    make: Callable[[RingWriter], Filler],
) -> None:
    ring = RingWriter.create(RECORDING_ID, channels=1)
    filler = make(ring)
    reader = read(ring)
    total = ring.header.capacity_samples + 7 * FRAME
    mixed = noise(total, 5)
    filler.append(0, mixed)
    assert reader.header.channels == 1
    assert reader.header.total_bytes < RingHeader(RECORDING_ID, 8000, ring.header.capacity_samples).total_bytes
    assert reader.readable(channel_lag_limit=0) == reader.written() == total
    assert reader.oldest_intact() == 7 * FRAME
    assert reader.block(0, 7 * FRAME, total - 7 * FRAME).tobytes() == mixed[7 * FRAME * 2 :]
    ring.add_marker(Marker(MarkerKind.PAUSED, 1, 2, 0))
    assert [marker.start_sample for marker in reader.markers_since(0)[0]] == [1]
    filler.close()
    reader.close()
    ring.release()


def test_a_block_that_does_not_go_round_is_not_copied(ring: RingWriter, filler: Filler, reader: RingReader) -> None:
    filler.append(0, noise(layout.BLOCK_SAMPLES * 4))
    first = reader.block_address(0, 0, layout.BLOCK_SAMPLES)
    third = reader.block_address(0, 2 * layout.BLOCK_SAMPLES, layout.BLOCK_SAMPLES)
    assert third - first == 2 * layout.BLOCK_SAMPLES * 2
    block = reader.block(0, 2 * layout.BLOCK_SAMPLES, layout.BLOCK_SAMPLES)
    assert ctypes.string_at(third, layout.BLOCK_SAMPLES * 2) == block.tobytes()
    block.release()


def test_an_encoder_gets_both_parties_addresses_of_a_block_that_goes_round_too(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    capacity = ring.header.capacity_samples
    parties = [noise(capacity + 4 * FRAME, 5), noise(capacity + 4 * FRAME, 6)]
    for channel, audio in enumerate(parties):
        filler.append(channel, audio)
    start = capacity - FRAME
    addresses = [reader.block_address(channel, start, 3 * FRAME) for channel in range(layout.CHANNELS)]
    for address, audio in zip(addresses, parties, strict=True):
        assert ctypes.string_at(address, 3 * FRAME * 2) == audio[start * 2 : (start + 3 * FRAME) * 2]


def test_the_channel_behind_decides_what_is_settled_until_it_is_too_far_behind(
    filler: Filler, reader: RingReader
) -> None:
    filler.append(0, noise(8000))
    filler.append(1, noise(7840))
    assert reader.readable(channel_lag_limit=800) == 7840
    filler.append(0, noise(8000))
    assert reader.readable(channel_lag_limit=800) == 15200


def test_what_a_channel_never_wrote_is_silence_whatever_lies_there(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    capacity = ring.header.capacity_samples
    filler.append(0, noise(capacity + 1600, 6))
    filler.append(1, noise(capacity, 7))
    assert reader.block(1, capacity, 1600).tobytes() == bytes(3200)
    half = reader.block(1, capacity - 800, 1600).tobytes()
    assert half[:1600] == noise(capacity, 7)[-1600:]
    assert half[1600:] == bytes(1600)


def test_a_closed_ring_ends_where_the_writer_says(ring: RingWriter, filler: Filler, reader: RingReader) -> None:
    filler.append(0, noise(3200))
    filler.append(1, noise(3040))
    assert reader.readable(channel_lag_limit=8000) == 3040
    ring.close(final_samples=3200)
    assert reader.writer_state() is RingState.CLOSED
    assert reader.readable(channel_lag_limit=8000) == 3200


def test_a_final_length_that_was_never_written_is_not_believed(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    filler.append(0, noise(3200))
    ring.close(final_samples=2**60)
    assert reader.readable(channel_lag_limit=0) == 3200


def test_lines_own_markers_arrive_once_and_in_order(ring: RingWriter, filler: Filler, reader: RingReader) -> None:
    told = [Marker(MarkerKind.LOSS_NETWORK, n * 8000, 8000, n % 2, value=n + 1) for n in range(5)]
    for marker in told[:3]:
        ring.add_marker(marker)
    found, position = reader.markers_since(0)
    assert list(found) == told[:3]
    for marker in told[3:]:
        ring.add_marker(marker)
    found, position = reader.markers_since(position)
    assert list(found) == told[3:]
    assert reader.markers_since(position) == ([], position)


def test_a_reader_that_comes_late_gets_the_newest_markers_and_never_a_mixture(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    told = [Marker(MarkerKind.LOSS_NETWORK, n, n, 0, value=n) for n in range(layout.MARKER_CAPACITY * 2 + 10)]
    for marker in told:
        ring.add_marker(marker)
    found, _ = reader.markers_since(0)
    assert list(found) == told[-len(found) :]
    assert len(found) == layout.MARKER_CAPACITY - 1


def test_acknowledgements_reach_the_writer(ring: RingWriter, filler: Filler, reader: RingReader) -> None:
    filler.append(0, noise(8000))
    filler.append(1, noise(8000))
    assert ring.acknowledged() == 0
    reader.acknowledge(4000)
    assert ring.acknowledged() == 4000
    assert ring.reader_heartbeat_monotonic_ns() > 0
    assert read(ring).acknowledged() == 4000


def test_word_of_the_files_reaches_the_next_reader_and_half_of_one_never(ring: RingWriter, reader: RingReader) -> None:
    assert reader.files_so_far() is None
    for number in range(1, 4):
        files = FilesSoFar(number, 10 * number, bytes([number] * 32))
        reader.note_files(files)
        assert read(ring).files_so_far() == files
    with mmap.mmap(ring.descriptors()[1], layout.ACKNOWLEDGEMENT_BYTES) as page:
        offset = layout.FILES_PLACES[1]  # a recorder that is killed while it notes the fourth
        page[offset : offset + layout.FILES.size] = b"\xff" * layout.FILES.size
    assert read(ring).files_so_far() == FilesSoFar(3, 30, bytes([3] * 32))


@pytest.mark.parametrize("lie", [3999, 8001, 2**64 - 1])
def test_an_acknowledgement_that_cannot_be_is_logged_and_ignored(
    lie: int, ring: RingWriter, filler: Filler, reader: RingReader, caplog: pytest.LogCaptureFixture
) -> None:
    filler.append(0, noise(8000))
    reader.acknowledge(4000)
    assert ring.acknowledged() == 4000
    reader.acknowledge(lie)
    assert ring.acknowledged() == 4000
    assert "cannot be" in caplog.text


def test_the_recorder_cannot_write_resize_or_reopen_the_audio(ring: RingWriter, filler: Filler) -> None:
    descriptor, _ = ring.descriptors()
    with pytest.raises(PermissionError):
        mmap.mmap(descriptor, ring.header.total_bytes, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    with pytest.raises(PermissionError):
        os.pwrite(descriptor, b"x", layout.PAGE)
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    anew = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
    try:
        with pytest.raises(PermissionError):
            mmap.mmap(anew, ring.header.total_bytes, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        assert os.fstat(anew).st_mode & 0o777 == 0o400
    finally:
        os.close(anew)


def test_the_writer_goes_on_writing_after_the_ring_is_sealed(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    ring.seal()
    audio = noise(1600, 8)
    filler.append(0, audio)
    assert reader.block(0, 0, 1600).tobytes() == audio


def test_a_sealed_ring_takes_no_second_writer(ring: RingWriter) -> None:
    ring.seal()
    with pytest.raises(OSError, match="refuses"):
        NativeRing(ring.fd)


def test_a_block_still_held_survives_the_reader(ring: RingWriter, filler: Filler) -> None:
    reader = read(ring)
    audio = noise(1600, 9)
    filler.append(0, audio)
    block = reader.block(0, 0, 1600)
    reader.close()
    assert block.tobytes() == audio


def test_the_reader_goes_on_after_the_writer_let_go(ring: RingWriter, filler: Filler) -> None:
    reader = read(ring)
    audio = noise(1600, 10)
    filler.append(0, audio)
    filler.append(1, audio)
    ring.release()
    assert reader.written() == 1600
    assert reader.block(1, 0, 1600).tobytes() == audio
    reader.close()


def test_after_release_late_words_about_the_call_harm_nobody(ring: RingWriter) -> None:
    ring.release()
    ring.add_marker(Marker(MarkerKind.LOSS_NETWORK, 0, 8000, 0, value=1))
    ring.close(0)
    ring.release()


@pytest.mark.parametrize("sealed", [True, False])
def test_memory_that_is_no_ring_or_could_shrink_under_the_reader_is_refused(sealed: bool) -> None:
    ring_fd = create_memory_file("no-ring", layout.PAGE * 4)
    ack_fd = create_memory_file("no-ack", layout.PAGE, writable_by_owner=True)
    if sealed:
        seal_size(ring_fd, only_present_mappings_write=False)
        seal_size(ack_fd, only_present_mappings_write=False)
    with pytest.raises(AudioPathError, match="not a ring" if sealed else "not sealed"):
        RingReader(ring_fd, ack_fd)
    for descriptor in (ring_fd, ack_fd):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


def test_samples_read_as_signed_16_bit_numbers(filler: Filler, reader: RingReader) -> None:
    filler.append(0, array.array("h", [1, -1, 32767, -32768]).tobytes())
    assert reader.block(0, 0, 4).tolist() == [1, -1, 32767, -32768]


def _mappings_of_rings() -> list[dict[str, str]]:
    """What the kernel says of each mapping of a ring in this process (proc(5), smaps)."""
    mappings: list[dict[str, str]] = []
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, value = line.partition(":")
        if "-" in name.split(" ")[0]:
            mappings.append({"line": line})
        else:
            mappings[-1][name] = value.strip()
    return [mapping for mapping in mappings if "earmark-ring" in mapping["line"]]


def test_audio_in_memory_goes_neither_into_a_core_dump_nor_into_a_child_nor_into_swap(
    ring: RingWriter, filler: Filler, reader: RingReader
) -> None:
    mappings = _mappings_of_rings()
    assert mappings
    for mapping in mappings:
        assert {"dd", "dc"} <= set(mapping["VmFlags"].split()), mapping["line"]
    assert any("lo" in mapping["VmFlags"].split() for mapping in mappings)


def test_where_memory_may_not_be_locked_calls_are_recorded_all_the_same_with_one_warning() -> None:
    program = (
        "import logging, os, resource\n"
        "from firmware.adapters.ring.shared_memory import MemoryLock\n"
        "from firmware.adapters.ring.writer import RingWriter\n"
        "logging.basicConfig(format='%(message)s')\n"
        "resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))\n"
        "if os.geteuid() == 0: os.setresuid(65534, 65534, 65534)\n"  # root is allowed anyway
        "lock = MemoryLock()\n"
        "for number in range(3): RingWriter.create(bytes(16), lock=lock).write_pcm(0, bytes(320))\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr.count("cannot be locked") == 1
    assert "LimitMEMLOCK" in outcome.stderr


@pytest.mark.parametrize("descriptors_left", [0, 1, 2])
def test_a_ring_that_cannot_be_made_says_so_and_leaves_no_descriptor_behind(descriptors_left: int) -> None:
    program = (
        "import os, resource\n"
        "from firmware.adapters.ring.writer import RingWriter\n"
        "from firmware.core.errors import AudioPathError\n"
        "RingWriter.create(bytes(16)).release()\n"
        "next_free = os.dup(0)\n"
        "os.close(next_free)\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, (next_free + {descriptors_left}, 4096))\n"
        "for attempt in range(2):\n"
        "    try: RingWriter.create(bytes(16))\n"
        "    except AudioPathError as error: print(error)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (next_free + 10, 4096))\n"
        "assert os.dup(0) == next_free\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count("recording") == 2
