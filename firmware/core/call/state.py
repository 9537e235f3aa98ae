"""A call as a value: what is known of it, and nothing that does anything."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from firmware.core.call.effects import Target
from firmware.core.call_record import CallRecord, Direction, LegReport, Notice, Party
from firmware.core.events import Timer
from firmware.core.leg import CALLER, Leg, LegNumber
from firmware.core.notice_plan import NoticePlan
from firmware.core.recording_policy import Decision

# notice: the answered caller hears the notice; dialling: the other party is being reached; telling: the party called
# hears the notice; connected; tone: the answered caller hears why it failed; ending: only goodbyes are outstanding.
Phase = Literal["notice", "dialling", "telling", "connected", "tone", "ending"]
Recording = Literal["none", "running", "stopped"]
# RFC 3261 §16.6 (timer C): longer than three minutes, so that the network's own limit comes first.
NO_ANSWER_MS = 185_000


@dataclass(frozen=True)
class CallPlan:
    """What was decided about a call before its first word."""

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


@dataclass(frozen=True)
class Call:
    """The state of one call. Times are Unix milliseconds, UTC."""

    plan: CallPlan
    phase: Phase
    started_at_ms: int
    legs: tuple[Leg, ...] = (Leg(CALLER, "trying"),)
    timers: frozenset[Timer] = frozenset()
    bridged: bool = False
    playing_to: frozenset[LegNumber] = frozenset()
    recording: Recording = "none"
    recording_started_at_ms: int | None = None
    recording_ended_at_ms: int | None = None
    recording_fault: str = ""
    notice: Notice | None = None
    answered_at_ms: int | None = None
    ended_at_ms: int | None = None
    end_cause: str | None = None
    over: bool = False

    @property
    def caller(self) -> Leg:
        return self.legs[CALLER]

    @property
    def attempt(self) -> Leg | None:
        """The current attempt to reach the party called; None before the first."""
        return self.legs[-1] if len(self.legs) > 1 else None

    @property
    def targets_left(self) -> int:
        return len(self.plan.targets) - (len(self.legs) - 1)

    def leg(self, number: LegNumber) -> Leg | None:
        return self.legs[number] if 0 <= number < len(self.legs) else None

    def with_leg(self, leg: Leg) -> Call:
        """The call with one of its legs, or the next attempt, changed."""
        return replace(self, legs=(*self.legs[: leg.number], leg, *self.legs[leg.number + 1 :]))

    @property
    def may_be_recorded(self) -> bool:
        """Whether policy says so and everyone who had to be told first was told to the end."""
        told = self.plan.notice is None or (self.notice is not None and self.notice.completed)
        return self.plan.decision.record and told

    @property
    def shown_state(self) -> str:
        """The state in the words of the page: notice, ringing, connected, held, ended."""
        if self.phase == "connected":
            return "held" if any(leg.held for leg in self.legs if leg.usable) else "connected"
        return {"notice": "notice", "telling": "notice", "dialling": "ringing"}.get(self.phase, "ended")

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
        )
