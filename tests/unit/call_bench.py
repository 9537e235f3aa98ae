"""Call control on a bench: over a line tap that is a list, with a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any

from firmware.core.call.effects import Effect, HangUp, ResumeRecording
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import AudioPathError
from firmware.core.events import (
    Event,
    LegEnded,
)
from firmware.core.line import CallRequest, Line, LineHealth
from firmware.core.notice_plan import LineNotices
from firmware.core.recording_policy import RecordingPolicy
from firmware.ports.clock import Moment
from firmware.ports.line_tap import CallHappening, CallOffered, Stamped
from firmware.services.call_control import CallControl, CallView
from firmware.services.calls_in_progress import QualityNow, quality_unknown
from firmware.services.line_supervisor import LineSupervisor
from tests.hand_set_clock import HandSetClock

ALWAYS = RecordingPolicy("main", "always")
REQUEST = CallRequest("c1", "inbound", Party("01632960123"), "201")


@dataclass
class ListTap:
    """A line tap whose network is a list of what to say next."""

    clock: HandSetClock
    coming: list[CallOffered | CallHappening] = field(default_factory=list)
    done: list[Effect] = field(default_factory=list)
    started: list[CallRecord] = field(default_factory=list)
    stopped: list[CallRecord] = field(default_factory=list)
    updated: list[CallRecord] = field(default_factory=list)
    unrecorded: list[CallRecord] = field(default_factory=list)
    ring_fails: bool = False
    #: How long what comes next has waited for somebody to look.
    waited_s: float = 0.0
    #: What waits in jitter buffers when a recording goes on.
    buffered_ms: int = 0

    def start(self) -> None: ...

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        self.clock.now_s += max_wait_ms / 1000
        coming, self.coming = self.coming, []
        waited_s, self.waited_s = self.waited_s, 0.0
        at = Moment(self.clock.wall_ms() - round(1000 * waited_s), self.clock.now_s - waited_s)
        return [Stamped(what, at) for what in coming]

    def perform(self, call_id: str, effect: Effect) -> None:
        self.done.append(effect)
        if isinstance(effect, HangUp):
            self.coming.append(CallHappening(call_id, LegEnded(effect.leg)))

    def working_trunks(self, line: str) -> frozenset[str]:
        return frozenset({"bt"})

    def servers(self, line: str) -> Mapping[str, Sequence[str]]:
        return {}

    def health(self) -> Sequence[LineHealth]:
        return [LineHealth("main", "sip", "working")]

    def attend(self) -> None: ...

    def start_recording(self, record: CallRecord) -> None:
        if self.ring_fails:
            raise AudioPathError("No shared memory for a recording.")
        self.started.append(record)

    def stop_recording(self, record: CallRecord) -> CallRecord:
        self.stopped.append(record)
        return record

    def resume_recording(self, call_id: str) -> int:
        self.done.append(ResumeRecording())
        return self.buffered_ms

    def update_recording(self, record: CallRecord) -> None:
        self.updated.append(record)

    def not_recorded(self, record: CallRecord) -> None:
        self.unrecorded.append(record)

    def recorder_connected(self) -> bool:
        return True

    def close(self) -> None: ...


class ControlledLine:
    """Call control of one line, and what it shows and enters as evidence."""

    def __init__(self, line: Line, zone: tzinfo, ring_fails: bool, clock_quality: QualityNow = quality_unknown) -> None:
        self.clock = HandSetClock(epoch_ms=0)
        self.tap = ListTap(self.clock, ring_fails=ring_fails)
        self.published: list[CallView] = []
        self.entered: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = []
        self.control = CallControl(
            {line.name: line},
            self.tap,
            self.clock,
            zone,
            lambda at_ms: f"{at_ms:032x}",
            self.published.append,
            lambda *entry: self.entered.append(entry),
            clock_quality=clock_quality,
        )
        self.supervisor = LineSupervisor(self.tap, self.control, self.clock)


class Bench(ControlledLine):
    """A line that one call comes in by at once."""

    def __init__(
        self,
        notice: str = "",
        ring_fails: bool = False,
        policy: RecordingPolicy = ALWAYS,
        zone: tzinfo = UTC,
        clock_quality: QualityNow = quality_unknown,
    ) -> None:
        line = Line("main", policy, LineNotices(inbound=notice), "office", ("bt",))
        super().__init__(line, zone, ring_fails, clock_quality)
        self.tap.coming.append(CallOffered("main", REQUEST))
        self.supervisor.turn()

    def happens(self, *events: Event) -> None:
        self.tap.coming.extend(CallHappening("c1", event) for event in events)
        self.supervisor.turn()

    def wait(self, seconds: float) -> None:
        until = self.clock.now_s + seconds
        while self.clock.now_s < until:
            self.supervisor.turn()
