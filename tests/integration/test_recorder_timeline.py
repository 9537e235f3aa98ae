"""The C writer's sense of time: whatever the media clock goes through, no sound is ever moved to another time.

The media clock is simulated after pjmedia's: late by up to 500 ms it catches up with quick ticks, later than that it
leaves the time out. The tests play the stalls; the code under test is the compiled C.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.shared_memory import SharedNumbers, map_shared
from firmware.adapters.ring.writer import RingWriter
from firmware.core import ring_layout as layout
from firmware.core.ring_layout import Marker, MarkerKind
from tests.contract.native_ring import NativeRing

RATE = 8000
TICK_MS = 20
FRAME = 160
CATCHES_UP_MS = 500
FIRST_TIMESTAMP = 4_000_000


@dataclass(frozen=True)
class Tick:
    timestamp: int
    at_ms: float


@dataclass
class MediaClock:
    """pjmedia's clock thread in simulated time; ``stalls`` are milliseconds by tick number, asleep or at work."""

    stalls: dict[int, float] = field(default_factory=dict)
    stall_while_working: bool = False
    timestamp: int = FIRST_TIMESTAMP

    def ticks(self, count: int) -> Iterator[Tick]:
        time_ms, next_ms = 0.0, float(TICK_MS)
        for number in range(count):
            looked_ms = time_ms
            time_ms = max(time_ms, next_ms)
            if not self.stall_while_working:
                time_ms += self.stalls.get(number, 0)
            yield Tick(self.timestamp, time_ms)
            if self.stall_while_working:
                time_ms += self.stalls.get(number, 0)
            time_ms += 0.1
            self.timestamp += FRAME
            if next_ms + CATCHES_UP_MS < looked_ms:
                next_ms = looked_ms
            next_ms += TICK_MS


class Recording:
    """A ring with both its ends, and where each tick of the clock went."""

    def __init__(self) -> None:
        self.ring = RingWriter.create(bytes(16))
        self.native = NativeRing(self.ring.fd)
        self.reader = RingReader(*(os.dup(descriptor) for descriptor in self.ring.descriptors()))
        self.places: list[tuple[Tick, int]] = []

    def take(self, tick: Tick, *, office_first: bool = False) -> None:
        """One tick: the far party hears its number, the office the same negated."""
        loud = len(self.places) % 30000 + 1
        order = (layout.OFFICE, layout.FAR_PARTY) if office_first else (layout.FAR_PARTY, layout.OFFICE)
        for channel in order:
            value = loud if channel == layout.FAR_PARTY else -loud
            self.native.put(channel, tick.timestamp, value.to_bytes(2, "little", signed=True) * FRAME, tick.at_ms)
        self.places.append((tick, self.ring.samples_written() - FRAME))

    def markers(self) -> list[Marker]:
        return list(self.reader.markers_since(0)[0])

    def lateness_ms(self) -> float:
        """How far the last tick's place is behind (or, negative, ahead of) the clock."""
        (first, start), (last, place) = self.places[0], self.places[-1]
        return (last.at_ms - first.at_ms) - (place - start) * 1000 / RATE

    def close(self) -> None:
        self.reader.close()
        self.native.close()
        self.ring.release()


@pytest.fixture
def recording() -> Iterator[Recording]:
    made = Recording()
    yield made
    made.close()


def test_an_undisturbed_call_lies_one_frame_after_the_other(recording: Recording) -> None:
    for tick in MediaClock().ticks(300):
        recording.take(tick)
    assert [place for _, place in recording.places] == [number * FRAME for number in range(300)]
    assert recording.native.jumps == 0
    assert recording.markers() == []


@pytest.mark.parametrize("while_working", [False, True], ids=["while it slept", "while it worked"])
def test_a_stall_that_the_clock_makes_up_for_is_no_loss_and_moves_nothing(
    recording: Recording, while_working: bool
) -> None:
    for tick in MediaClock({50: 430, 150: 120, 250: 490}, while_working).ticks(400):
        recording.take(tick)
    assert recording.native.jumps == 0
    assert recording.markers() == []
    assert abs(recording.lateness_ms()) < TICK_MS


