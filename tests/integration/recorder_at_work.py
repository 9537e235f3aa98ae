"""A real recorder process on a real data folder, and a lines' end that speaks into rings as fast as a test wants."""

from __future__ import annotations

import io
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Self

import av
import numpy as np
import pyrage
from numpy.typing import NDArray

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingRow
from firmware.adapters.control.client import ControlClient
from firmware.adapters.ring.channel import RecorderEvent, RecorderFault, RingSender, RingTaken
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.sealing.keyslot import read_keyslot, unwrap_key
from firmware.adapters.sealing.unsealer import SealedSegment, Unsealed, unseal
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import Settings
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from firmware.core.recording_id import RANDOM_BYTES, recording_id

RATE = 8000
#: A processor that is imitated takes its time (tests/vm).
SLOWER = 15 if os.environ.get("EARMARK_VM") else 1
Pcm = NDArray[np.int16]


def speech(seconds: float, shift_s: float = 0.0) -> Pcm:
    """Real speech, repeated as often as needed, beginning ``shift_s`` into it."""
    with files("firmware.prompts").joinpath("call-recorded.wav").open("rb") as raw, wave.open(raw) as file:
        once = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    start, wanted = int(shift_s * RATE), int(seconds * RATE)
    repeated = np.tile(once, (start + wanted) // len(once) + 1)
    return np.ascontiguousarray(repeated[start : start + wanted])


@dataclass
class Office:
    """A data folder with keys, and the recovery key that a director keeps in the safe."""

    home: Home
    recovery: pyrage.x25519.Identity

    @classmethod
    def found(cls, folder: Path) -> Self:
        home = Home(folder)
        made = set_up_office(home, Settings(), (), datetime.now(UTC))
        return cls(home, pyrage.x25519.Identity.from_str(made.recovery_key))

    def sealed_files(self, recording: str) -> list[Path]:
        return sorted(self.home.recordings.rglob(f"{recording}.*.ear"), key=lambda path: int(path.suffixes[-2][1:]))

    def sealed(self, recording: str) -> list[SealedSegment]:
        return [
            SealedSegment(path, unwrap_key(read_keyslot(path.with_suffix(".key")), [self.recovery]))
            for path in self.sealed_files(recording)
        ]

    def unseal(self, recording: str) -> Unsealed:
        return unseal(self.sealed(recording))

    def row(self, recording: str) -> RecordingRow | None:
        reader = CatalogueReader(self.home.catalogue)
        try:
            return reader.recording(recording)
        finally:
            reader.close()


def decode(ogg: bytes, channels: int = 2) -> Pcm:
    """Its channels at 8 kHz, shape (channels, samples), by FFmpeg's own reader and decoder."""
    with av.open(io.BytesIO(ogg), mode="r") as container:
        assert container.streams.audio[0].codec_context.channels == channels
        resampler = av.AudioResampler(format="s16p", layout="stereo" if channels == 2 else "mono", rate=RATE)
        parts = [part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        parts += [part.to_ndarray() for part in resampler.resample(None)]
    return np.concatenate(parts, axis=1)


def likeness(sent: Pcm, heard: Pcm, within: int = 24) -> float:
    """Best normalised cross-correlation within a few samples' shift."""
    length = min(len(sent), len(heard)) - 2 * within
    a = sent[within : within + length].astype(float)
    best = 0.0
    for lag in range(-within, within + 1):
        b = heard[within + lag : within + lag + length].astype(float)
        best = max(best, float(np.dot(a, b) / np.sqrt(np.dot(a, a) * np.dot(b, b) + 1e-9)))
    return best


@dataclass
class RecorderAtWork:
    """``earmark recorder`` as a process of its own."""

    home: Home
    process: subprocess.Popen[bytes] | None = None
    errors: Path = field(init=False)

    def __post_init__(self) -> None:
        self.errors = self.home.root / "recorder.log"

    def start(self, wait: bool = True) -> Self:
        log = self.errors.open("ab")
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(self.home.root), "recorder"]
        self.process = subprocess.Popen(command, stderr=log, stdout=log)
        log.close()
        if wait:
            eventually(self._answers, 20.0, f"the recorder does not start: {self.log()}")
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            return bool(self.health()["pid"] == self.process.pid)
        except ServiceAway:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15 * SLOWER)

    def wait(self) -> int:
        assert self.process is not None
        return self.process.wait(20 * SLOWER)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def health(self) -> dict[str, object]:
        return dict(ControlClient(self.home.recorder_socket).get("/health"))

    def log(self) -> str:
        return self.errors.read_text() if self.errors.exists() else ""


