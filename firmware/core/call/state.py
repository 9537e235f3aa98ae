"""A call as a value: what is known of it, and nothing that does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from firmware.core.call.fork import NO_FORK, Fork
from firmware.core.call_record import (
    BESIDE,
    CallRecord,
    Direction,
    Hold,
    LegReport,
    Mark,
    Notice,
    Party,
    PartyChange,
    PartyHow,
    Pause,
    Side,
)
from firmware.core.call_story import names_nobody
from firmware.core.call_tones import WarningTone
from firmware.core.events import Timer
from firmware.core.feature_code import NO_CODES, NOTHING_HELD, Collector, FeatureCodes, Key
from firmware.core.leg import CALLER, Leg, LegNumber, PhoneIdentity, Target
from firmware.core.notice_plan import NoticePlan
from firmware.core.reception import PLAIN, Reception
from firmware.core.recording_policy import Decision
from firmware.core.tap_capabilities import SIP_INLINE, TapCapabilities

# notice: the answered caller hears the notice; dialling: the other party is being reached; telling: the party called
# hears the notice; connected; tone: the answered caller hears why it failed; ending: only goodbyes are outstanding.
Phase = Literal["notice", "dialling", "telling", "connected", "tone", "ending"]
# How far the one who is told has got, in the phases notice and telling. start: cannot hear yet; greeting, notice,
# opted_out (what confirms it), choices, invalid: that prompt plays; opt_out: a key may still be pressed after the
# notice; choosing: the choices have been said.
Stage = Literal["start", "greeting", "notice", "opt_out", "opted_out", "choices", "choosing", "invalid"]
# stopped: for good, by a fault or at the end.
Recording = Literal["none", "running", "paused", "stopped"]
# RFC 3261 §16.6 (timer C): longer than three minutes, so that the network's own limit comes first.
NO_ANSWER_MS = 185_000


@dataclass(frozen=True)
class PauseRules:
    """How a pause behaves. ``reminder_ms`` and ``resume_after_ms`` are switched off by 0.

    ``look_back_ms``: how much before the request is dropped too; under the second by which the recorder runs behind.
    ``reasoned``: the retention classes whose calls are paused for a reason only.
    """

    look_back_ms: int = 500
    reminder_ms: int = 30_000
    resume_after_ms: int = 180_000
    reasoned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CallPlan:
    """What was decided about a call before its first word.

    ``reception`` is what the caller meets besides the notice, before being put through. ``start_notice`` is the prompt
    that the far party hears when a recording is started on demand, empty for none. ``warning_tone`` is heard by both
    parties for as long as they are recorded.
    ``phone`` is whose phone the caller's leg is. ``office_peer`` is the peer behind which the office's phones are.
    ``phone_decisions``: what is done with the call if the phone of that extension answers.
    ``tapped``: the call is made elsewhere, and goes on already. ``capabilities`` are its line's: nothing else is asked.
    ``notice_given_by`` is who tells people that they are recorded, where the line cannot.
    """

    call_id: str
    line: str
    direction: Direction
    far_party: Party
    office_party: Party
    targets: tuple[Target, ...]
    decision: Decision
    notice: NoticePlan | None = None
    emergency: bool = False
    no_answer_ms: int = NO_ANSWER_MS
    office_peer: str = "office"
    codes: FeatureCodes = NO_CODES
    pause: PauseRules = PauseRules()
    start_notice: str = ""
    phone: PhoneIdentity | None = None
    reception: Reception = PLAIN
    warning_tone: WarningTone | None = None
    tapped: bool = False
    phone_decisions: Mapping[str, Decision] = field(default_factory=dict)
    capabilities: TapCapabilities = SIP_INLINE
    notice_given_by: str = ""

    @property
    def receives(self) -> bool:
        """Whether the box answers the caller itself, before anybody is dialled."""
        told_first = self.notice is not None and self.notice.moment == "before_put_through"
        return not self.emergency and bool(self.targets) and (told_first or not self.reception.plain)

    @property
    def extension(self) -> str | None:
        """The number of the office's party: who calls out, or the number that a call in was sent to."""
        return self.office_party.number

    @property
    def may_be_steered(self) -> bool:
        """Whether anybody may pause or start the recording: not where policy says always, or never."""
        return self.decision.mode in ("pausable", "on_demand")


