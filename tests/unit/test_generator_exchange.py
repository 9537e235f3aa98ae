"""A made-up call goes through every step of a real one, and says plainly where it failed."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import pytest

from firmware.adapters.generator.conversation import Conversation
from firmware.adapters.generator.exchange import HANG_UP_WITHIN_S, SET_UP_WITHIN_S, CallPlan, Exchange
from firmware.core.call_record import Direction

TALK_S = 2.0
SILENCE = array("h", bytes(2 * int(TALK_S * 8000)))


@dataclass
class ToldLeg:
    """A leg that does what it is told and remembers it."""

    sip_call_id: str = "abc"
    can_talk: bool = False
    ended: bool = False
    end_reason: str = "200 OK"
    packets_received: int = 0
    told: list[str] = field(default_factory=list)

    def ring(self) -> None:
        self.told.append("ring")

    def answer(self) -> None:
        self.told.append("answer")
        self.can_talk = True

    def speak(self) -> None:
        self.told.append("speak")

    def hang_up(self) -> None:
        self.told.append("hang up")
        self.ended = True


def _exchange(direction: Direction = "inbound") -> tuple[Exchange, ToldLeg, ToldLeg]:
    plan = CallPlan(direction, "07700900123", "01632960100", Conversation(SILENCE, SILENCE))
    caller = ToldLeg(packets_received=11)
    return Exchange(plan, caller, 0.0), caller, ToldLeg(packets_received=22)


def _until_talking(exchange: Exchange, caller: ToldLeg, callee: ToldLeg) -> None:
    caller.can_talk = True
    exchange.callee_is_called(callee, 1.0)
    exchange.step(2.0)
    assert exchange.talking


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_a_call_rings_is_answered_talks_and_is_hung_up_by_the_caller(direction: Direction) -> None:
    exchange, caller, callee = _exchange(direction)
    exchange.step(0.5)
    assert exchange.waits_for_callee
    exchange.callee_is_called(callee, 1.0)
    exchange.step(1.5)
    assert callee.told == ["ring"]
    exchange.step(2.0)
    assert callee.told == ["ring", "answer"]
    caller.can_talk = True
    exchange.step(2.5)
    assert (caller.told, callee.told[-1]) == (["speak"], "speak")
    exchange.step(4.4)
    assert exchange.talking
    exchange.step(4.5)
    assert caller.told == ["speak", "hang up"]
    assert not exchange.over
    callee.ended = True
    exchange.step(4.6)
    assert exchange.failure is None
    assert exchange.report is not None
    assert (exchange.report.connected_after_s, exchange.report.talked_s) == (2.5, 2.0)
    packets = (exchange.report.far_party_packets, exchange.report.office_packets)
    assert packets == ((11, 22) if direction == "inbound" else (22, 11))


def test_a_refused_call_says_with_what_words() -> None:
    exchange, caller, _ = _exchange()
    caller.ended, caller.end_reason = True, "403 Forbidden"
    exchange.step(0.1)
    assert exchange.failure is not None
    assert "…123 was never put through (403 Forbidden)" in str(exchange.failure)
    assert "07700900" not in str(exchange.failure)


def test_a_call_that_is_never_put_through_is_given_up() -> None:
    exchange, caller, _ = _exchange()
    exchange.step(SET_UP_WITHIN_S + 0.1)
    exchange.step(SET_UP_WITHIN_S + 0.2)
    assert caller.told == ["hang up"]
    assert exchange.failure is not None


def test_a_call_cut_off_in_mid_sentence_is_a_failure() -> None:
    exchange, caller, callee = _exchange()
    _until_talking(exchange, caller, callee)
    callee.ended = True
    exchange.step(2.5)
    exchange.step(2.6)
    assert "cut off" in str(exchange.failure)
    assert caller.told[-1] == "hang up"


def test_an_other_leg_left_open_is_a_failure_and_is_closed() -> None:
    exchange, caller, callee = _exchange()
    _until_talking(exchange, caller, callee)
    exchange.step(4.0)
    exchange.step(4.0 + HANG_UP_WITHIN_S + 0.1)
    assert "its other leg stayed open" in str(exchange.failure)
    assert callee.told[-1] == "hang up"


def test_an_abandoned_call_is_hung_up_at_once() -> None:
    exchange, caller, callee = _exchange()
    _until_talking(exchange, caller, callee)
    exchange.abandon(2.1)
    assert caller.told[-1] == "hang up"


def test_nobody_begins_to_talk_while_a_notice_is_playing() -> None:
    plan = CallPlan("outbound", "201", "01632960100", Conversation(SILENCE, SILENCE))
    notice = [True]
    caller, callee = ToldLeg(can_talk=True), ToldLeg()
    exchange = Exchange(plan, caller, 0.0, must_wait=lambda: notice[0])
    exchange.callee_is_called(callee, 0.1)
    exchange.step(2.0)
    assert not exchange.talking
    assert callee.told == ["ring", "answer"]
    notice[0] = False
    exchange.step(8.0)
    assert exchange.talking
