"""What becomes of a call where phones register with the box: whom it rings, and whose wish about recording counts.

A call from one extension to another is an outbound call of the one that calls. It is recorded as either of the two
wishes: an own mode or rule counts before the line's, and of two such the one that records less. Nobody is told by a
notice that their colleague records. In a group whoever answers is the office's party, and decides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from firmware.core.call import CallPlan
from firmware.core.emergency import emergency_number
from firmware.core.leg import Target
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import plan_notice
from firmware.core.office_phones import OfficePhones, Registered, Ringing
from firmware.core.recording_decision import CallFacts, Decision
from firmware.core.recording_policy import RecordingPolicy

_LEAST_FIRST = ("never", "on_demand", "pausable", "always")


def with_phones(line: Line, plan: CallPlan, request: CallRequest, local: LocalTime, registered: Registered) -> CallPlan:
    """The plan of a call of a line that phones register with; as it was, where it has none."""
    if line.phones is None or plan.emergency:
        return plan
    if plan.direction == "outbound":
        return _called_inside(line, line.phones, plan, line.facts(request, local), registered)
    _, facts = line.received(request, local)
    return _called_from_outside(line, line.phones, plan, facts, registered)


def barred(line: Line, request: CallRequest) -> str:
    """Why the phone that calls may not dial this, in a word; empty where it may."""
    number = line.outside_number(request.dialled or "")
    inside = line.phones is not None and line.phones.inside(request.dialled, line.number_form) is not None
    dialled_emergency = emergency_number(request.dialled, line.outside_prefix) is not None
    if line.barring is None or request.allowed is None or inside or dialled_emergency:
        return ""
    return line.barring.bars(number, request.allowed) or ""


def transfer_targets(
    line: Line,
    number: str,
    to_office: bool,
    working: Collection[str],
    servers: Mapping[str, Sequence[str]],
    registered: Registered,
) -> tuple[Target, ...]:
    """Where to dial for a call that is transferred to ``number``; nowhere, where no phone of the line may dial it."""
    ringing = line.phones.inside(number, line.number_form) if line.phones is not None else None
    if ringing is not None:
        return ringing.targets(line.office, registered)
    if line.phones is None:
        return line.transfer_targets(number, to_office, working, servers)
    emergency = emergency_number(number, line.outside_prefix) is not None
    if line.barring is not None and not emergency and line.barring.bars(line.outside_number(number)):
        return ()
    return line.transfer_targets(line.outside_number(number), line.phones.exchange and to_office, working, servers)


def _called_inside(
    line: Line, phones: OfficePhones, plan: CallPlan, facts: CallFacts, registered: Registered
) -> CallPlan:
    number = plan.far_party.number
    ringing = phones.inside(number, line.number_form)
    if ringing is None:
        if phones.exchange and number in line.extensions:
            return replace(plan, targets=(Target(line.office, number),))
        wanted = line.outside_number(number or "")
        return replace(plan, targets=tuple(replace(target, number=wanted) for target in plan.targets))
    theirs = replace(facts, direction="inbound", far_number=facts.extension, far_presentation="available")
    decisions = _decisions(line, ringing, theirs, plan.decision)
    return replace(
        plan,
        targets=ringing.targets(line.office, registered),
        phone_decisions=decisions,
        decision=_of_all(plan.decision, decisions),
        notice=None,
    )


def _called_from_outside(
    line: Line, phones: OfficePhones, plan: CallPlan, facts: CallFacts, registered: Registered
) -> CallPlan:
    ringing = phones.from_outside(plan.office_party.number, line.number_form)
    chosen = {number: phones.from_outside(number, line.number_form) for number in plan.reception.numbers}
    by_menu = {
        number: _decisions(line, each, facts, plan.reception.decisions[number])
        for number, each in chosen.items()
        if each is not None
    }
    reception = replace(
        plan.reception,
        targets={number: each.targets(line.office, registered) for number, each in chosen.items() if each is not None},
        phone_decisions=by_menu,
        decisions={
            number: _of_all(decision, by_menu.get(number, {})) for number, decision in plan.reception.decisions.items()
        },
    )
    plan = replace(plan, reception=reception)
    decisions = _decisions(line, ringing, facts, plan.decision) if ringing is not None else {}
    decision = _of_all(plan.decision, decisions)
    others = [
        *decisions.values(),
        *reception.decisions.values(),
        *(one for each in by_menu.values() for one in each.values()),
    ]
    plan = replace(
        plan,
        decision=decision,
        phone_decisions=decisions,
        notice=plan_notice(plan.direction, line.notices, decision, plan.emergency, others),
    )
    return plan if ringing is None else replace(plan, targets=ringing.targets(line.office, registered))


def _decisions(line: Line, ringing: Ringing, facts: CallFacts, called: Decision) -> dict[str, Decision]:
    """What is done with the call if the phone of an extension answers."""
    return {
        extension: _together(
            line.policy, called, line.policy.decide(replace(facts, extension=line.number_form(extension)))
        )
        for extension in ringing.extensions
    }


def _together(policy: RecordingPolicy, one: Decision, other: Decision) -> Decision:
    """What is done where two decide: whose wish is their own comes before the line's; of two such the lesser."""
    own = [each for each in (one, other) if each.decided_by != policy.usual.decided_by] or [other]
    return min(own, key=lambda each: _LEAST_FIRST.index(each.mode))


def _of_all(called: Decision, decisions: Mapping[str, Decision]) -> Decision:
    """What is done until it is known who answers: what is done whoever does, else what was decided about the number."""
    found = set(decisions.values())
    return found.pop() if len(found) == 1 else called
