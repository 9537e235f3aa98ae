"""One made-up call from dialling to hanging up: a caller and the person who answers, both played by the generator.

The caller calls the lines process; the lines process, if it does its work, calls the other party; they talk; the caller
hangs up. Nothing here knows pjsua2: legs are told what to do through ``Leg`` and report what happened to them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.adapters.generator.conversation import Conversation
from firmware.core.call_record import Direction
from firmware.core.errors import LineError
from firmware.core.party_number import shortened

RINGS_FOR_S = 1.0
SET_UP_WITHIN_S = 60.0
HANG_UP_WITHIN_S = 10.0


@dataclass(frozen=True)
class CallPlan:
    """What call to make. Inbound: the caller is on the trunk's side; outbound: the caller is the inner phone."""

    direction: Direction
    caller: str
    called: str
    conversation: Conversation
    withheld: bool = False


@dataclass(frozen=True)
class CallReport:
    """How a made-up call went.

    ``connected_after_s`` runs from dialling until both parties could talk. The packets are the RTP packets that each
    party received, notice and tones included.
    """

    direction: Direction
    caller: str
    called: str
    sip_call_id: str
    connected_after_s: float
    talked_s: float
    far_party_packets: int
    office_packets: int


class Leg(Protocol):
    """One of the generator's two ends of a call."""

    @property
    def sip_call_id(self) -> str: ...

    @property
    def can_talk(self) -> bool:
        """Answered, and its audio flows."""
        ...

    @property
    def ended(self) -> bool: ...

    @property
    def end_reason(self) -> str:
        """Status code and words of the end, such as ``486 Busy Here``."""
        ...

    @property
    def packets_received(self) -> int:
        """RTP packets so far; the last count once the call has ended."""
        ...

    def ring(self) -> None: ...

    def answer(self) -> None: ...

    def speak(self) -> None:
        """Start saying this party's share of the conversation."""
        ...

    def hang_up(self) -> None: ...


class Exchange:
    """Drives one call. ``step`` is called every few milliseconds with a monotonic time; it never waits.

    Args:
        plan: the call.
        caller: its leg that was just dialled.
        now_s: when.
        must_wait: asked while both parties could talk: is there a reason (a notice) for them not to begin yet?
    """

    def __init__(
        self, plan: CallPlan, caller: Leg, now_s: float, must_wait: Callable[[], bool] = lambda: False
    ) -> None:
        self.plan = plan
        self.report: CallReport | None = None
        self.failure: LineError | None = None
        self._caller = caller
        self._must_wait = must_wait
        self._callee: Leg | None = None
        self._dialled_at_s = now_s
        self._rang_at_s: float | None = None
        self._answered = False
        self._talking_since_s: float | None = None
        self._hung_up_at_s: float | None = None

    @property
    def waits_for_callee(self) -> bool:
        return self._callee is None and not self.over

    @property
    def talking(self) -> bool:
        return self._talking_since_s is not None and self._hung_up_at_s is None

    @property
    def over(self) -> bool:
        return self.report is not None or self.failure is not None

    def callee_is_called(self, callee: Leg, now_s: float) -> None:
        """The lines process called the other party."""
        self._callee = callee
        self._rang_at_s = now_s
        callee.ring()

    def step(self, now_s: float) -> None:
        """Do what is due."""
        if self.over:
            return
        if self._all_ended():
            self._close()
        elif self._hung_up_at_s is not None:
            self._insist(now_s)
        elif self._talking_since_s is not None:
            self._talk(now_s)
        else:
            self._set_up(now_s)

    def abandon(self, now_s: float) -> None:
        """Hang up now, whatever the call is doing."""
        self._hang_up(now_s)

    def _set_up(self, now_s: float) -> None:
        callee = self._callee
        if self._caller.ended or now_s - self._dialled_at_s > SET_UP_WITHIN_S:
            self._hang_up(now_s)
        elif callee is not None and self._rang_at_s is not None:
            if not self._answered and now_s - self._rang_at_s >= RINGS_FOR_S:
                self._answered = True
                callee.answer()
            if self._caller.can_talk and callee.can_talk and not self._must_wait():
                self._talking_since_s = now_s
                callee.speak()
                self._caller.speak()

    def _talk(self, now_s: float) -> None:
        since_s = self._talking_since_s or now_s
        cut_off = self._caller.ended or (self._callee is not None and self._callee.ended)
        if cut_off or now_s - since_s >= self.plan.conversation.duration_s:
            self._hang_up(now_s)

    def _hang_up(self, now_s: float) -> None:
        """The caller hangs up; hanging up the other party is the lines process's work."""
        if self._hung_up_at_s is None:
            self._hung_up_at_s = now_s
            if not self._caller.ended:
                self._caller.hang_up()

    def _insist(self, now_s: float) -> None:
        if self._hung_up_at_s is not None and now_s - self._hung_up_at_s > HANG_UP_WITHIN_S:
            for leg in (self._caller, self._callee):
                if leg is not None and not leg.ended:
                    leg.hang_up()
            self.failure = LineError(
                f"The made-up call from {shortened(self.plan.caller)} was hung up, but its other leg stayed open.",
                "Look at the log of the lines process.",
            )

    def _all_ended(self) -> bool:
        return self._caller.ended and (self._callee is None or self._callee.ended)

    def _close(self) -> None:
        connected_at_s, hung_up_at_s = self._talking_since_s, self._hung_up_at_s
        talked_s = (hung_up_at_s or 0.0) - (connected_at_s or 0.0)
        # A quarter of a second is what taking notice of the end may cost.
        if connected_at_s is None or hung_up_at_s is None or talked_s < self.plan.conversation.duration_s - 0.25:
            self.failure = self._what_went_wrong()
            return
        caller, callee = self._caller.packets_received, self._callee.packets_received if self._callee else 0
        inbound = self.plan.direction == "inbound"
        self.report = CallReport(
            direction=self.plan.direction,
            caller=self.plan.caller,
            called=self.plan.called,
            sip_call_id=self._caller.sip_call_id,
            connected_after_s=round(connected_at_s - self._dialled_at_s, 3),
            talked_s=round(talked_s, 3),
            far_party_packets=caller if inbound else callee,
            office_packets=callee if inbound else caller,
        )

    def _what_went_wrong(self) -> LineError:
        if self._talking_since_s is not None:
            what = "was cut off while the parties talked"
        elif self._callee is None:
            what = "was never put through"
        else:
            what = "was not answered on both sides"
        return LineError(
            f"The made-up call from {shortened(self.plan.caller)} {what} ({self._caller.end_reason}).",
            "Look at the log of the lines process.",
        )