@dataclass(frozen=True)
class OfficeKeys:
    """What the office's phone has keyed. ``last`` is told from its double: one press, seen in two ways.

    ``echo_until_ms``: an asterisk that is heard of the office's phone before then may be the far party's, sent back.
    """

    collector: Collector = NOTHING_HELD
    last: Key | None = None
    last_at_ms: int = 0
    swallowing: bool = False
    echo_until_ms: int = 0


@dataclass(frozen=True)
class Transfer:
    """A transfer under way: one of ``legs`` is being reached to take the place of ``old``, which asked for it.

    ``waiting`` are further targets to try; ``ring_ms``: these are asked in turn, after so long at the latest.
    """

    old: LegNumber
    legs: tuple[LegNumber, ...]
    party: Party
    how: PartyHow
    waiting: tuple[Target, ...] = ()
    replaces: str = ""
    ring_ms: int = 0


@dataclass(frozen=True)
class Call:
    """The state of one call. Times are Unix milliseconds, UTC."""

    plan: CallPlan
    phase: Phase
    started_at_ms: int
    legs: tuple[Leg, ...] = (Leg(CALLER, "trying"),)
    # Who stands at the caller's and the called party's end now; a transfer puts another leg there.
    caller_leg: LegNumber = CALLER
    called_leg: LegNumber | None = None
    fork: Fork = NO_FORK
    attempts: int = 0
    timers: frozenset[Timer] = frozenset()
    bridged: bool = False
    playing_to: frozenset[LegNumber] = frozenset()
    recording: Recording = "none"
    recording_started_at_ms: int | None = None
    recording_ended_at_ms: int | None = None
    recording_fault: str = ""
    # Why nothing is recorded any more, since somebody came of whom nothing is.
    forbidden: str = ""
    started_on: Literal["policy", "on demand"] = "policy"
    pauses: tuple[Pause, ...] = ()
    resumes_at_ms: int | None = None
    # The reminder of the pause that lasts was due, on a line on which nobody can hear it.
    reminder_unheard: bool = False
    holds: tuple[Hold, ...] = ()
    stage: Stage = "start"
    menu_said: int = 0
    notice: Notice | None = None
    announcements: tuple[Notice, ...] = ()
    tags: tuple[str, ...] = ()
    parties: tuple[PartyChange, ...] = ()
    marks: tuple[Mark, ...] = ()
    recorded_as_held: frozenset[LegNumber] = frozenset()
    keys: OfficeKeys = OfficeKeys()
    transfer: Transfer | None = None
    answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    end_cause: str | None = None
    over: bool = False

    @property
    def caller(self) -> Leg:
        return self.legs[self.caller_leg]

    @property
    def attempt(self) -> Leg | None:
        """The current attempt to reach the party called, the first of several that ring; None before the first."""
        return None if self.called_leg is None else self.legs[self.called_leg]

    @property
    def targets_left(self) -> int:
        return len(self.plan.targets) - self.attempts

    @property
    def far_leg(self) -> Leg | None:
        return self.caller if self.plan.direction == "inbound" else self.attempt

    @property
    def office_leg(self) -> Leg | None:
        return self.attempt if self.plan.direction == "inbound" else self.caller

    def side_of(self, number: LegNumber) -> Side | None:
        """Whose leg it is; None for one that is no party's (any more, or yet)."""
        if self.far_leg is not None and number == self.far_leg.number:
            return "far_party"
        return "office" if self.office_leg is not None and number == self.office_leg.number else None

    def party_at(self, side: Side) -> Party:
        """Who is at that side now, after any transfers."""
        first = self.plan.far_party if side == "far_party" else self.plan.office_party
        stood = (change for change in reversed(self.parties) if change.side == side and change.how not in BESIDE)
        return next((change.party for change in stood), first)

    def may_transfer(self, number: LegNumber) -> bool:
        """Whether the leg's phone may send the other party elsewhere: the office's own, and nobody outside."""
        leg = self.leg(number)
        return self.side_of(number) == "office" and leg is not None and not leg.outside

    def leg_at(self, side: Side) -> Leg | None:
        return self.far_leg if side == "far_party" else self.office_leg

    def listening(self, side: Side) -> Leg | None:
        """The leg of that side if a person is listening there: answered, and not on hold."""
        leg = self.leg_at(side)
        return leg if leg is not None and leg.state == "answered" and not leg.held else None

    @property
    def staff_listening(self) -> Leg | None:
        """The office's leg if a member of staff is listening there: not after a transfer to somebody outside."""
        leg = self.listening("office")
        return leg if leg is not None and not leg.outside else None

    @property
    def open_pause(self) -> Pause | None:
        """The pause that lasts; also one that waits for the recording to start."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].ended_at_ms is None else None

    @property
    def on_record(self) -> bool:
        """Whether there is a recording that has not ended, paused or not."""
        return self.recording in ("running", "paused")

    def leg(self, number: LegNumber) -> Leg | None:
        return self.legs[number] if 0 <= number < len(self.legs) else None

    def with_leg(self, leg: Leg) -> Call:
        """The call with one of its legs, or the next attempt, changed."""
        return replace(self, legs=(*self.legs[: leg.number], leg, *self.legs[leg.number + 1 :]))

    @property
    def may_be_recorded(self) -> bool:
        """Whether policy says so and everyone who had to be told first was told to the end."""
        told = self.plan.notice is None or (self.notice is not None and self.notice.completed)
        return self.plan.decision.record and told and not self.forbidden

    @property
    def shown_state(self) -> str:
        """The state in the words of the page: notice, ringing, connected, held, ended."""
        if self.phase == "connected":
            return "held" if any(leg.held for leg in self.legs if leg.usable) else "connected"
        return {"notice": "notice", "telling": "notice", "dialling": "ringing"}.get(self.phase, "ended")

    @property
    def _played(self) -> tuple[Notice, ...]:
        """Everything that was played, the notice included, in the order in which it began."""
        notices = (self.notice,) if self.notice is not None else ()
        return tuple(sorted((*notices, *self.announcements), key=lambda played: played.started_at_ms))

    def _holds_since(self, started_at_ms: int) -> tuple[Hold, ...]:
        lasting = (hold for hold in self.holds if hold.ended_at_ms is None or hold.ended_at_ms > started_at_ms)
        return tuple(replace(hold, started_at_ms=max(hold.started_at_ms, started_at_ms)) for hold in lasting)

    def record(self, recording_id: str, legs: tuple[LegReport, ...] = ()) -> CallRecord:
        """The record of the call's recording as known now. Its times are those of the recording."""
        started = self.recording_started_at_ms if self.recording_started_at_ms is not None else self.started_at_ms
        return CallRecord(
            recording_id=recording_id,
            call_id=self.plan.call_id,
            line=self.plan.line,
            direction=self.plan.direction,
            far_party=self.plan.far_party,
            office_party=self.plan.office_party,
            started_at_ms=started,
            decided_by=self.plan.decision.decided_by,
            mode=self.plan.decision.mode,
            answered_at_ms=self.answered_at_ms,
            ended_at_ms=self.recording_ended_at_ms,
            notice=self.notice,
            end_cause=self.recording_fault or self.end_cause,
            retention_class=self.plan.decision.retention_class,
            legs=legs,
            pauses=self.pauses,
            announcements=self._played,
            tags=self.tags,
            holds=self._holds_since(started),
            parties=self.parties,
            marks=self.marks,
            started_on=self.started_on,
            extension=self.plan.extension,
            notice_given_by=self.plan.notice_given_by,
        ).abridged()

    def unrecorded(self, recording_id: str) -> CallRecord:
        """The record of a call of which nothing was kept. Of one that policy never records it names nobody."""
        record = replace(self.record(recording_id), ended_at_ms=self.ended_at_ms, pauses=(), holds=())
        nameless = bool(self.forbidden) or names_nobody(record.mode, record.opted_out)
        return record.without_parties() if nameless else record
