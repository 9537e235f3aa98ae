"""Call control: owns every call, steps it, and has its effects carried out.

Runs in the dispatcher's thread. Other threads see ``snapshot`` and may ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from math import ceil

from firmware.core.call import Call, open_call, step
from firmware.core.call.actions import NOT_ALLOWED, why_not
from firmware.core.call.code_call import (
    CONFIRMATIONS,
    NO_CALL,
    greeting_id,
    open_code_call,
    open_greeting_call,
)
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
from firmware.core.call.joining import taking_over
from firmware.core.call.same_phone import call_of_phone
from firmware.core.call_record import Asker, Party
from firmware.core.errors import ActionRefused, EarmarkError, NoSuchCall
from firmware.core.events import (
    ActionRequested,
    AnnouncementEnded,
    Event,
    HangUpRequested,
    LegTaken,
    RecordingFailed,
    RecordingGoesOn,
    TimerFired,
    TransferAsked,
)
from firmware.core.feature_code import Action, Dialled
from firmware.core.leg import PhoneIdentity
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import local_time
from firmware.core.party_number import shortened
from firmware.ports.clock import Clock, Moment
from firmware.ports.line_tap import CallHappening, CallOffered, LineTap, Stamped
from firmware.services.call_evidence import CallEvidence, EnterSoon
from firmware.services.call_timers import CallTimers
from firmware.services.call_view import CallView, call_view
from firmware.services.call_wishes import CallWishes
from firmware.services.code_calls import CodeCalls

__all__ = ["CallControl", "CallView"]

_LOG = logging.getLogger(__name__)
_TOO_LATE = (
    "%s: a pause of call %s was carried out %d ms after it was asked for: the box stood still. %d ms that it should"
    " have dropped are in the recording: listen to what came before the pause, and see whether the box is overloaded."
)
_NOT_STARTED = "The recording could not be started: see the health page."

Publish = Callable[[CallView], None]
NewRecordingId = Callable[[int], str]


@dataclass
class _Held:
    """A call and what call control knows about it beside its state."""

    call: Call
    recording_id: str | None = None


class CallControl:
    """Every call in progress.

    Args:
        lines: the lines by name.
        tap: where the calls are.
        clock: for timers and records.
        zone: the office's, for rules that go by the time of day.
        new_recording_id: gives a new id for a recording that begins at a time (Unix ms).
        publish: told of every change of a call that a page shows. Must not block.
        enter_soon: keeps what was asked of calls, by whom, and what became of it, as evidence. Must not block.
    """

    def __init__(
        self,
        lines: Mapping[str, Line],
        tap: LineTap,
        clock: Clock,
        zone: tzinfo,
        new_recording_id: NewRecordingId,
        publish: Publish = lambda view: None,
        enter_soon: EnterSoon = lambda kind, subject, detail: None,
    ) -> None:
        self._lines = dict(lines)
        self._tap = tap
        self._clock = clock
        self._zone = zone
        self._new_recording_id = new_recording_id
        self._publish = publish
        self._evidence = CallEvidence(enter_soon)
        self._calls: dict[str, _Held] = {}
        self._views: dict[str, CallView] = {}
        self._timers = CallTimers(clock)
        self._code_calls = CodeCalls(tap, self._timers)
        self._wishes = CallWishes()
        self.calls_taken = 0

    # -- any thread but the dispatcher's ------------------------------------------------------------------------------

    def snapshot(self) -> list[CallView]:
        """The calls in progress, oldest first. Any thread, the dispatcher's too."""
        return list(self._views.copy().values())

    def ask_to_hang_up(self, call_id: str) -> bool:
        """End a call soon. False: there is no such call."""
        if call_id not in self._views:
            return False
        self._wishes.leave(lambda: self._hang_up(call_id, "ended from the page"))
        return True

    def ask(self, call_id: str, action: Action, asker: Asker) -> CallView:
        """Ask something of a call's recording; gives the call as it is afterwards. Waits for the dispatcher.

        Raises:
            NoSuchCall: it is over, or never was.
            ActionRefused: that may not be done with it, or not now; says why.
            ServiceAway: the dispatcher does not answer.
        """
        asked = self._present()
        return self._wishes.ask(lambda: [self._act(call_id, action, asker, asked)])[0]

    def ask_extension(self, extension: str, action: Action, asker: Asker) -> list[CallView]:
        """Ask the same of every call of an extension where it changes something; gives these calls.

        Raises:
            NoSuchCall: the extension has no call.
            ActionRefused: it may be done with none of its calls; says why.
            ServiceAway: the dispatcher does not answer.
        """
        asked = self._present()
        return self._wishes.ask(lambda: self._act_on_extension(extension, action, asker, asked))

    # -- the dispatcher's thread --------------------------------------------------------------------------------------

    def take(self, stamped: Stamped) -> None:
        """Deal with what the tap saw."""
        match stamped.what:
            case CallOffered(line, request):
                self._offered(self._lines[line], request, stamped.at)
            case CallHappening(call_id, TransferAsked() as event):
                self._transfer(call_id, event, stamped.at)
            case CallHappening(call_id, event):
                self._step(call_id, event, stamped.at)

    def attend(self) -> None:
        """Deal with timers that are due and with what other threads asked for."""
        for call_id, timer in self._timers.due():
            self._step(call_id, TimerFired(timer), self._present())
        self._wishes.grant_all()

    def end_all(self, cause: str) -> None:
        """Say goodbye on every leg of every call."""
        for call_id in [*self._calls, *self._code_calls]:
            self._hang_up(call_id, cause)

    def __len__(self) -> int:
        return len(self._calls) + len(self._code_calls)

    def _present(self) -> Moment:
        """Any thread."""
        return Moment(self._clock.wall_ms(), self._clock.monotonic_s())

    def _late_ms(self, at: Moment) -> int:
        """How long ago that was, at most."""
        return max(0, ceil(round(1000 * (self._clock.monotonic_s() - at.monotonic_s), 3)))

    # -- what other threads asked for ---------------------------------------------------------------------------------

    def _hang_up(self, call_id: str, cause: str) -> list[CallView]:
        self._step(call_id, HangUpRequested(cause), self._present())
        return []

    def _act(self, call_id: str, action: Action, asker: Asker, at: Moment) -> CallView:
        held = self._calls.get(call_id)
        if held is None:
            raise self._unknown(action, asker, "There is no such call; it may have just ended.", at)
        why = why_not(held.call, action)
        # Stepped all the same: a refusal is the call's to log.
        self._step(call_id, ActionRequested(action, asker), at)
        if why:
            raise ActionRefused(why)
        if action == "start" and not held.call.on_record:
            raise ActionRefused(_NOT_STARTED)
        return self._view(held)

    def _act_on_extension(self, extension: str, action: Action, asker: Asker, at: Moment) -> list[CallView]:
        theirs = [held.call for held in self._calls.values() if self._is_at(held.call, extension)]
        if not theirs:
            raise self._unknown(action, asker, f"Extension {extension} has no call now.", at)
        allowed = [call for call in theirs if not why_not(call, action)]
        return [self._act(call.plan.call_id, action, asker, at) for call in allowed or theirs[:1]]

    def _unknown(self, action: Action, asker: Asker, why: str, at: Moment) -> NoSuchCall:
        self._evidence.refused(action, asker, why, at.wall_ms)
        return NoSuchCall(why)

    def _is_at(self, call: Call, extension: str) -> bool:
        number, form = call.party_at("office").number, self._lines[call.plan.line].number_form
        return number is not None and form(number) == form(extension)

    # -- calls --------------------------------------------------------------------------------------------------------

    def _offered(self, line: Line, request: CallRequest, at: Moment) -> None:
        self.calls_taken += 1
        asked = line.codes.dialled(request.dialled) if request.direction == "outbound" else None
        if asked is not None:
            self._open_code_call(request, asked, at)
        else:
            self._open(line, request, at)

    def _open(self, line: Line, request: CallRequest, at: Moment) -> None:
        local = local_time(at.wall_ms, self._zone)
        plan = line.plan(request, local, self._tap.working_trunks(line.name), self._tap.servers(line.name))
        _LOG.debug(
            "%s: call %s from %s to %s", line.name, plan.direction, _short(request.calling), shortened(request.dialled)
        )
        call, effects = open_call(plan, at.wall_ms)
        held = self._calls[request.call_id] = _Held(call)
        self._carry_out(held, effects, at)
        self._show(held)

    def _open_code_call(self, request: CallRequest, asked: Dialled, at: Moment) -> None:
        """A code dialled as a call of its own: obey it at once, then answer and say what became of it."""
        who = request.calling.number
        if asked == "greeting":
            self._code_calls.open(open_greeting_call(request.call_id, greeting_id(who)))
            return
        prompt = self._obey(request.phone or PhoneIdentity(), asked, Asker("code", who or "", "call"), at)
        self._code_calls.open(open_code_call(request.call_id, prompt))

    def _obey(self, phone: PhoneIdentity, action: Action, asker: Asker, at: Moment) -> str:
        """Do it to the call that is on hold at the phone; gives the prompt that says what became of it."""
        call = call_of_phone(phone, [held.call for held in self._calls.values()])
        if call is None:
            _LOG.warning("a code (%s) was dialled by a phone that has no call it could be about", action)
            self._evidence.refused(action, asker, "The phone has no call that it could be about.", at.wall_ms)
            return NO_CALL
        why = why_not(call, action)
        self._step(call.plan.call_id, ActionRequested(action, asker), at)
        return NOT_ALLOWED if why else CONFIRMATIONS[action]

    def _transfer(self, call_id: str, event: TransferAsked, at: Moment) -> None:
        """Find where a transfer leads: to a number, or to whoever talks to the same phone in another call."""
        held = self._calls.get(call_id)
        if held is None:
            return
        other = self._calls.get(event.joins.call_id) if event.joins is not None else None
        if event.joins is None or other is None:
            line = self._lines[held.call.plan.line]
            working, servers = self._tap.working_trunks(line.name), self._tap.servers(line.name)
            targets = line.transfer_targets(event.number, event.to_office, working, servers)
            self._step(call_id, replace(event, targets=targets), at)
            return
        replaced = taking_over(held.call, event.leg, other.call, event.joins.leg)
        if replaced is None or replaced.by is None:
            # Without targets it is refused.
            self._step(call_id, event, at)
            return
        self._step(call_id, replaced, at)
        self._step(other.call.plan.call_id, LegTaken(replaced.by.leg), at)

    def _step(self, call_id: str, event: Event, at: Moment) -> None:
        if call_id in self._code_calls:
            self._code_calls.step(call_id, event)
            return
        held = self._calls.get(call_id)
        if held is None:
            return
        before = held.call
        held.call, effects = step(before, event, at.wall_ms, self._late_ms(at))
        self._carry_out(held, effects, at)
        self._tell_recorder(held, before)
        if before != held.call:
            self._show(held)

    def _carry_out(self, held: _Held, effects: tuple[Effect, ...], at: Moment) -> None:
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
                    self._step(call_id, AnnouncementEnded(prompt, legs, completed=False), at)
                case ResumeRecording():
                    left_out_ms = self._tap.resume_recording(call_id)
                    self._step(call_id, RecordingGoesOn(self._late_ms(at) + left_out_ms), at)
                case PausedTooLate(kept_ms):
                    _LOG.error(_TOO_LATE, line, call_id, self._late_ms(at), kept_ms)
                case StopRecording():
                    self._stop_recording(held)
                case Obeyed("start", asker) if unrecorded:
                    self._evidence.refused("start", asker, _NOT_STARTED, at.wall_ms, call_id)
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

    def _start_recording(self, held: _Held, at: Moment) -> bool:
        recording_id = self._new_recording_id(at.wall_ms)
        try:
            self._tap.start_recording(held.call.record(recording_id))
        except EarmarkError as error:
            _LOG.error("%s: a call goes on unrecorded: %s", held.call.plan.line, error)
            self._step(held.call.plan.call_id, RecordingFailed(f"not recorded: {error.what}"), at)
            return False
        held.recording_id = recording_id
        return True

    def _stop_recording(self, held: _Held) -> None:
        if held.recording_id is not None:
            self._tap.stop_recording(held.call.record(held.recording_id))

    def _tell_recorder(self, held: _Held, before: Call) -> None:
        """What is known of a recording that goes on must outlive this process."""
        if held.recording_id is None or not (before.on_record and held.call.on_record):
            return
        record = held.call.record(held.recording_id)
        if record != before.record(held.recording_id):
            self._tap.update_recording(record)

    def _tell_if_unrecorded(self, held: _Held, at: Moment) -> None:
        """A call on which somebody answered, and of which nothing was kept, is counted all the same."""
        if held.recording_id is None and held.call.answered_at_ms is not None:
            self._tap.not_recorded(held.call.unrecorded(self._new_recording_id(at.wall_ms)))

    def _view(self, held: _Held) -> CallView:
        return call_view(held.call, held.recording_id, self._lines[held.call.plan.line].number_form)

    def _show(self, held: _Held) -> None:
        view = self._view(held)
        call_id = held.call.plan.call_id
        previous = self._views.get(call_id)
        if held.call.over:
            self._views.pop(call_id, None)
        else:
            self._views[call_id] = view
        if view != previous:
            self._publish(view)


def _short(party: Party) -> str:
    return shortened(party.number) if party.number else party.shown
