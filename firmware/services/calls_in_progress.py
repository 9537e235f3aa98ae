"""The calls in progress: each is stepped by what happens, and what it asks for is carried out.

Runs in the dispatcher's thread. Other threads see ``views``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil

from firmware.core.call import Call, CallPlan, open_call, step
from firmware.core.call.effects import (
    Announce,
    CallOver,
    CancelTimer,
    Effect,
    Obeyed,
    PausedTooLate,
    Refuse,
    ResumeRecording,
    StartRecording,
    StartTimer,
    StopRecording,
)
from firmware.core.call_record import NOT_RECORDED, CallRecord
from firmware.core.clock_quality import STEP_TOLD_MS, ClockQuality
from firmware.core.errors import EarmarkError
from firmware.core.events import AnnouncementEnded, Event, NotToBeRecorded, RecordingFailed, RecordingGoesOn
from firmware.core.number_pattern import NumberForm
from firmware.ports.clock import Clock, Moment
from firmware.ports.line_tap import LineTap
from firmware.services.call_evidence import CallEvidence
from firmware.services.call_timers import CallTimers
from firmware.services.call_view import CallView, call_view

_LOG = logging.getLogger(__name__)
_TOO_LATE = (
    "%s: a pause of call %s was carried out %d ms after it was asked for: the box stood still. %d ms that it should"
    " have dropped are in the recording: listen to what came before the pause, and see whether the box is overloaded."
)
NOT_STARTED = "The recording could not be started: see the health page."

Publish = Callable[[CallView], None]
NewRecordingId = Callable[[int], str]
QualityNow = Callable[[], ClockQuality | None]
# Looking at two clocks one after the other makes no greater difference.
_SAME_MOMENT_MS = 20


def quality_unknown() -> None:
    """For whoever has no clock to judge."""


@dataclass
class HeldCall:
    """A call and what is known about it beside its state. ``form`` brings its line's numbers into that of rules.

    A call goes by a clock of its own: the wall clock as it was when the call came, carried on by the clock that never
    jumps. Whoever sets the wall clock in mid-call changes no order and no length of what happens in it.
    """

    call: Call
    form: NumberForm
    came: Moment
    clock: ClockQuality | None = None
    recording_id: str | None = None

    def by_its_clock(self, at: Moment) -> Moment:
        """``at``, with the call's own time for the wall clock's. A step of that is noted."""
        own_ms = self.came.wall_ms + round(1000 * (at.monotonic_s - self.came.monotonic_s))
        step_ms = at.wall_ms - own_ms
        if abs(step_ms) <= _SAME_MOMENT_MS:
            return at
        if self.clock is not None and abs(step_ms) >= STEP_TOLD_MS:
            self.clock = replace(self.clock, stepped_ms=step_ms)
        return Moment(own_ms, at.monotonic_s)

    def record(self, recording_id: str) -> CallRecord:
        """The record of the call's recording as known now."""
        return replace(self.call.record(recording_id), clock=self.clock)


