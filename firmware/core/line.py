"""A telephone line as the office knows it, and what it decides about a new call before anything is dialled."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from firmware.core.call import CallPlan
from firmware.core.call.effects import Target
from firmware.core.call.state import NO_ANSWER_MS
from firmware.core.call_record import Direction, Party
from firmware.core.emergency import emergency_number
from firmware.core.notice_plan import LineNotices, plan_notice
from firmware.core.party_number import UNAVAILABLE
from firmware.core.recording_policy import CallFacts, RecordingPolicy

LineState = Literal["starting", "working", "degraded", "stopped"]


@dataclass(frozen=True)
class CallRequest:
    """A call that asks to be put through, as read from its INVITE.

    ``dialled`` is the number (or word) asked for, None when the request names nobody.
    """

    call_id: str
    direction: Direction
    calling: Party
    dialled: str | None


@dataclass(frozen=True)
class Line:
    """What decides about the calls of one line. ``trunks`` are in the order in which they are tried."""

    name: str
    policy: RecordingPolicy
    notices: LineNotices
    office: str
    trunks: tuple[str, ...]
    outside_prefix: str = ""
    no_answer_ms: int = NO_ANSWER_MS

    def plan(
        self, request: CallRequest, working_trunks: Collection[str], servers: Mapping[str, Sequence[str]] | None = None
    ) -> CallPlan:
        """Decide where a call goes, whether it is recorded and what is announced.

        Trunks known not to work (a lost registration) are tried last, never left out: what is known may be stale.
        ``servers`` are those of trunks that have several, in the order of RFC 2782.
        """
        number = emergency_number(request.dialled, self.outside_prefix) if request.direction == "outbound" else None
        decision = self.policy.decide(CallFacts(self.name, request.direction, emergency=number is not None))
        notice = plan_notice(request.direction, self.notices, decision, emergency=number is not None)
        called = Party(number=number or request.dialled) if request.dialled else UNAVAILABLE
        inbound = request.direction == "inbound"
        return CallPlan(
            call_id=request.call_id,
            line=self.name,
            direction=request.direction,
            far_party=request.calling if inbound else called,
            office_party=called if inbound else request.calling,
            targets=self._targets(request, number or request.dialled or "", working_trunks, servers or {}),
            decision=decision,
            notice=notice,
            emergency=number is not None,
            no_answer_ms=self.no_answer_ms,
        )

    def _targets(
        self, request: CallRequest, number: str, working: Collection[str], servers: Mapping[str, Sequence[str]]
    ) -> tuple[Target, ...]:
        if not number:
            return ()
        if request.direction == "inbound":
            return (Target(self.office, number),)
        in_order = sorted(self.trunks, key=lambda trunk: trunk not in working)
        return tuple(Target(trunk, number, server) for trunk in in_order for server in servers.get(trunk) or ("",))


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
