"""What must not be recorded is not in the ring: pauses, holds and masks, as the compiled C carries them out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.writer import RingWriter
from firmware.core import ring_layout as layout
from firmware.core.ring_layout import FAR_PARTY, GOES_ON, OFFICE, Marker, MarkerKind
from tests.contract.native_ear import Samples
from tests.contract.native_ring import NativeRing

RATE = 8000
FRAME = 160
TICK_MS = 20
SHORTEST_LOOK_BACK = 80 * RATE // 1000
FORBIDDEN = 12345


@dataclass
class Line:
    """A call on its ring, tick by tick. The far party says +value, the office -value."""

    ring: RingWriter = field(default_factory=lambda: RingWriter.create(bytes(16)))
    ticks: int = 0

    def __post_init__(self) -> None:
        self.native = NativeRing(self.ring.fd)
        self.reader = RingReader(*(os.dup(descriptor) for descriptor in self.ring.descriptors()))

    def say(self, value: int, ticks: int = 1) -> None:
        for _ in range(ticks):
            for channel, said in ((FAR_PARTY, value), (OFFICE, -value)):
                audio = np.full(FRAME, said, np.int16).tobytes()
                self.native.put(channel, self.ticks * FRAME, audio, self.ticks * TICK_MS)
            self.ticks += 1

    @property
    def now(self) -> int:
        return self.ticks * FRAME

    def heard(self, channel: int) -> Samples:
        return np.array(self.reader.block(channel, 0, self.reader.written()), np.int16)

    def markers(self, kind: MarkerKind, channel: int) -> list[Marker]:
        found = self.reader.markers_since(0)[0]
        return [marker for marker in found if marker.kind is kind and marker.channel == channel]

    def close(self) -> None:
        self.reader.close()
        self.native.close()
        self.ring.release()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def test_what_is_said_while_paused_is_silence_for_both_and_time_goes_on(line: Line) -> None:
    line.say(100, ticks=50)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=100)
    line.native.resume()
    line.say(200, ticks=50)
    for channel, sign in ((FAR_PARTY, 1), (OFFICE, -1)):
        heard = line.heard(channel)
        assert len(heard) == 200 * FRAME
        assert np.all(heard[50 * FRAME - SHORTEST_LOOK_BACK : 150 * FRAME] == 0)
        assert np.all(heard[: 50 * FRAME - SHORTEST_LOOK_BACK] == sign * 100)
        assert np.all(heard[150 * FRAME :] == sign * 200)


@pytest.mark.parametrize("look_back_ms", [100, 500, 900])
def test_the_look_back_of_a_pause_is_wiped_and_no_more_than_that(line: Line, look_back_ms: int) -> None:
    line.say(100, ticks=100)
    before = line.reader.generation()
    line.native.pause(look_back_ms)
    line.say(FORBIDDEN)
    from_sample = 100 * FRAME - look_back_ms * RATE // 1000
    for channel in (FAR_PARTY, OFFICE):
        heard = line.heard(channel)
        assert np.all(heard[:from_sample] != 0)
        assert not heard[from_sample:].any()
        (wiped,) = line.markers(MarkerKind.WIPED, channel)
        assert (wiped.start_sample, wiped.length_samples) == (from_sample, 100 * FRAME - from_sample)
    assert line.reader.generation() == before + layout.CHANNELS


def test_a_pause_is_marked_when_it_begins_and_again_with_its_length_when_it_ends(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(500)
    line.say(FORBIDDEN, ticks=30)
    assert line.markers(MarkerKind.PAUSED, OFFICE) == [Marker(MarkerKind.PAUSED, 20 * FRAME, 0, OFFICE, GOES_ON)]
    line.native.resume()
    line.say(100)
    complete = Marker(MarkerKind.PAUSED, 20 * FRAME, 30 * FRAME, OFFICE)
    assert line.markers(MarkerKind.PAUSED, OFFICE)[1:] == [complete]


def test_a_pause_asked_and_ended_between_two_ticks_still_drops_its_look_back(line: Line) -> None:
    line.say(100, ticks=50)
    line.native.pause(500)
    line.native.resume()
    line.say(200)
    heard = line.heard(FAR_PARTY)
    assert not heard[50 * FRAME - 4000 : 50 * FRAME].any()
    assert np.all(heard[50 * FRAME :] == 200)


def test_a_pause_right_after_another_drops_its_look_back_from_before_both(line: Line) -> None:
    line.say(100, ticks=50)
    line.native.pause(100)
    line.say(FORBIDDEN)
    line.native.resume()
    line.native.pause(500)
    line.say(FORBIDDEN)
    assert not line.heard(OFFICE)[51 * FRAME - 4000 :].any()
    assert np.all(line.heard(OFFICE)[: 51 * FRAME - 4000] == -100)


def test_the_longer_of_two_look_backs_counts(line: Line) -> None:
    line.say(100, ticks=50)
    line.native.pause(800)
    line.native.pause(100)
    line.say(FORBIDDEN)
    assert not line.heard(OFFICE)[50 * FRAME - 6400 :].any()


def test_a_pause_asked_after_the_last_tick_is_carried_out_when_the_call_ends(line: Line) -> None:
    line.say(100, ticks=50)
    line.native.pause(500)
    assert line.native.stop() == 50 * FRAME
    heard = line.heard(FAR_PARTY)
    assert not heard[50 * FRAME - 4000 :].any()
    assert np.all(heard[: 50 * FRAME - 4000] == 100)


def test_a_call_that_ends_paused_has_the_pause_marked_to_its_end(line: Line) -> None:
    line.say(100, ticks=10)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=15)
    line.native.stop()
    assert line.markers(MarkerKind.PAUSED, FAR_PARTY)[-1] == Marker(
        MarkerKind.PAUSED, 10 * FRAME, 15 * FRAME, FAR_PARTY
    )


def test_a_call_paused_before_its_first_tick_holds_nothing(line: Line) -> None:
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=100)
    assert not line.heard(FAR_PARTY).any()
    line.native.resume()
    line.say(300)
    assert np.all(line.heard(FAR_PARTY)[100 * FRAME :] == 300)


def test_a_stall_within_a_pause_is_no_loss(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=5)
    line.ticks += 150  # three seconds that nobody brought
    line.say(FORBIDDEN, ticks=5)
    assert line.reader.lost_samples() == (0, 0)
    assert line.markers(MarkerKind.LOSS_NOT_TAKEN, OFFICE) == []
    assert not line.heard(OFFICE)[20 * FRAME :].any()


def test_what_came_before_a_resume_and_still_waits_in_a_buffer_is_left_out_to_the_frame(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=30)
    assert line.native.resume(after_ms=60, clock_ms=50 * TICK_MS) == 60
    line.say(FORBIDDEN, ticks=3)  # it comes out of the jitter buffers now
    line.say(200, ticks=10)
    for channel, sign in ((FAR_PARTY, 1), (OFFICE, -1)):
        heard = line.heard(channel)
        assert not heard[20 * FRAME : 53 * FRAME].any()
        assert np.all(heard[53 * FRAME :] == sign * 200)
        assert line.markers(MarkerKind.PAUSED, channel)[1:] == [
            Marker(MarkerKind.PAUSED, 20 * FRAME, 33 * FRAME, channel)
        ]


def test_what_a_late_media_clock_makes_up_for_was_said_while_paused(line: Line) -> None:
    """It stood still for 300 ms when the resume was asked: as many ticks are to come that were due before it."""
    line.say(100, ticks=20)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=30)
    assert line.native.resume(after_ms=40, clock_ms=(50 + 15) * TICK_MS) == 40
    line.say(FORBIDDEN, ticks=15 + 2)
    line.say(200, ticks=10)
    heard = line.heard(FAR_PARTY)
    assert not heard[20 * FRAME : 67 * FRAME].any()
    assert np.all(heard[67 * FRAME :] == 200)


def test_a_resume_in_the_middle_of_a_tick_keeps_nothing_of_that_frame(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=30)
    assert line.native.resume(after_ms=50, clock_ms=50 * TICK_MS + 5) == 55
    line.say(FORBIDDEN, ticks=3)
    line.say(200)
    assert not line.heard(OFFICE)[20 * FRAME : 53 * FRAME].any()
    assert line.heard(OFFICE)[53 * FRAME :].all()


def test_a_pause_while_the_one_before_it_runs_out_goes_on_without_a_break(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=30)
    line.native.resume(after_ms=60)
    line.say(FORBIDDEN, ticks=1)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=30)
    assert not line.heard(FAR_PARTY)[20 * FRAME :].any()
    assert line.markers(MarkerKind.PAUSED, FAR_PARTY) == [Marker(MarkerKind.PAUSED, 20 * FRAME, 0, FAR_PARTY, GOES_ON)]


def test_a_pause_resumed_before_any_tick_saw_it_lasts_until_the_buffers_are_empty(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(100)
    line.native.resume(after_ms=40, clock_ms=20 * TICK_MS)
    line.say(FORBIDDEN, ticks=2)
    line.say(200)
    heard = line.heard(OFFICE)
    assert not heard[20 * FRAME - 800 : 22 * FRAME].any()
    assert np.all(heard[22 * FRAME :] == -200)


def test_a_call_that_ends_while_a_pause_runs_out_has_it_marked_to_its_end(line: Line) -> None:
    line.say(100, ticks=10)
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=15)
    line.native.resume(after_ms=200)
    line.say(FORBIDDEN, ticks=2)
    line.native.stop()
    assert line.markers(MarkerKind.PAUSED, OFFICE)[-1] == Marker(MarkerKind.PAUSED, 10 * FRAME, 17 * FRAME, OFFICE)


def test_a_side_put_on_hold_while_a_pause_runs_out_stays_silent(line: Line) -> None:
    line.native.pause(0)
    line.say(FORBIDDEN, ticks=10)
    line.native.resume(after_ms=40, clock_ms=10 * TICK_MS)
    line.native.hold(OFFICE, True)
    line.say(FORBIDDEN, ticks=2)
    line.say(200, ticks=5)
    assert not line.heard(OFFICE).any()
    assert np.all(line.heard(FAR_PARTY)[12 * FRAME :] == 200)


def test_resuming_what_is_not_paused_leaves_nothing_out(line: Line) -> None:
    line.say(100, ticks=10)
    assert line.native.resume(after_ms=200) == 0
    line.say(100, ticks=10)
    assert line.heard(FAR_PARTY).all()
    assert line.markers(MarkerKind.PAUSED, FAR_PARTY) == []


def test_a_held_side_is_silent_and_the_other_is_not(line: Line) -> None:
    line.say(100, ticks=10)
    line.native.hold(OFFICE, True)
    line.say(400, ticks=10)
    line.native.hold(OFFICE, False)
    line.say(100, ticks=10)
    assert not line.heard(OFFICE)[10 * FRAME : 20 * FRAME].any()
    assert np.all(line.heard(FAR_PARTY)[10 * FRAME : 20 * FRAME] == 400)
    assert np.all(line.heard(OFFICE)[20 * FRAME :] == -100)
    assert line.markers(MarkerKind.HELD, OFFICE) == [
        Marker(MarkerKind.HELD, 10 * FRAME, 0, OFFICE, GOES_ON),
        Marker(MarkerKind.HELD, 10 * FRAME, 10 * FRAME, OFFICE),
    ]
    assert line.markers(MarkerKind.HELD, FAR_PARTY) == []


def test_a_key_sent_as_an_event_is_masked_from_before_it_came_until_after_it_and_of_its_side_only(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.mask(FAR_PARTY, look_back_ms=60, hold_ms=50)
    line.say(100, ticks=2)
    line.native.mask(FAR_PARTY, look_back_ms=0, hold_ms=50)  # the event goes on
    line.say(100, ticks=10)
    start, end = 20 * FRAME - 480, 22 * FRAME + 400
    heard = line.heard(FAR_PARTY)
    assert not heard[start:end].any()
    assert np.all(heard[:start] == 100)
    assert np.all(heard[end:] == 100)
    assert np.all(line.heard(OFFICE) == -100)
    assert line.markers(MarkerKind.TOUCH_TONE, FAR_PARTY) == [
        Marker(MarkerKind.TOUCH_TONE, start, end - start, FAR_PARTY)
    ]


def test_a_key_that_began_before_a_pause_is_masked_from_its_beginning(line: Line) -> None:
    line.say(100, ticks=20)
    line.native.pause(0)
    line.say(FORBIDDEN)
    line.native.mask(FAR_PARTY, look_back_ms=300, hold_ms=0)
    line.say(FORBIDDEN)
    assert not line.heard(FAR_PARTY)[21 * FRAME - 2400 :].any()
    assert np.all(line.heard(FAR_PARTY)[: 21 * FRAME - 2400] == 100)
