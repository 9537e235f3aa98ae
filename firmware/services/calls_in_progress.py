"""The calls in progress: each is stepped by what happens, and what it asks for is carried out.

Runs in the dispatcher's thread. Other threads see ``views``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@dataclass
class HeldCall:
    """A call and what is known about it beside its state. ``form`` brings its line's numbers into that of rules."""

    call: Call
    form: NumberForm
    recording_id: str | None = None


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
    ) -> None:
        self._tap = tap
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
        held = self._calls[plan.call_id] = HeldCall(call, form)
        self._carry_out(held, effects, at)
        self._show(held)

    def step(self, call_id: str, event: Event, at: Moment) -> None:
        """Let something happen to a call. One that is not known any more is passed over."""
        held = self._calls.get(call_id)
        if held is None:
            return
        before = held.call
        held.call, effects = step(before, event, at.wall_ms, self._late_ms(at))
        self._carry_out(held, effects, at)
        self._tell_recorder(held, before)
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
            self._tap.start_recording(held.call.record(recording_id))
        except EarmarkError as error:
            _LOG.error("%s: a call goes on unrecorded: %s", held.call.plan.line, error)
            self.step(held.call.plan.call_id, RecordingFailed(f"not recorded: {error.what}"), at)
            return False
        held.recording_id = recording_id
        return True

    def _stop_recording(self, held: HeldCall) -> None:
        if held.recording_id is not None:
            self._tap.stop_recording(held.call.record(held.recording_id))

    def _tell_recorder(self, held: HeldCall, before: Call) -> None:
        """What is known of a recording that goes on must outlive this process."""
        if held.recording_id is None or not (before.on_record and held.call.on_record):
            return
        record = held.call.record(held.recording_id)
        if record != before.record(held.recording_id):
            self._tap.update_recording(record)

    def _tell_if_unrecorded(self, held: HeldCall, at: Moment) -> None:
        """A call on which somebody answered, and of which nothing was kept, is counted all the same."""
        if held.recording_id is None and held.call.answered_at_ms is not None:
            self._tap.not_recorded(held.call.unrecorded(self._new_recording_id(at.wall_ms)))

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
