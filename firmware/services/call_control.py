"""Call control: opens every call, takes what happens to it to it, and what people and programs ask of it.

Runs in the dispatcher's thread. Other threads see ``snapshot`` and may ask.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo

from firmware.core.barring import CALL_BARRED
from firmware.core.call import Call
from firmware.core.call.actions import NOT_ALLOWED, why_not
from firmware.core.call.code_call import (
    CONFIRMATIONS,
    NO_CALL,
    greeting_id,
    open_code_call,
    open_greeting_call,
)
from firmware.core.call.joining import taking_over
from firmware.core.call.same_phone import call_of_phone
from firmware.core.call_record import Asker, Party
from firmware.core.errors import ActionRefused, NoSuchCall
from firmware.core.events import ActionRequested, Event, HangUpRequested, LegTaken, TimerFired, TransferAsked
from firmware.core.feature_code import Action, CodeAction, Dialled
from firmware.core.leg import PhoneIdentity
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import local_time
from firmware.core.office_phones import Registered
from firmware.core.party_number import shortened
from firmware.core.phone_planning import barred, transfer_targets, with_phones
from firmware.ports.clock import Clock, Moment
from firmware.ports.line_tap import CallHappening, CallOffered, LineTap, Stamped
from firmware.services.call_evidence import CallEvidence, EnterSoon
from firmware.services.call_timers import CallTimers
from firmware.services.call_view import CallView
from firmware.services.call_wishes import CallWishes
from firmware.services.calls_in_progress import (
    NOT_STARTED,
    CallsInProgress,
    HeldCall,
    NewRecordingId,
    Publish,
    QualityNow,
    quality_unknown,
)
from firmware.services.code_calls import CodeCalls

__all__ = ["CallControl", "CallView", "PhonesOf"]

_LOG = logging.getLogger(__name__)

PhonesOf = Callable[[str], Registered]
_ONLY_LISTENS = "This line only listens: hang up on the telephone itself."
_GONE = "There is no such call; it may have just ended."


class CallControl:
    """The calls of a process.

    Args:
        lines: the lines by name.
        tap: where the calls are.
        clock: for timers and records.
        zone: the office's, for rules that go by the time of day.
        new_recording_id: gives a new id for a recording that begins at a time (Unix ms).
        publish: told of every change of a call that a page shows. Must not block.
        enter_soon: keeps what was asked of calls, by whom, and what became of it, as evidence. Must not block.
        phones: gives the registered phones of each extension of a line.
        clock_quality: how well the wall clock is known now.
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
        phones: PhonesOf = lambda line: {},
        clock_quality: QualityNow = quality_unknown,
    ) -> None:
        self._lines = dict(lines)
        self._tap = tap
        self._clock = clock
        self._zone = zone
        self._evidence = CallEvidence(enter_soon)
        self._phones = phones
        self._timers = CallTimers(clock)
        self._calls = CallsInProgress(
            tap, clock, self._timers, self._evidence, self._forbids, new_recording_id, publish, clock_quality
        )
        self._code_calls = CodeCalls(tap, self._timers)
        self._wishes = CallWishes()
        self.calls_taken = 0

    # -- any thread but the dispatcher's ------------------------------------------------------------------------------

    @property
    def lines(self) -> Mapping[str, Line]:
        """The lines by name."""
        return self._lines

    def snapshot(self) -> list[CallView]:
        """The calls in progress, oldest first. Any thread, the dispatcher's too."""
        return self._calls.views()

    def ask_to_hang_up(self, call_id: str) -> None:
        """End a call soon. Does not wait.

        Raises:
            NoSuchCall: it is over, or never was.
            ActionRefused: its line only listens.
        """
        view = self._calls.view_of(call_id)
        if view is None:
            raise NoSuchCall(_GONE)
        if not self._lines[view["line"]].capabilities.ends_calls:
            raise ActionRefused(_ONLY_LISTENS)
        self._wishes.leave(lambda: self._hang_up(call_id, "ended from the page"))

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
        for call_id in [*(held.call.plan.call_id for held in self._calls), *self._code_calls]:
            self._hang_up(call_id, cause)

    def __len__(self) -> int:
        return len(self._calls) + len(self._code_calls)

    def _present(self) -> Moment:
        """Any thread."""
        return Moment(self._clock.wall_ms(), self._clock.monotonic_s())

    def _step(self, call_id: str, event: Event, at: Moment) -> None:
        if call_id in self._code_calls:
            self._code_calls.step(call_id, event)
        else:
            self._calls.step(call_id, event, at)

    def _forbids(self, call: Call) -> str:
        return self._lines[call.plan.line].forbids(call, local_time(call.started_at_ms, self._zone))

    # -- what other threads asked for ---------------------------------------------------------------------------------

    def _hang_up(self, call_id: str, cause: str) -> list[CallView]:
        self._step(call_id, HangUpRequested(cause), self._present())
        return []

    def _act(self, call_id: str, action: Action, asker: Asker, at: Moment) -> CallView:
        held = self._calls.find(call_id)
        if held is None:
            raise self._unknown(action, asker, _GONE, at)
        why = why_not(held.call, action)
        # Stepped all the same: a refusal is the call's to log.
        self._step(call_id, ActionRequested(action, asker), at)
        if why:
            raise ActionRefused(why)
        if action == "start" and not held.call.on_record:
            raise ActionRefused(NOT_STARTED)
        return self._calls.view(held)

    def _act_on_extension(self, extension: str, action: Action, asker: Asker, at: Moment) -> list[CallView]:
        theirs = [held.call for held in self._calls if _is_at(held, extension)]
        if not theirs:
            raise self._unknown(action, asker, f"Extension {extension} has no call now.", at)
        allowed = [call for call in theirs if not why_not(call, action)]
        return [self._act(call.plan.call_id, action, asker, at) for call in allowed or theirs[:1]]

    def _unknown(self, action: Action, asker: Asker, why: str, at: Moment) -> NoSuchCall:
        self._evidence.refused(action, asker, why, at.wall_ms)
        return NoSuchCall(why)

    # -- new calls, codes and transfers -------------------------------------------------------------------------------

    def _offered(self, line: Line, request: CallRequest, at: Moment) -> None:
        self.calls_taken += 1
        may_be_code = request.direction == "outbound" and not request.tapped
        asked = line.codes.dialled(request.dialled) if may_be_code else None
        if asked is not None:
            self._open_code_call(request, asked, at)
        elif why_barred := barred(line, request):
            _LOG.warning("%s: extension %s may not dial %s numbers", line.name, request.calling.shown, why_barred)
            self._code_calls.open(open_code_call(request.call_id, CALL_BARRED))
        else:
            self._open(line, request, at)

    def _open(self, line: Line, request: CallRequest, at: Moment) -> None:
        local = local_time(at.wall_ms, self._zone)
        plan = line.plan(request, local, self._tap.working_trunks(line.name), self._tap.servers(line.name))
        plan = with_phones(line, plan, request, local, self._phones(line.name))
        _LOG.debug(
            "%s: call %s from %s to %s", line.name, plan.direction, _short(request.calling), shortened(request.dialled)
        )
        self._calls.open(plan, line.number_form, at)

    def _open_code_call(self, request: CallRequest, asked: Dialled, at: Moment) -> None:
        """A code dialled as a call of its own: obey it at once, then answer and say what became of it."""
        who = request.calling.number
        if asked == "greeting":
            self._code_calls.open(open_greeting_call(request.call_id, greeting_id(who)))
            return
        prompt = self._obey(request.phone or PhoneIdentity(), asked, Asker("code", who or "", "call"), at)
        self._code_calls.open(open_code_call(request.call_id, prompt))

    def _obey(self, phone: PhoneIdentity, action: CodeAction, asker: Asker, at: Moment) -> str:
        """Do it to the call that is on hold at the phone; gives the prompt that says what became of it."""
        call = call_of_phone(phone, [held.call for held in self._calls])
        if call is None:
            _LOG.warning("a code (%s) was dialled by a phone that has no call it could be about", action)
            self._evidence.refused(action, asker, "The phone has no call that it could be about.", at.wall_ms)
            return NO_CALL
        why = why_not(call, action)
        self._step(call.plan.call_id, ActionRequested(action, asker), at)
        return NOT_ALLOWED if why else CONFIRMATIONS[action]

    def _transfer(self, call_id: str, event: TransferAsked, at: Moment) -> None:
        """Find where a transfer leads: to a number, or to whoever talks to the same phone in another call."""
        held = self._calls.find(call_id)
        if held is None:
            return
        other = self._calls.find(event.joins.call_id) if event.joins is not None else None
        if event.joins is None or other is None:
            self._step(call_id, self._with_targets(held.call, event), at)
            return
        replaced = taking_over(held.call, event.leg, other.call, event.joins.leg)
        if replaced is None or replaced.by is None:
            # Without targets it is refused.
            self._step(call_id, event, at)
            return
        self._step(call_id, replaced, at)
        self._step(other.call.plan.call_id, LegTaken(replaced.by.leg), at)

    def _with_targets(self, call: Call, event: TransferAsked) -> TransferAsked:
        line = self._lines[call.plan.line]
        working, servers = self._tap.working_trunks(line.name), self._tap.servers(line.name)
        phones = self._phones(line.name)
        targets = transfer_targets(line, event.number, event.to_office, working, servers, phones)
        return replace(event, targets=targets)


def _is_at(held: HeldCall, extension: str) -> bool:
    """Also whether one extension called another: then it is at both."""
    far = held.call.far_leg
    numbers = (held.call.party_at("office").number, far.extension if far is not None else "")
    return any(number and held.form(number) == held.form(extension) for number in numbers)


def _short(party: Party) -> str:
    return shortened(party.number) if party.number else party.shown
