"""Whatever lines does while the recorder reads, nothing is sealed that the ring was rid of.

The ring, its C writer and its reader are real; between any two things that the recorder asks of the ring, hypothesis
lets lines speak, pause, resume, hold, mask, hang up or die. The encoder and the sealer keep what they are given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.core.call_record import Pause
from tests.integration.hostile_recorder import (
    FRAME,
    RATE,
    RECORD,
    Act,
    Lines,
    Recorder,
    kept_by,
    told_pauses,
)

look_backs_ms = st.integers(0, 900)
acts = st.one_of(
    st.tuples(st.just("speak"), st.integers(1, 6)),
    st.tuples(st.just("speak"), st.integers(1, 6)),
    st.tuples(st.just("pause"), look_backs_ms),
    st.tuples(st.just("resume")),
    st.tuples(st.just("hold"), st.integers(0, 1), st.integers(0, 1)),
    st.tuples(st.just("mask"), st.integers(0, 1), look_backs_ms),
)
scripts = st.lists(acts, min_size=30, max_size=120)
endings = st.sampled_from(["hang up", "hang up in mid-look", "die"])
turns = st.integers(1, 60)


@settings(max_examples=250, deadline=None)
@given(scripts, endings, st.none() | turns, st.none() | turns)
@example([("speak", 6)] * 40 + [("pause", 500)] + [("speak", 6)] * 40, "hang up", 15, None)
@example([("speak", 6)] * 80 + [("pause", 900)], "hang up in mid-look", None, 10)
@example([("speak", 6)] * 80 + [("pause", 900), ("speak", 6)], "die", None, None)
def test_nothing_is_sealed_that_the_ring_was_rid_of_whenever_lines_acts_and_whoever_dies(
    script: list[Act], ending: str, recorder_dies: int | None, connection_breaks: int | None
) -> None:
    lines = Lines(script)
    recorder = Recorder(lines)
    try:
        _play(recorder, recorder_dies, connection_breaks)
        if ending == "die":
            lines.die()
        elif ending == "hang up in mid-look":
            lines.act = lines.hang_up  # type: ignore[method-assign]  # at whatever the recorder looks next
            recorder.turn()
        lines.hang_up()
        recorder.finish("interrupted" if ending == "die" else "complete")
        sealed, kept = recorder.sealed(), kept_by(lines)
        assert sealed.shape == kept.shape
        assert not (sealed < 0).any(), "something spoken while paused"
        assert not sealed[:, lines.left_out[: lines.said]].any(), "something from before the request"
        assert (sealed == kept).all()
        final = recorder.store.segments[-1].final()
        assert (told_pauses(final) == lines.left_out).all()
        assert (final["gaps"], final["losses"]) == ([], {"not_taken": 0, "network": 0})
    finally:
        recorder.close()
        lines.close()


def _play(recorder: Recorder, recorder_dies: int | None, connection_breaks: int | None) -> None:
    for turn in range(60):
        recorder.lines.speak(1)
        recorder.lines.act()
        recorder.turn()
        if turn == recorder_dies:
            recorder.die_and_come_back()
        if turn == connection_breaks:
            recorder.recording.end("interrupted")
        if connection_breaks is not None and turn == connection_breaks + 12 and not recorder.recording.finished:
            recorder.recording.call_on(recorder.lines.reader())
    recorder.lines.speak(10)


@pytest.fixture
def lines() -> Iterator[Lines]:
    made = Lines()
    yield made
    made.close()


@pytest.fixture
def recorder(lines: Lines) -> Iterator[Recorder]:
    made = Recorder(lines)
    yield made
    made.close()


def test_a_pause_asked_for_in_the_instant_of_hanging_up_still_wins(lines: Lines, recorder: Recorder) -> None:
    for _ in range(20):
        lines.speak(6)
        recorder.turn()
    lines.pause(500)
    lines.hang_up()  # before any tick could carry the pause out
    recorder.finish("complete")
    sealed = recorder.sealed()
    assert sealed.shape[1] == lines.said
    assert not sealed[:, -4000:].any()
    assert sealed[:, :-4000].all()
    assert recorder.store.segments[-1].final()["pauses"] == [[lines.said - 4000, 4000]]


def test_what_is_younger_than_a_second_is_not_sealed_while_a_writer_whose_connection_broke_goes_on(
    lines: Lines, recorder: Recorder
) -> None:
    for _ in range(20):
        lines.speak(6)
        recorder.turn()
    recorder.recording.end("interrupted")  # its connection broke; it knows nothing of that
    for _ in range(20):
        lines.speak(6)
        recorder.turn()
        assert recorder.store.segments[-1].end <= lines.said - RATE
    lines.pause(900)
    lines.speak(6)
    lines.die()
    recorder.finish("interrupted")
    sealed, kept = recorder.sealed(), kept_by(lines)
    assert (sealed == kept).all()
    assert not sealed[:, -7200 - 6 * FRAME :].any()


def test_a_writer_that_died_in_the_instant_of_a_pause_leaves_a_recording_that_ends_there(lines: Lines) -> None:
    recorder = Recorder(lines)
    for _ in range(20):
        lines.speak(6)
        recorder.turn()
    # It could tell of the pause, and not carry it out. Sample 0 was at 0 ms of the test's clock.
    asked_at_ms = lines.said * 1000 // RATE
    recorder.recording.update(replace(RECORD, pauses=(Pause(asked_at_ms - 500, asked_at_ms, how="code", who="202"),)))
    lines.die()
    recorder.finish("interrupted")
    assert recorder.store.segments[-1].final()["samples"] == lines.said - 4000
    assert recorder.sealed().shape[1] == lines.said - 4000
    recorder.close()


def test_a_writer_that_died_while_paused_leaves_silence_to_its_end_and_says_so(
    lines: Lines, recorder: Recorder
) -> None:
    lines.speak(100)
    lines.pause(500)
    recorder.recording.update(replace(RECORD, pauses=(Pause(1500, 2000, how="desk", who="202"),)))
    lines.speak(100)
    for _ in range(5):
        recorder.turn()
    lines.die()
    recorder.finish("interrupted")
    final = recorder.store.segments[-1].final()
    assert final["samples"] == lines.said
    assert final["pauses"] == [[12_000, lines.said - 12_000]]
    (pause,) = final["record"]["pauses"]
    assert (pause["ended_at_ms"], pause["resumed_how"]) == (4000, "still paused when the recording broke off")
    assert not recorder.sealed()[:, 12_000:].any()


def test_a_recorder_that_comes_back_reads_silence_where_its_pre_roll_was_wiped(
    lines: Lines, recorder: Recorder
) -> None:
    lines.speak(150)
    recorder.turn()
    sealed_until = recorder.store.segments[-1].end
    assert sealed_until > RATE
    lines.pause(900)
    lines.speak(1)
    recorder.die_and_come_back()
    lines.speak(100)
    for _ in range(20):
        recorder.turn()
    lines.hang_up()
    recorder.finish("complete")
    first, second = recorder.store.segments
    assert second.header.start_sample == sealed_until
    assert (recorder.sealed() == kept_by(lines)).all()
    begins, heard = second.pcm()
    assert begins == sealed_until - 960
    assert not heard[:, 150 * FRAME - 7200 - begins :].any()
    assert first.events()[0]["kind"] == "record"


def test_pauses_holds_and_tones_are_sealed_to_the_sample_and_no_loss(lines: Lines, recorder: Recorder) -> None:
    lines.speak(100)
    lines.pause(500)
    lines.speak(50)
    lines.resume()
    lines.native.hold(1, True)
    lines.speak(50)
    lines.native.hold(1, False)
    lines.speak(50)
    lines.native.mask(0, 100, 60)
    lines.speak(100)
    lines.hang_up()
    recorder.finish("complete")
    final = recorder.store.segments[-1].final()
    assert final["pauses"] == [[12_000, 12_000]]
    assert final["holds"] == [[1, 24_000, 8_000]]
    assert final["touch_tones"] == {"count": 1, "samples": 160 * RATE // 1000}
    assert final["losses"] == {"not_taken": 0, "network": 0}
    events = [event for event in recorder.store.segments[0].events() if event["kind"] != "record"]
    assert {event["cause"] for event in events} == {"paused", "before_pause", "held", "touch_tone"}
    assert all(event["kind"] == "left_out" for event in events)
    assert recorder.recording.paused_ms == 1500