def record_of_a_call(began_ms: int) -> CallRecord:
    return CallRecord(
        recording_id(began_ms, secrets.token_bytes(RANDOM_BYTES)),
        "call-1",
        "main",
        "inbound",
        Party("+441632960123"),
        Party("202"),
        began_ms,
        "the line records always",
    )


class Lines:
    """The lines' end: real rings over the real socket, and a control socket that shows there is somebody."""

    def __init__(self, home: Home) -> None:
        self.events: list[RecorderEvent] = []
        self.stopped = False
        self._control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        home.lines_socket.parent.mkdir(parents=True, exist_ok=True)
        self._control.bind(str(home.lines_socket))
        self._control.listen()
        self._control_path = home.lines_socket
        self.sender = RingSender(home.rings_socket, "test", self.events.append)
        self.sender.start()

    def call(self, *voices: Pcm, started_at_ms: int | None = None) -> Call:
        """Far party and office; or one voice, of a line that hears both mixed."""
        began = started_at_ms or time.time_ns() // 1_000_000
        record = record_of_a_call(began)
        return Call(self, record, RingWriter.create(record.recording_id, channels=len(voices)), *voices)

    def wait_until_finished(self, timeout_s: float = 20.0) -> None:
        eventually(lambda: self.sender.unfinished == 0, timeout_s, "the recorder does not finish the recordings")

    def talk(self, call: Call, seconds: float) -> None:
        """Speak on for longer than a ring holds, as fast as the recorder follows."""
        until = call.said + int(seconds * RATE)
        while call.said < until:
            call.say(min(2.0, (until - call.said) / RATE))
            eventually(lambda: self._behind(call) < 3 * RATE, 30, "nothing more of it is stored")

    def _behind(self, call: Call) -> int:
        return call.said - (self.sender.acknowledged(call.id) or 0)

    def faults(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, RecorderFault)]

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            time.sleep(0.05)  # a voice in the background has finished its last 20 ms
            self._control.close()
            self._control_path.unlink()
            self.sender.stop(linger_s=0.0)


class Call:
    """One call in which ``voices`` are heard, each on a channel of its own."""

    def __init__(self, lines: Lines, record: CallRecord, ring: RingWriter, *voices: Pcm) -> None:
        self.record = record
        self.ring = ring
        self._lines = lines
        self._voices = voices
        self.said = 0
        lines.sender.offer(record, ring)

    @property
    def id(self) -> str:
        return self.record.recording_id

    def wait_until_taken(self) -> None:
        eventually(
            lambda: RingTaken(self.id) in self._lines.events, 20.0, f"the ring is not taken: {self._lines.events}"
        )

    def say(self, seconds: float, pace: float = 0.0) -> None:
        """Both parties go on; ``pace`` 1.0 is as fast as people speak, 0 as fast as it goes."""
        until = min(self.said + int(seconds * RATE), len(self._voices[0]))
        while self.said < until and not self._lines.stopped:
            step = min(160, until - self.said)
            for channel, voice in enumerate(self._voices):
                self.ring.write_pcm(channel, voice[self.said : self.said + step].tobytes())
            self.said += step
            if pace:
                time.sleep(pace * step / RATE)

    def say_in_background(self, seconds: float) -> threading.Thread:
        """As fast as people speak."""
        thread = threading.Thread(target=self.say, args=(seconds, 1.0), daemon=True)
        thread.start()
        return thread

    def update(self, record: CallRecord) -> None:
        self.record = record
        self._lines.sender.update(record)

    def hang_up(self) -> None:
        self.ring.close(self.said)
        ended_at_ms = self.record.started_at_ms + self.said * 1000 // RATE
        self._lines.sender.closed(replace(self.record, ended_at_ms=ended_at_ms, end_cause="caller hung up"))


def eventually(condition: Callable[[], object], timeout_s: float, otherwise: str) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + timeout_s * SLOWER
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def record_beside(lines: Lines) -> Call:
    """A call that is recorded while another waits."""
    call = lines.call(speech(3), speech(3, 4.0))
    call.wait_until_taken()
    call.say(3)
    before = lines.sender.unfinished
    call.hang_up()
    eventually(lambda: lines.sender.unfinished < before, 20, "the recorder does not finish the recording")
    return call


def folder_owner() -> bool:
    """Whether file modes bind this user (they do not bind root)."""
    return os.geteuid() != 0
