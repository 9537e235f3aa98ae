"""From pjsua2's bridge through the C port and the ring to the recorder's end, between real processes."""

from __future__ import annotations

import array
import os
import random
import signal
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from firmware.adapters.ring.channel import (
    RingClosed,
    RingOffered,
    RingReceiver,
    WriterArrived,
    WriterGone,
    WriterMessage,
)
from firmware.adapters.ring.reader import RingReader
from firmware.core import ring_layout as layout
from firmware.core.ring_layout import MarkerKind, RingState
from firmware.native import build
from firmware.native.build import NativeBuildError
from firmware.native.recorder_port import native_layout

_Message = TypeVar("_Message", WriterArrived, RingOffered, RingClosed, WriterGone)
RATE = 8000
LAG_LIMIT = 800
SOURCE_SECONDS = 30


class BridgeProcess:
    """The lines process in miniature, the recorder's end of its one call, and its pid for signals."""

    def __init__(self, folder: Path) -> None:
        self.sources = [_write_noise(folder / f"{channel}.wav", seed=channel) for channel in range(layout.CHANNELS)]
        socket = folder / "rings.sock"
        self.receiver = RingReceiver(socket)
        self._messages: list[WriterMessage] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.bridge_process", socket, *(folder / f"{n}.wav" for n in (0, 1))],
            stdin=subprocess.PIPE,
        )
        assert self.expect(WriterArrived).pid == self.process.pid
        offer = self.expect(RingOffered)
        self.writer, self.record = offer.writer, offer.record
        self.reader = RingReader(offer.ring_fd, offer.ack_fd)

    def expect(self, kind: type[_Message]) -> _Message:
        while True:
            for place, message in enumerate(self._messages):
                if isinstance(message, kind):
                    del self._messages[place]
                    return message
            arrived = self.receiver.poll(timeout_s=30)
            assert arrived, f"no {kind.__name__} in 30 s"
            self._messages += arrived

    def wait_for_samples(self, samples: int) -> None:
        """Until so much of the call is settled. Nothing tells a reader of new samples, so it looks now and then."""
        while self.reader.readable(LAG_LIMIT) < samples:
            assert self.process.poll() is None
            self.receiver.poll(timeout_s=0.01)

    def hang_up(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def heard(self, channel: int, start: int, end: int) -> list[int]:
        return self.reader.block(channel, start, end - start).tolist()

    def close(self) -> None:
        self.reader.close()
        self.receiver.close()
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[BridgeProcess]:
    made = BridgeProcess(tmp_path)
    yield made
    made.close()


def _write_noise(path: Path, seed: int) -> list[int]:
    """A sound in which every few samples are like no others, so that a shift by one sample shows."""
    chance = random.Random(seed)
    samples = array.array(
        "h", (chance.randint(1, 20000) * chance.choice((-1, 1)) for _ in range(SOURCE_SECONDS * RATE))
    )
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())
    return samples.tolist()


def _first_sound(samples: list[int]) -> int:
    return next(place for place, sample in enumerate(samples) if sample)


def test_two_sounds_on_the_bridge_are_recorded_sample_for_sample_and_at_the_same_time(bridge: BridgeProcess) -> None:
    bridge.wait_for_samples(2 * RATE)
    bridge.hang_up()
    closed = bridge.expect(RingClosed)
    assert closed.record.end_cause == "caller hung up"
    assert bridge.reader.writer_state() is RingState.CLOSED
    length = bridge.reader.readable(LAG_LIMIT)
    assert length >= 2 * RATE
    far, office = (bridge.heard(channel, 0, length) for channel in (layout.FAR_PARTY, layout.OFFICE))
    start = _first_sound(far)
    assert start == _first_sound(office)
    assert far[start:] == bridge.sources[layout.FAR_PARTY][: length - start]
    assert office[start:] == bridge.sources[layout.OFFICE][: length - start]
    assert bridge.reader.markers_since(0)[0] == []
    bridge.receiver.finished(bridge.writer, bridge.record.recording_id)
    bridge.expect(WriterGone)
    assert bridge.process.wait(timeout=30) == 0


def test_a_lines_process_that_stood_still_leaves_a_marked_silence_and_goes_on_at_the_right_time(
    bridge: BridgeProcess,
) -> None:
    bridge.wait_for_samples(RATE)
    os.kill(bridge.process.pid, signal.SIGSTOP)
    assert bridge.receiver.poll(timeout_s=2.0) == []
    os.kill(bridge.process.pid, signal.SIGCONT)
    bridge.wait_for_samples(5 * RATE)
    losses = list(bridge.reader.markers_since(0)[0])
    assert [loss.kind for loss in losses] == [MarkerKind.LOSS_NOT_TAKEN] * 2
    assert losses[0].start_sample == losses[1].start_sample
    assert 1.8 * RATE <= losses[0].length_samples <= 2.5 * RATE
    resumed = losses[0].start_sample + losses[0].length_samples
    assert not any(bridge.heard(layout.FAR_PARTY, losses[0].start_sample, resumed))
    far, office = (bridge.heard(channel, resumed, resumed + 800) for channel in (layout.FAR_PARTY, layout.OFFICE))
    place = _place_of(far, bridge.sources[layout.FAR_PARTY])
    assert office == bridge.sources[layout.OFFICE][place : place + 800]
    elapsed_s = (bridge.reader.heartbeat_monotonic_ns() - bridge.reader.start_monotonic_ns) / 1e9
    assert bridge.reader.written() / RATE == pytest.approx(elapsed_s, abs=0.15)


