"""Analogue lines at work in the test's own process, with call control above them and nobody behind the rings."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from firmware.adapters.analogue.line_config import AnalogueLineConfig
from firmware.adapters.analogue.tap import AnalogueTap
from firmware.adapters.ring.writer import RingWriter
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.core.call_record import CallRecord
from firmware.core.feature_code import FeatureCodes
from firmware.core.line import Line, LineHealth
from firmware.core.notice_plan import LineNotices
from firmware.core.recording_decision import RecordingMode
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.core.recording_policy import RecordingPolicy
from firmware.core.tap_capabilities import ANALOGUE, ANALOGUE_STEREO
from firmware.services.call_control import CallControl, CallView
from firmware.services.line_supervisor import LineSupervisor


class KeptRings:
    """Takes rings in the recorder's place, and what was in them when their call was over."""

    connected = True

    def __init__(self) -> None:
        self.records: dict[str, CallRecord] = {}
        self.rings: dict[str, RingWriter] = {}
        self.sound: dict[str, npt.NDArray[np.int16]] = {}
        self.office_sound: dict[str, npt.NDArray[np.int16]] = {}  # of lines that hear each party alone
        self.unrecorded: list[CallRecord] = []

    def offer(self, record: CallRecord, ring: RingWriter) -> None:
        self.records[record.recording_id], self.rings[record.recording_id] = record, ring

    def update(self, record: CallRecord) -> None:
        self.records[record.recording_id] = record

    def closed(self, record: CallRecord) -> None:
        self.records[record.recording_id] = record
        ring = self.rings.pop(record.recording_id)
        if ring.header.channels > 1:
            self.office_sound[record.recording_id] = heard_in(ring, 1)
        self.sound[record.recording_id] = heard_in(ring)
        ring.release()

    def not_recorded(self, record: CallRecord) -> None:
        self.unrecorded.append(record)

    def of(self, line: str) -> list[tuple[CallRecord, npt.NDArray[np.int16]]]:
        """The recordings of a line that are complete."""
        return [(self.records[name], sound) for name, sound in self.sound.items() if self.records[name].line == line]


def heard_in(ring: RingWriter, channel: int = 0) -> npt.NDArray[np.int16]:
    """What a ring holds of a channel: all of a call that is shorter than the ring, of a longer one the last of it."""
    length, capacity = ring.samples_written(), ring.header.capacity_samples
    held = np.frombuffer(os.pread(ring.fd, capacity * 2, ring.header.audio_offset(channel)), np.int16)
    return held[:length] if length <= capacity else np.roll(held, -(length % capacity))


class TappedOffice:
    """Runs the lines in a thread. ``modes`` is each line's, "always" where none is given."""

    def __init__(
        self,
        configs: Sequence[AnalogueLineConfig],
        modes: Mapping[str, RecordingMode] | None = None,
        pin_factory: Any = None,
        paused: Path | None = None,
    ) -> None:
        self.rings = KeptRings()
        self.tap = AnalogueTap(configs, self.rings, SystemClock(), pin_factory, paused)
        rules = {config.name: _rules(config, (modes or {}).get(config.name, "pausable")) for config in configs}
        self.control = CallControl(rules, self.tap, SystemClock(), UTC, _new_id)
        self._supervisor = LineSupervisor(self.tap, self.control, SystemClock())
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def health(self) -> dict[str, LineHealth]:
        return {line.name: line for line in self.tap.health()}

    def calls(self, line: str) -> list[CallView]:
        return [view for view in self.control.snapshot() if view["line"] == line]

    def wait_for(self, what: Callable[[], object], timeout_s: float = 15.0) -> None:
        until_s = time.monotonic() + timeout_s
        while not what():
            if self._failure is not None:
                raise self._failure
            assert time.monotonic() < until_s, "it did not come to be"
            time.sleep(0.02)

    def _run(self) -> None:
        try:
            self._supervisor.run(self._stopping.is_set)
        except BaseException as error:  # noqa: BLE001  the test that waits raises it in its own thread
            self._failure = error

    def __enter__(self) -> Self:
        self.tap.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self.tap.close()
        for ring in self.rings.rings.values():
            ring.release()
        if self._failure is not None and error is None:
            raise self._failure


def _new_id(at_ms: int) -> str:
    return recording_id(at_ms, os.urandom(RANDOM_BYTES))


def _rules(config: AnalogueLineConfig, mode: RecordingMode) -> Line:
    return Line(
        name=config.name,
        policy=RecordingPolicy(config.name, mode),
        notices=LineNotices(),
        codes=FeatureCodes(),
        capabilities=ANALOGUE if len(config.channels) == 1 else ANALOGUE_STEREO,
    )
