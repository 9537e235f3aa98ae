"""A telephone line as the office knows it, and what it decides about a new call before anything is dialled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from firmware.core.barring import Barring, DearKind
from firmware.core.call import Call, CallPlan
from firmware.core.call.state import NO_ANSWER_MS, PauseRules
from firmware.core.call_record import Direction, Party, Presentation
from firmware.core.call_tones import WarningTone
from firmware.core.emergency import emergency_number
from firmware.core.feature_code import NO_CODES, FeatureCodes
from firmware.core.leg import PhoneIdentity, Target
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import LineNotices, NoticePlan, plan_notice
from firmware.core.number_pattern import NumberForm, as_dialled
from firmware.core.office_phones import OfficePhones
from firmware.core.party_number import UNAVAILABLE
from firmware.core.reception import PLAIN, LineReception, Reception
from firmware.core.recording_policy import CallFacts, Decision, RecordingPolicy
from firmware.core.tap_capabilities import SIP_INLINE, TapCapabilities

# degraded: something of it is wrong; stopped: none of its calls can be held or heard.
LineState = Literal["starting", "working", "degraded", "stopped"]


@dataclass(frozen=True)
class CallRequest:
    """A call that asks to be put through, as read from its INVITE; or, ``tapped``, one that goes on and is listened to.

    ``dialled`` is the number (or word) asked for, None when the request names nobody; ``phone`` is whose phone asks.
    ``called`` is who is called, where the tap knows more of them than what was dialled. ``allowed`` is what the
    registered phone that calls may dial although it is dear; None where it is no such phone.
    """

    call_id: str
    direction: Direction
    calling: Party
    dialled: str | None
    phone: PhoneIdentity | None = None
    tapped: bool = False
    called: Party | None = None
    allowed: frozenset[DearKind] | None = None

    @property
    def called_party(self) -> Party:
        return self.called or _called_party(self.dialled)


@dataclass(frozen=True)
class Line:
    """What decides about the calls of one line.

    ``trunks`` are in the order in which they are tried; ``number_form`` brings numbers into the form that rules know.
    ``extensions`` are numbers known to be the office's own. ``start_notice`` is the prompt that the far party hears
    when a recording is started on demand, empty for none. What a line cannot do, by its ``capabilities``, is not
    planned for its calls, whatever is set; ``notice_given_by`` says then who tells people that they are recorded.
    ``phones`` are those that register with the box; ``barring`` is about them alone, and ``outside_number`` takes off
    what they dial for an outside line (an exchange has done so).
    """

    name: str
    policy: RecordingPolicy
    notices: LineNotices
    office: str = ""
    trunks: tuple[str, ...] = ()
    outside_prefix: str = ""
    no_answer_ms: int = NO_ANSWER_MS
    number_form: NumberForm = as_dialled
    extensions: frozenset[str] = frozenset()
    codes: FeatureCodes = NO_CODES
    pause: PauseRules = field(default_factory=PauseRules)
    start_notice: str = ""
    reception: LineReception = field(default_factory=LineReception)
    warning_tone: WarningTone | None = None
    capabilities: TapCapabilities = SIP_INLINE
    notice_given_by: str = ""
    phones: OfficePhones | None = None
    barring: Barring | None = None
    outside_number: Callable[[str], str] = as_dialled

    def facts(self, request: CallRequest, local: LocalTime) -> CallFacts:
        """What rules may know of a call that came at a time by the office's clock; without an id it is no real call."""
        inbound = request.direction == "inbound"
        dialled, calling = request.dialled or None, request.calling
        called = self.number_form(dialled, "" if inbound else self.outside_prefix) if dialled else None
        caller = self.number_form(calling.number) if calling.number else None
        return CallFacts(
            line=self.name,
            direction=request.direction,
            local=local,
            emergency=self._emergency_number(request) is not None,
            extension=called if inbound else caller,
            far_number=caller if inbound else called,
            far_presentation=_presentation(calling if inbound else request.called_party),
            call_id=request.call_id or None,
        )

    def forbids(self, call: Call, local: LocalTime) -> str:
        """Why a call must no longer be recorded since its last change of parties; empty where it may be.

        Only what a rule or an extension says of who came counts, not what the line does with everybody. ``local`` is
        when the call came, by the office's clock.
        """
        came, inbound = call.parties[-1], call.plan.direction == "inbound"
        settled = call.plan.emergency or call.plan.decision.mode == "never"
        if settled or came.how == "left" or came.party.number is None:
            return ""
        far, office = (came.party if side == came.side else call.party_at(side) for side in ("far_party", "office"))
        calling, called = (far, office) if inbound else (office, far)
        request = CallRequest(call.plan.call_id, call.plan.direction, calling, called.number, called=called)
        decided = self.policy.decide(self.facts(request, local))
        anybody = decided.decided_by == self.policy.usual.decided_by
        return decided.decided_by if decided.mode == "never" and not anybody else ""

    def received(self, request: CallRequest, local: LocalTime) -> tuple[Reception, CallFacts]:
        """How a caller is received (nobody who calls out is), and what rules are asked about then.

        Outside office hours a call may go to another number than was dialled. Where a menu may send it is decided about
        as well.
        """
        facts = self.facts(request, local)
        if facts.direction == "outbound" or not self.capabilities.announces:
            return PLAIN, facts
        reception = self.reception.at(local)
        decisions = {each: self.policy.decide(self._sent_to(each, facts)) for each in reception.numbers}
        return replace(reception, decisions=decisions), self._sent_to(reception.number, facts)

    def notice(self, decision: Decision, reception: Reception, facts: CallFacts) -> NoticePlan | None:
        """What the other party is told where a call is decided about so; None where the line can tell nobody."""
        if not self.capabilities.announces:
            return None
        others = tuple(reception.decisions.values())
        return plan_notice(facts.direction, self.notices, decision, facts.emergency, others)

    def plan(
        self,
        request: CallRequest,
        local: LocalTime,
        working_trunks: Collection[str],
        servers: Mapping[str, Sequence[str]] | None = None,
    ) -> CallPlan:
        """Decide where a call goes, whether it is recorded and what is announced.

        ``local`` is when it came, by the office's clock. Trunks known not to work (a lost registration) are tried last,
        never left out: what is known may be stale. ``servers`` are those of trunks that have several, in the order of
        RFC 2782.
        """
        number = self._emergency_number(request)
        reception, facts = self.received(request, local)
        dialled = number or reception.number or request.dialled
        decision = self.policy.decide(facts)
        inbound = request.direction == "inbound"
        called = request.called_party if dialled == request.dialled else _called_party(dialled)
        return CallPlan(
            call_id=request.call_id,
            line=self.name,
            direction=request.direction,
            far_party=request.calling if inbound else called,
            office_party=called if inbound else request.calling,
            targets=() if request.tapped else self._targets(request, dialled or "", working_trunks, servers or {}),
            decision=decision,
            notice=self.notice(decision, reception, facts),
            emergency=facts.emergency,
            no_answer_ms=self.no_answer_ms,
            office_peer=self.office,
            codes=self.codes,
            pause=self.pause,
            start_notice=self.start_notice if self.capabilities.announces else "",
            phone=request.phone,
            reception=reception,
            warning_tone=self.warning_tone if self.capabilities.announces and not facts.emergency else None,
            tapped=request.tapped,
            capabilities=self.capabilities,
            notice_given_by=self.notice_given_by if decision.notice and not self.capabilities.announces else "",
        )

    def _sent_to(self, number: str, facts: CallFacts) -> CallFacts:
        """The facts of a call that goes to another of the office's numbers than was dialled, if there is one."""
        return replace(facts, extension=self.number_form(number)) if number else facts

    def transfer_targets(
        self,
        number: str,
        to_office: bool,
        working_trunks: Collection[str],
        servers: Mapping[str, Sequence[str]] | None = None,
    ) -> tuple[Target, ...]:
        """Where to dial for a call that is transferred to ``number``: the office's exchange, else the trunks."""
        if to_office or number in self.extensions:
            return (Target(self.office, number),) if number else ()
        wanted = emergency_number(number, self.outside_prefix) or number
        return self._by_trunks(wanted, working_trunks, servers or {})

    def _emergency_number(self, request: CallRequest) -> str | None:
        """A caller who comes in with one as their own number is an ordinary caller."""
        return emergency_number(request.dialled, self.outside_prefix) if request.direction == "outbound" else None

    def _targets(
        self, request: CallRequest, number: str, working: Collection[str], servers: Mapping[str, Sequence[str]]
    ) -> tuple[Target, ...]:
        if not number:
            return ()
        if request.direction == "inbound":
            return (Target(self.office, number),)
        return self._by_trunks(number, working, servers)

    def _by_trunks(
        self, number: str, working: Collection[str], servers: Mapping[str, Sequence[str]]
    ) -> tuple[Target, ...]:
        if not number:
            return ()
        in_order = sorted(self.trunks, key=lambda trunk: trunk not in working)
        return tuple(Target(trunk, number, server) for trunk in in_order for server in servers.get(trunk) or ("",))


def _called_party(dialled: str | None) -> Party:
    return Party(number=dialled) if dialled else UNAVAILABLE


def _presentation(party: Party) -> Presentation:
    """A party that is said to be available and has no number is as good as unavailable."""
    return "unavailable" if party.presentation == "available" and not party.number else party.presentation


@dataclass(frozen=True)
class LineHealth:
    """How a line is. ``registered`` is None where no trunk registers; ``attention`` says what a person should do."""

    name: str
    kind: str
    state: LineState
    registered: bool | None = None
    attention: tuple[str, ...] = ()

    def needing(self, *attention: str) -> LineHealth:
        return replace(self, attention=(*self.attention, *attention))
