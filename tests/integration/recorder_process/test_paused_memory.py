"""What was dropped or said while paused is nowhere in the recorder's memory: not in its ring, encoder or buffers."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from firmware.adapters.ring.writer import RingWriter
from tests.contract.native_ring import NativeRing
from tests.integration.recorder_at_work import (
    RATE,
    Lines,
    Office,
    Pcm,
    RecorderAtWork,
    decode,
    eventually,
    record_of_a_call,
    speech,
)

FRAME = 160
NEEDLE_BYTES = 24
APART_BYTES = 1600
LOOK_BACK_MS = 700


@pytest.fixture
def recorder(recorder: RecorderAtWork) -> RecorderAtWork:
    return recorder.start()


class Speaker:
    """A call spoken into the ring by its C writer, at the pace of speech."""

    def __init__(self, lines: Lines) -> None:
        began = time.time_ns() // 1_000_000
        self.record = replace(record_of_a_call(began), mode="pausable")
        self.ring = RingWriter.create(self.record.recording_id)
        self.native = NativeRing(self.ring.fd)
        self.ticks = 0
        self._lines = lines
        self._began_s = time.monotonic()
        lines.sender.offer(self.record, self.ring)

    def say(self, voice: Pcm) -> None:
        """Both parties, in whole frames; what is left of the last one is not said."""
        for start in range(0, len(voice) - FRAME + 1, FRAME):
            time.sleep(max(0.0, self._began_s + self.ticks * 0.02 - time.monotonic()))
            frame = voice[start : start + FRAME].tobytes()
            for channel in (0, 1):
                self.native.put(channel, self.ticks * FRAME, frame, self.ticks * 20)
            self.ticks += 1

    def hang_up(self) -> None:
        self.ring.close(self.native.stop())
        self.native.close()
        self._lines.sender.closed(self.record)


def found(pid: int, voice: Pcm) -> int:
    """How many pieces of the voice lie in a process's memory as samples, its share of the ring included."""
    content, pieces = voice.tobytes(), 0
    needles = [content[at : at + NEEDLE_BYTES] for at in range(0, len(content) - NEEDLE_BYTES + 1, APART_BYTES)]
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            start, end = (int(each, 16) for each in span.split("-"))
            if "r" not in rights:
                continue
            try:
                memory.seek(start)
                region = memory.read(end - start)
            except (OSError, OverflowError, ValueError):
                continue  # the kernel's own pages
            pieces += sum(needle in region for needle in needles)
    return pieces


def noise(seconds: float, seed: int) -> Pcm:
    """A voice that is nowhere else in the world."""
    return np.random.default_rng(seed).integers(-9000, 9000, int(seconds * RATE), dtype=np.int16)


def test_nothing_dropped_or_said_while_paused_is_in_the_recorder_s_memory_or_recording(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    assert recorder.process is not None
    pid = recorder.process.pid
    call = Speaker(lines)
    try:
        call.say(speech(3.0))
        dropped, paused = noise(0.6, 1), noise(2.0, 2)
        call.say(dropped)
        eventually(lambda: found(pid, dropped) >= 5, 30, "the recorder's memory cannot be searched")
        call.native.pause(LOOK_BACK_MS)
        call.say(paused)
        assert (found(pid, dropped), found(pid, paused)) == (0, 0)
        call.native.resume()
        call.say(speech(3.0))
        assert (found(pid, dropped), found(pid, paused)) == (0, 0)
    finally:
        call.hang_up()
    lines.wait_until_finished()
    assert (found(pid, dropped), found(pid, paused)) == (0, 0)
    heard = office.unseal(call.record.recording_id)
    (pause,) = heard.pauses
    silent = decode(heard.ogg)[:, pause.start_sample + 400 : pause.start_sample + pause.samples - 400]
    assert np.abs(silent).max() < 50
    assert pause.samples == LOOK_BACK_MS * RATE // 1000 + len(paused)
    row = office.row(call.record.recording_id)
    assert row is not None
    assert row.paused_s == pytest.approx(pause.samples / RATE, abs=0.002)
    assert (row.not_taken_s, row.not_stored_s) == (0, 0)