@pytest.mark.parametrize("while_working", [False, True], ids=["while it slept", "while it worked"])
def test_after_a_stop_of_three_seconds_both_parties_go_on_at_the_right_time_with_the_loss_marked(
    recording: Recording, while_working: bool
) -> None:
    for tick in MediaClock({100: 3000}, while_working).ticks(300):
        recording.take(tick)
    assert recording.native.jumps == 1
    assert -TICK_MS <= recording.lateness_ms() <= 3 * TICK_MS
    losses = recording.markers()
    assert {marker.channel for marker in losses} == {layout.FAR_PARTY, layout.OFFICE}
    assert {marker.kind for marker in losses} == {MarkerKind.LOSS_NOT_TAKEN}
    assert losses[0].start_sample == losses[1].start_sample
    assert losses[0].length_samples == losses[1].length_samples == pytest.approx(3 * RATE, abs=2 * FRAME)
    assert recording.reader.lost_samples() == (losses[0].length_samples, losses[0].length_samples)
    silence = recording.reader.block(0, losses[0].start_sample, losses[0].length_samples)
    assert not any(silence)
    after = losses[0].start_sample + losses[0].length_samples
    heard = recording.reader.block(layout.FAR_PARTY, after, FRAME)[0]
    assert recording.reader.block(layout.OFFICE, after, FRAME)[0] == -heard != 0


def test_time_that_the_clock_just_left_out_is_noticed_within_a_quarter_of_a_second(recording: Recording) -> None:
    """A little over what the clock makes up for: too close to be sure at once which of the two it does."""
    clock = MediaClock({100: CATCHES_UP_MS + TICK_MS + 5}, stall_while_working=True)
    for tick in clock.ticks(100 + 1 + 12):
        recording.take(tick)
    assert recording.native.jumps == 1
    assert abs(recording.lateness_ms()) <= 3 * TICK_MS


def test_a_clock_that_starts_anew_goes_on_where_time_is(recording: Recording) -> None:
    for tick in MediaClock().ticks(200):
        recording.take(tick)
    restarted_at_ms = recording.places[-1][0].at_ms + TICK_MS
    for tick in MediaClock(timestamp=0).ticks(100):
        recording.take(Tick(tick.timestamp, restarted_at_ms + tick.at_ms))
    places = [place for _, place in recording.places]
    assert places == sorted(places)
    assert abs(recording.lateness_ms()) <= 3 * TICK_MS


def test_a_timestamp_that_leaps_ahead_of_real_time_is_not_followed(recording: Recording) -> None:
    for tick in MediaClock().ticks(100):
        recording.take(tick)
    last = recording.places[-1][0]
    for number in range(1, 100):
        recording.take(Tick(last.timestamp + 3600 * RATE + number * FRAME, last.at_ms + number * TICK_MS))
    assert abs(recording.lateness_ms()) <= 3 * TICK_MS


def test_the_low_half_of_a_timestamp_may_overflow_during_a_call(recording: Recording) -> None:
    for tick in MediaClock(timestamp=2**32 - 50 * FRAME).ticks(200):
        recording.take(tick)
    assert [place for _, place in recording.places] == [number * FRAME for number in range(200)]


def test_a_channel_that_joins_late_starts_at_its_own_time_and_lost_nothing(recording: Recording) -> None:
    ticks = list(MediaClock().ticks(60))
    for tick in ticks[:20]:
        recording.native.put(layout.FAR_PARTY, tick.timestamp, b"\1\1" * FRAME, tick.at_ms)
    for tick in ticks[20:]:
        recording.native.put(layout.FAR_PARTY, tick.timestamp, b"\1\1" * FRAME, tick.at_ms)
        recording.native.put(layout.OFFICE, tick.timestamp, b"\2\2" * FRAME, tick.at_ms)
    assert recording.markers() == []
    assert not any(recording.reader.block(layout.OFFICE, 0, 20 * FRAME))
    assert all(recording.reader.block(layout.OFFICE, 20 * FRAME, 40 * FRAME))


def test_empty_frames_are_silence_not_loss(recording: Recording) -> None:
    for tick in MediaClock().ticks(50):
        recording.native.put(layout.FAR_PARTY, tick.timestamp, FRAME, tick.at_ms)
        recording.native.put(layout.OFFICE, tick.timestamp, FRAME, tick.at_ms)
    assert recording.reader.readable(channel_lag_limit=0) == 50 * FRAME
    assert recording.markers() == []
    assert recording.reader.lost_samples() == (0, 0)


