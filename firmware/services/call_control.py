"""Call control: owns every call, steps it, and has its effects carried out.

Runs in the dispatcher's thread. Other threads see only ``snapshot`` and ``ask_to_hang_up``.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from firmware.core.call import Call, open_call, step
from firmware.core.call.effects import CallOver, CancelTimer, Effect, StartRecording, StartTimer, StopRecording
from firmware.core.call_record import Party
from firmware.core.errors import EarmarkError
from firmware.core.events import Event, HangUpRequested, RecordingFailed, Timer, TimerFired
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import local_time
from firmware.core.party_number import shortened
from firmware.ports.clock import Clock
from firmware.ports.line_tap import CallHappening, CallOffered, LineTap, Stamped

_LOG = logging.getLogger(__name__)

CallView = Mapping[str, Any]
Publish = Callable[[CallView], None]
NewRecordingId = Callable[[int], str]


@dataclass
class _Held:
    """A call and what call control knows about it beside its state."""

    call: Call
    recording_id: str | None = None
    deadlines: dict[Timer, int] = field(default_factory=dict)


class CallControl:
    """Every call in progress.

    Args:
        lines: the lines by name.
        tap: where the calls are.
        clock: for timers and records.
        zone: the office's, for rules that go by the time of day.
        new_recording_id: gives a new id for a recording that begins at a time (Unix ms).
        publish: told of every change of a call that a page shows. Must not block.
    """

    def __init__(
        self,
        lines: Mapping[str, Line],
        tap: LineTap,
        clock: Clock,
        zone: tzinfo,
        new_recording_id: NewRecordingId,
        publish: Publish = lambda view: None,
    ) -> None:
        self._lines = dict(lines)
        self._tap = tap
        self._clock = clock
        self._zone = zone
        self._new_recording_id = new_recording_id
        self._publish = publish
        self._calls: dict[str, _Held] = {}
        self._views: dict[str, CallView] = {}
        self._alarms: list[tuple[float, int, str, Timer]] = []
        self._numbers = itertools.count()
        self._wishes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.calls_taken = 0

    # -- any thread ---------------------------------------------------------------------------------------------------

    def snapshot(self) -> list[CallView]:
        """The calls in progress, oldest first. Any thread."""
        return list(self._views.copy().values())

    def ask_to_hang_up(self, call_id: str) -> bool:
        """End a call soon. False: there is no such call. Any thread."""
        if call_id not in self._views:
            return False
        self._wishes.put(call_id)
        return True

    # -- the dispatcher's thread --------------------------------------------------------------------------------------

    def take(self, stamped: Stamped) -> None:
        """Deal with what the tap saw."""
        match stamped.what:
            case CallOffered(line, request):
                self._open(self._lines[line], request, stamped.wall_ms)
            case CallHappening(call_id, event):
                self._step(call_id, event, stamped.wall_ms)

    def attend(self) -> None:
        """Deal with timers that are due and with what other threads asked for."""
        now_s = self._clock.monotonic_s()
        while self._alarms and self._alarms[0][0] <= now_s:
            _, number, call_id, timer = heapq.heappop(self._alarms)
            held = self._calls.get(call_id)
            # A timer started anew or cancelled leaves its old alarm behind.
            if held is not None and held.deadlines.get(timer) == number:
                del held.deadlines[timer]
                self._step(call_id, TimerFired(timer), self._clock.wall_ms())
        while not self._wishes.empty():
            self._step(self._wishes.get(), HangUpRequested("ended from the page"), self._clock.wall_ms())

    def end_all(self, cause: str) -> None:
        """Say goodbye on every leg of every call."""
        for call_id in list(self._calls):
            self._step(call_id, HangUpRequested(cause), self._clock.wall_ms())

    def __len__(self) -> int:
        return len(self._calls)

    def _open(self, line: Line, request: CallRequest, wall_ms: int) -> None:
        local = local_time(wall_ms, self._zone)
        plan = line.plan(request, local, self._tap.working_trunks(line.name), self._tap.servers(line.name))
        _LOG.debug(
            "%s: call %s from %s to %s", line.name, plan.direction, _short(request.calling), shortened(request.dialled)
        )
        self.calls_taken += 1
        call, effects = open_call(plan, wall_ms)
        held = self._calls[request.call_id] = _Held(call)
        self._carry_out(held, effects, wall_ms)
        self._show(held)

    def _step(self, call_id: str, event: Event, wall_ms: int) -> None:
        held = self._calls.get(call_id)
        if held is None:
            return
        before = held.call
        held.call, effects = step(before, event, wall_ms)
        self._carry_out(held, effects, wall_ms)
        if before != held.call:
            self._show(held)

    def _carry_out(self, held: _Held, effects: tuple[Effect, ...], wall_ms: int) -> None:
        call_id = held.call.plan.call_id
        for effect in effects:
            match effect:
                case StartTimer(timer, after_ms):
                    self._start_timer(held, timer, after_ms)
                case CancelTimer(timer):
                    held.deadlines.pop(timer, None)
                case StartRecording():
                    self._start_recording(held, wall_ms)
                case StopRecording():
                    self._stop_recording(held)
                case CallOver():
                    self._tap.perform(call_id, effect)
                    self._calls.pop(call_id, None)
                case _:
                    self._tap.perform(call_id, effect)

    def _start_timer(self, held: _Held, timer: Timer, after_ms: int) -> None:
        number = next(self._numbers)
        held.deadlines[timer] = number
        due_s = self._clock.monotonic_s() + after_ms / 1000
        heapq.heappush(self._alarms, (due_s, number, held.call.plan.call_id, timer))

    def _start_recording(self, held: _Held, wall_ms: int) -> None:
        recording_id = self._new_recording_id(wall_ms)
        try:
            self._tap.start_recording(held.call.record(recording_id))
        except EarmarkError as error:
            _LOG.error("%s: a call goes on unrecorded: %s", held.call.plan.line, error)
            self._step(held.call.plan.call_id, RecordingFailed(f"not recorded: {error.what}"), wall_ms)
        else:
            held.recording_id = recording_id

    def _stop_recording(self, held: _Held) -> None:
        if held.recording_id is not None:
            self._tap.stop_recording(held.call.record(held.recording_id))

    def _show(self, held: _Held) -> None:
        view = call_view(held.call, held.recording_id)
        call_id = held.call.plan.call_id
        previous = self._views.get(call_id)
        if held.call.over:
            self._views.pop(call_id, None)
        else:
            self._views[call_id] = view
        if view != previous:
            self._publish(view)


def call_view(call: Call, recording_id: str | None) -> CallView:
    """A call as pages and commands see it: plain JSON values."""
    notice = call.notice
    return {
        "call_id": call.plan.call_id,
        "recording_id": recording_id,
        "line": call.plan.line,
        "direction": call.plan.direction,
        "far_party": call.plan.far_party.shown,
        "office_party": call.plan.office_party.shown,
        "state": "ended" if call.over else call.shown_state,
        "started_at_ms": call.started_at_ms,
        "connected_at_ms": call.answered_at_ms,
        "recording": call.recording == "running" and recording_id is not None,
        "decided_by": call.plan.decision.decided_by,
        "notice": None if notice is None else {"prompt": notice.prompt, "to": notice.to, "completed": notice.completed},
        "end_cause": call.end_cause,
    }


def _short(party: Party) -> str:
    return shortened(party.number) if party.number else party.shown