def _place_of(part: list[int], whole: list[int]) -> int:
    needle, haystack = array.array("h", part).tobytes(), array.array("h", whole).tobytes()
    place = haystack.find(needle)
    assert place >= 0
    return place // 2


def test_what_a_killed_lines_process_had_taken_is_still_there_to_the_last_frame(bridge: BridgeProcess) -> None:
    bridge.wait_for_samples(RATE)
    bridge.process.kill()
    bridge.expect(WriterGone)
    length = bridge.reader.written()
    assert bridge.reader.writer_state() is RingState.OPEN
    assert length >= RATE
    far = bridge.heard(layout.FAR_PARTY, 0, length)
    start = _first_sound(far)
    settled = bridge.reader.readable(LAG_LIMIT)
    assert far[start:settled] == bridge.sources[layout.FAR_PARTY][: settled - start]


def test_a_recorder_that_restarts_is_offered_the_same_ring_and_misses_nothing(
    bridge: BridgeProcess, tmp_path: Path
) -> None:
    bridge.wait_for_samples(RATE)
    bridge.reader.acknowledge(RATE)
    bridge.reader.close()
    bridge.receiver.close()
    bridge.receiver = RingReceiver(tmp_path / "rings.sock")
    offer = bridge.expect(RingOffered)
    bridge.reader = RingReader(offer.ring_fd, offer.ack_fd)
    assert offer.record.recording_id == bridge.record.recording_id
    assert bridge.reader.acknowledged() == RATE
    bridge.wait_for_samples(2 * RATE)
    far = bridge.heard(layout.FAR_PARTY, 0, 2 * RATE)
    start = _first_sound(far)
    assert far[start:] == bridge.sources[layout.FAR_PARTY][: 2 * RATE - start]


def test_thousands_of_calls_come_and_go_under_a_running_clock() -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.integration.bridge_process", "--churn", "3000"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    report = outcome.stdout.splitlines()[-1]
    assert report.endswith("3 ports and 0 rings left")
    assert int(report.split()[0]) > 1000


def test_the_c_and_the_python_agree_on_every_place_in_the_ring() -> None:
    assert native_layout() == [
        layout.VERSION,
        True,
        layout.IDENTITY.size - 16,
        layout.START_MONOTONIC_NS,
        layout.START_WALL_NS,
        layout.CHANNEL_STATE,
        layout.CACHE_LINE,
        layout.WRITE_CURSOR,
        layout.CLAIM_CURSOR,
        layout.LOST_SAMPLES,
        layout.MARKER_CURSORS,
        layout.GENERATION,
        layout.STATE,
        layout.FINAL_SAMPLES,
        layout.HEARTBEAT_MONOTONIC_NS,
        layout.MARKER.size,
        layout.MARKER_LANES,
        MarkerKind.LOSS_NOT_TAKEN,
        MarkerKind.TOUCH_TONE,
        MarkerKind.WIPED,
        MarkerKind.PAUSED,
        MarkerKind.HELD,
        layout.GOES_ON,
        16,
        24,
    ]
    assert layout.IDENTITY.size <= layout.START_MONOTONIC_NS


def test_without_a_bridge_the_port_says_so_instead_of_crashing() -> None:
    program = (
        "from firmware.native.recorder_port import RecorderPort\n"
        "from firmware.adapters.ring.writer import RingWriter\n"
        "from firmware.core.errors import AudioPathError\n"
        "import pjsua2\n"
        "endpoint = pjsua2.Endpoint(); endpoint.libCreate()\n"
        "try: RecorderPort.create(RingWriter.create(bytes(16)).fd)\n"
        "except AudioPathError as error: print(error)\n"
        "endpoint.libDestroy()\n"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert "cannot listen on the bridge" in outcome.stdout


def test_without_the_compiled_port_a_call_is_told_at_once_that_it_cannot_be_recorded(tmp_path: Path) -> None:
    compiler = tmp_path / "failing-compiler"
    compiler.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nexit 1\n")
    compiler.chmod(0o755)
    program = (
        "import pathlib\n"
        "from firmware.native import build\n"
        f"build.ensure_built.__defaults__ = (pathlib.Path({str(tmp_path)!r}),)\n"
        "from firmware.native.recorder_port import RecorderPort\n"
        "from firmware.core.errors import AudioPathError\n"
        "for call in range(3):\n"
        "    try: RecorderPort.create(0)\n"
        "    except AudioPathError as error: print(error)\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "CC": str(compiler)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.count("refused the recorder port") == 3
    assert (tmp_path / "runs").read_text().count("run") == 1


def test_a_missing_compiler_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(NativeBuildError, match=r"no C compiler 'no-such-compiler'.*Install gcc"):
        build.ensure_built(tmp_path)


def test_the_port_is_compiled_once_and_an_older_one_removed(tmp_path: Path) -> None:
    stale = tmp_path / f"_recorder_port.{sys.implementation.cache_tag}.0000.so"
    stale.touch()
    library = build.ensure_built(tmp_path)
    made_ns = library.stat().st_mtime_ns
    assert build.ensure_built(tmp_path) == library
    assert library.stat().st_mtime_ns == made_ns
    assert not stale.exists()


def test_what_the_compiler_says_reaches_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "cc -DRING_CHANNELS=x")
    with pytest.raises(NativeBuildError, match=r"(?s)refused.*RING_CHANNELS"):
        build.ensure_built(tmp_path)