def test_a_stall_longer_than_the_ring_leaves_no_old_sound_where_silence_belongs(recording: Recording) -> None:
    for tick in MediaClock({900: 30_000}).ticks(1000):
        recording.take(tick)
    (loss, _) = recording.markers()
    assert loss.length_samples > recording.ring.header.capacity_samples
    oldest = recording.reader.oldest_intact()
    quiet = loss.start_sample + loss.length_samples - oldest
    assert not any(recording.reader.block(layout.OFFICE, oldest, quiet))


def test_nothing_is_taken_after_the_port_was_told_to_stop(recording: Recording) -> None:
    ticks = list(MediaClock().ticks(20))
    for tick in ticks[:10]:
        recording.take(tick)
    assert recording.native.stop() == 10 * FRAME
    for tick in ticks[10:]:
        recording.native.put(layout.FAR_PARTY, tick.timestamp, b"\1\1" * FRAME, tick.at_ms)
    assert recording.ring.samples_written() == 10 * FRAME


@pytest.mark.parametrize("stalls", [{}, {number: 700.0 for number in range(40, 1000, 40)}], ids=["even", "stalling"])
def test_two_threads_of_the_bridge_that_bring_both_parties_at_once_agree_on_the_time(
    recording: Recording, stalls: dict[int, float]
) -> None:
    ticks = list(MediaClock(stalls).ticks(1000))
    start_together, places = threading.Barrier(layout.CHANNELS), ([0] * len(ticks), [0] * len(ticks))

    def bring(channel: int) -> None:
        cursor = layout.channel_state(channel, layout.WRITE_CURSOR)
        numbers = SharedNumbers(memory)
        for number, tick in enumerate(ticks):
            start_together.wait()
            recording.native.put(channel, tick.timestamp, b"\1\1" * FRAME, tick.at_ms)
            places[channel][number] = numbers.read(cursor) - FRAME
        numbers.close()

    memory = map_shared(recording.ring.fd, recording.ring.header.total_bytes, write=False)
    threads = [threading.Thread(target=bring, args=(channel,)) for channel in range(layout.CHANNELS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory.close()
    assert places[layout.FAR_PARTY] == places[layout.OFFICE]
    assert recording.native.jumps == len(stalls)
    elapsed_ms = ticks[-1].at_ms - ticks[0].at_ms
    assert -2 * TICK_MS <= elapsed_ms - places[0][-1] * 1000 / RATE <= 3 * TICK_MS


lengths_ms = st.floats(0, 5000)
stalls_apart = st.dictionaries(st.integers(0, 5).map(lambda n: n * 60 + 1), lengths_ms)
stalls_upon_stalls = st.dictionaries(st.integers(1, 250), lengths_ms, max_size=8)


@settings(max_examples=60, deadline=None)
@given(stalls_apart, st.booleans(), st.integers())
def test_whatever_stalls_befall_the_clock_the_parties_stay_together_and_time_stays_true(
    stalls: dict[int, float], while_working: bool, seed: int
) -> None:
    lateness_ms = _play(MediaClock(stalls, while_working), seed)
    assert -2 * TICK_MS <= lateness_ms <= 100


@settings(max_examples=60, deadline=None)
@given(stalls_upon_stalls, st.booleans(), st.integers())
def test_stalls_upon_stalls_cost_at_most_what_the_clock_may_make_up_for_and_never_add_up(
    stalls: dict[int, float], while_working: bool, seed: int
) -> None:
    lateness_ms = _play(MediaClock(stalls, while_working), seed)
    assert -CATCHES_UP_MS - 2 * TICK_MS <= lateness_ms <= 100


def _play(clock: MediaClock, seed: int) -> float:
    """Record 400 ticks, the parties in any order, looking at every frame; how late the last one lies, in ms."""
    recording, chance = Recording(), random.Random(seed)
    try:
        for tick in clock.ticks(400):
            recording.take(tick, office_first=chance.random() < 0.5)
            newest = recording.ring.samples_written()
            far = recording.reader.block(layout.FAR_PARTY, newest - FRAME, FRAME)
            office = recording.reader.block(layout.OFFICE, newest - FRAME, FRAME)
            assert far[0] == -office[0] == len(recording.places) % 30001
            assert far[0] == far[-1]
        places = [place for _, place in recording.places]
        assert all(later - earlier >= FRAME for earlier, later in pairwise(places))
        lost = sum(marker.length_samples for marker in recording.markers() if marker.channel == layout.FAR_PARTY)
        assert lost == recording.reader.lost_samples()[0] == places[-1] - 399 * FRAME
        return recording.lateness_ms()
    finally:
        recording.close()