class CallsInProgress:
    """Every call in progress but those to feature codes.

    Args:
        tap: where the calls are.
        clock: for the times of records.
        timers: the calls' timers.
        evidence: told of what was asked of calls, and what became of it.
        forbids: asked when a call's parties have changed: why it must no longer be recorded, empty where it may.
        new_recording_id: gives a new id for a recording that begins at a time (Unix ms).
        publish: told of every change of a call that a page shows. Must not block.
        clock_quality: how well the wall clock is known now.
    """

    def __init__(
        self,
        tap: LineTap,
        clock: Clock,
        timers: CallTimers,
        evidence: CallEvidence,
        forbids: Callable[[Call], str],
        new_recording_id: NewRecordingId,
        publish: Publish,
        clock_quality: QualityNow = quality_unknown,
    ) -> None:
        self._tap = tap
        self._clock_quality = clock_quality
        self._clock = clock
        self._timers = timers
        self._evidence = evidence
        self._forbids = forbids
        self._new_recording_id = new_recording_id
        self._publish = publish
        self._calls: dict[str, HeldCall] = {}
        self._views: dict[str, CallView] = {}

    # -- any thread ---------------------------------------------------------------------------------------------------

    def views(self) -> list[CallView]:
        """The calls as pages see them, oldest first."""
        return list(self._views.copy().values())

    def view_of(self, call_id: str) -> CallView | None:
        """One of them; None when it is over, or never was."""
        return self._views.get(call_id)

    # -- the dispatcher's thread --------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[HeldCall]:
        return iter(tuple(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def find(self, call_id: str) -> HeldCall | None:
        return self._calls.get(call_id)

    def open(self, plan: CallPlan, form: NumberForm, at: Moment) -> None:
        """Begin a call."""
        call, effects = open_call(plan, at.wall_ms)
        held = self._calls[plan.call_id] = HeldCall(call, form, at, self._clock_quality())
        self._carry_out(held, effects, at)
        self._show(held)

    def step(self, call_id: str, event: Event, at: Moment) -> None:
        """Let something happen to a call. One that is not known any more is passed over."""
        held = self._calls.get(call_id)
        if held is None:
            return
        before, clock_before = held.call, held.clock
        at = held.by_its_clock(at)
        held.call, effects = step(before, event, at.wall_ms, self._late_ms(at))
        self._carry_out(held, effects, at)
        self._tell_recorder(held, before, clock_before)
        if before != held.call:
            self._show(held)
        if held.call.parties != before.parties and not held.call.over:
            self._ask_policy_again(held, at)

    def _ask_policy_again(self, held: HeldCall, at: Moment) -> None:
        why = "" if held.call.forbidden else self._forbids(held.call)
        if why:
            _LOG.info("%s: a call is no longer recorded (%s)", held.call.plan.line, why)
            self.step(held.call.plan.call_id, NotToBeRecorded(why), at)

    def _late_ms(self, at: Moment) -> int:
        """How long ago that was, at most."""
        return max(0, ceil(round(1000 * (self._clock.monotonic_s() - at.monotonic_s), 3)))

    def _carry_out(self, held: HeldCall, effects: tuple[Effect, ...], at: Moment) -> None:
        call_id, line = held.call.plan.call_id, held.call.plan.line
        unrecorded = False
        for effect in effects:
            match effect:
                case StartTimer(timer, after_ms):
                    self._timers.start(call_id, timer, after_ms)
                case CancelTimer(timer):
                    self._timers.cancel(call_id, timer)
                case StartRecording():
                    unrecorded = not self._start_recording(held, at)
                case Announce(legs, prompt) if unrecorded:
                    # It would say that the call is recorded.
                    self.step(call_id, AnnouncementEnded(prompt, legs, completed=False), at)
                case ResumeRecording():
                    left_out_ms = self._tap.resume_recording(call_id)
                    self.step(call_id, RecordingGoesOn(self._late_ms(at) + left_out_ms), at)
                case PausedTooLate(kept_ms):
                    _LOG.error(_TOO_LATE, line, call_id, self._late_ms(at), kept_ms)
                case StopRecording():
                    self._stop_recording(held)
                case Obeyed("start", asker) if unrecorded:
                    self._evidence.refused("start", asker, NOT_STARTED, at.wall_ms, call_id)
                case Obeyed(action, asker):
                    self._evidence.obeyed(action, asker, call_id, held.recording_id, at.wall_ms)
                case Refuse(action, asker, why):
                    _LOG.warning("%s: %s was asked of a call (%s) and refused: %s", line, action, asker.how, why)
                    self._evidence.refused(action, asker, why, at.wall_ms, call_id)
                case CallOver():
                    self._tell_if_unrecorded(held, at)
                    self._tap.perform(call_id, effect)
                    self._calls.pop(call_id, None)
                case _:
                    self._tap.perform(call_id, effect)

    def _start_recording(self, held: HeldCall, at: Moment) -> bool:
        recording_id = self._new_recording_id(at.wall_ms)
        try:
            self._tap.start_recording(held.record(recording_id))
        except EarmarkError as error:
            _LOG.error("%s: a call goes on unrecorded: %s", held.call.plan.line, error)
            self.step(held.call.plan.call_id, RecordingFailed(f"{NOT_RECORDED}{error.what}"), at)
            return False
        held.recording_id = recording_id
        return True

    def _stop_recording(self, held: HeldCall) -> None:
        if held.recording_id is not None:
            self._tap.stop_recording(held.record(held.recording_id))

    def _tell_recorder(self, held: HeldCall, before: Call, clock_before: ClockQuality | None) -> None:
        """What is known of a recording that goes on must outlive this process."""
        if held.recording_id is None or not (before.on_record and held.call.on_record):
            return
        record = held.record(held.recording_id)
        if record != replace(before.record(held.recording_id), clock=clock_before):
            self._tap.update_recording(record)

    def _tell_if_unrecorded(self, held: HeldCall, at: Moment) -> None:
        """A call on which somebody answered, and of which nothing was kept, is counted all the same."""
        if held.recording_id is None and held.call.answered_at_ms is not None:
            unrecorded = held.call.unrecorded(self._new_recording_id(at.wall_ms))
            self._tap.not_recorded(replace(unrecorded, clock=held.clock))

    @staticmethod
    def view(held: HeldCall) -> CallView:
        """The call as pages see it."""
        return call_view(held.call, held.recording_id, held.form)

    def _show(self, held: HeldCall) -> None:
        view = self.view(held)
        call_id = held.call.plan.call_id
        previous = self._views.get(call_id)
        if held.call.over:
            self._views.pop(call_id, None)
        else:
            self._views[call_id] = view
        if view != previous:
            self._publish(view)
