"""A lines process whose calls are made up by whoever writes to its standard input: all of it real but what is tapped.

Each line of input is ``call ID``, ``end ID`` or ``unplug ID``. Both parties' speech is written into real rings, as
fast as people speak. Usage: ``python -m tests.integration.tapped_line_process HOME INSTANCE CHANNELS``.
"""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from firmware.adapters.ring.sender import RingSender
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.lines.process import LinesParts, LinesProcess
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.call.effects import CallOver, Effect, PauseRecording
from firmware.core.call_record import CallRecord, Party
from firmware.core.events import HangUpRequested, LegEnded
from firmware.core.home import Home
from firmware.core.line import CallRequest, Line, LineHealth
from firmware.core.lines_instance import LinesInstance
from firmware.core.notice_plan import LineNotices
from firmware.core.recording_policy import RecordingPolicy
from firmware.core.ring_layout import GOES_ON, Marker, MarkerKind
from firmware.core.tap_capabilities import ANALOGUE, SIPREC
from firmware.ports.clock import Clock, Moment
from firmware.ports.line_tap import CallHappening, CallOffered, Stamped
from tests.integration.recorder_at_work import RATE, speech

_FRAME = 160


class _Recording:
    """One ring, filled by a thread of its own."""

    def __init__(self, record: CallRecord, channels: int) -> None:
        self.ring = RingWriter.create(record.recording_id, channels=channels)
        self.paused_since: int | None = None
        self._voices = [speech(60.0, shift) for shift in (0.0, 4.0)][:channels]
        self._said = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._speak, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _speak(self) -> None:
        began_s = time.monotonic()
        while not self._stop.wait(max(0.0, began_s + self._said / RATE - time.monotonic())):
            for channel, voice in enumerate(self._voices):
                part = voice[self._said : self._said + _FRAME]
                self.ring.write_pcm(channel, (part if self.paused_since is None else np.zeros_like(part)).tobytes())
            self._said += _FRAME

    def pause(self) -> None:
        self.paused_since = self._said
        self._mark(self._said, 0, GOES_ON)

    def resume(self) -> None:
        if self.paused_since is not None:
            self._mark(self.paused_since, self._said - self.paused_since)
            self.paused_since = None

    def _mark(self, start: int, length: int, value: int = 0) -> None:
        for channel in range(len(self._voices)):
            self.ring.add_marker(Marker(MarkerKind.PAUSED, start, length, channel, value))

    def end(self) -> None:
        self._stop.set()
        self._thread.join()
        self.resume()
        self.ring.close(self._said)


class MadeUpTap:
    """A ``LineTap`` that only listens."""

    def __init__(self, kind: LinesInstance, channels: int, sender: RingSender, clock: Clock) -> None:
        self._kind = kind
        self._channels = channels
        self._sender = sender
        self._clock = clock
        self._wishes: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._recordings: dict[str, _Recording] = {}

    def start(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            word, _, call_id = line.strip().partition(" ")
            self._wishes.put((word, call_id))

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        try:
            word, call_id = self._wishes.get(timeout=max_wait_ms / 1000)
        except queue.Empty:
            return []
        at = Moment(self._clock.wall_ms(), self._clock.monotonic_s())
        if word == "call":
            request = CallRequest(call_id, "inbound", Party("01632960123"), "201", tapped=True)
            return [Stamped(CallOffered(self._kind, request), at)]
        event = LegEnded(0) if word == "end" else HangUpRequested("the sound card was unplugged")
        return [Stamped(CallHappening(call_id, event), at)]

    def perform(self, call_id: str, effect: Effect) -> None:
        if isinstance(effect, PauseRecording):
            self._recordings[call_id].pause()
        elif not isinstance(effect, CallOver):
            raise AssertionError(f"a line that only listens is asked for {effect}")

    def resume_recording(self, call_id: str) -> int:
        self._recordings[call_id].resume()
        return 0

    def start_recording(self, record: CallRecord) -> None:
        recording = self._recordings[record.call_id] = _Recording(record, self._channels)
        self._sender.offer(record, recording.ring)
        recording.start()

    def stop_recording(self, record: CallRecord) -> CallRecord:
        self._recordings.pop(record.call_id).end()
        self._sender.closed(record)
        return record

    def update_recording(self, record: CallRecord) -> None:
        self._sender.update(record)

    def not_recorded(self, record: CallRecord) -> None:
        self._sender.not_recorded(record)

    def working_trunks(self, line: str) -> frozenset[str]:
        return frozenset()

    def servers(self, line: str) -> Mapping[str, Sequence[str]]:
        return {}

    def health(self) -> Sequence[LineHealth]:
        return [LineHealth(self._kind, self._kind, "working")]

    def attend(self) -> None: ...

    def recorder_connected(self) -> bool:
        return self._sender.connected

    def close(self) -> None: ...


def main(home: Home, instance: LinesInstance, channels: int) -> None:
    def compose(_: Home, __: Settings, sender: RingSender, clock: Clock) -> LinesParts:
        capabilities = SIPREC if channels == 2 else ANALOGUE
        policy = RecordingPolicy(instance, "pausable")
        line = Line(instance, policy, LineNotices(), capabilities=capabilities, notice_given_by="the PBX")
        return LinesParts(MadeUpTap(instance, channels, sender, clock), {instance: line})

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    LinesProcess(home, load_settings(SettingsFile(home.settings_file)), instance, compose).run(stop)


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), cast(LinesInstance, sys.argv[2]), int(sys.argv[3]))
