"""Calls played through step by step, without a network, for tests of what they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from firmware.core.call import CallPlan, open_call, step
from firmware.core.call.effects import CancelTimer, Effect, Obeyed, StartTimer, Target
from firmware.core.call_record import Asker, Party
from firmware.core.events import (
    ActionRequested,
    Event,
    KeyPressed,
    LegAnswered,
    LegProgress,
    LegTrying,
    MediaReady,
)
from firmware.core.feature_code import Action, FeatureCodes, KeyWay
from firmware.core.notice_plan import NoticePlan
from firmware.core.recording_policy import Decision

OFFICE = Target("office", "201")
ALWAYS = Decision(True, "always", "line main: always recorded")
PAUSABLE = Decision(True, "pausable", "line main: recorded, may be paused")
ON_DEMAND = Decision(False, "on_demand", "line main: recorded on demand")
NEVER = Decision(False, "never", "line main: never recorded")
TO_CALLER = NoticePlan("call-recorded", "far_party", "before_put_through")
TO_CALLED = NoticePlan("call-recorded", "far_party", "on_answer")
COLLEAGUE = Party("202")
PAGE = Asker("page", "Ann")

INBOUND = CallPlan("c1", "main", "inbound", Party("01632960001"), Party("201"), (OFFICE,), ALWAYS)
ANNOUNCED = replace(INBOUND, notice=TO_CALLER)
OUTBOUND = replace(INBOUND, direction="outbound", targets=(Target("first", "123"), Target("second", "123")))
EMERGENCY = replace(OUTBOUND, emergency=True)
# Two phones ring for the extension.
FORKED = replace(INBOUND, targets=(replace(OFFICE, phone="desk"), replace(OFFICE, phone="soft", beside=True)))
# Calls that can be steered: the office's leg is 1 in the first, 0 in the second.
STEERED = replace(INBOUND, decision=PAUSABLE, codes=FeatureCodes(), start_notice="recording-starts")
STARTABLE = replace(STEERED, decision=ON_DEMAND)
STEERED_OUT = replace(STEERED, direction="outbound", targets=OUTBOUND.targets)


class Play:
    """A call being played through: each step's effects are kept, times advance by ``step_ms`` a step."""

    def __init__(self, plan: CallPlan, step_ms: int = 1000) -> None:
        self.now = 1_000_000
        self.step_ms = step_ms
        self.call, effects = open_call(plan, self.now)
        self.last: list[Effect] = list(effects)
        self.all: list[Effect] = list(effects)

    def __call__(self, *events: Event) -> list[Effect]:
        self.last = []
        for event in events:
            self.now += self.step_ms
            self.call, effects = step(self.call, event, self.now)
            self.last.extend(effects)
        self.all.extend(self.last)
        return self.last

    def late(self, event: Event, late_ms: int) -> list[Effect]:
        """An event that reached the box, and waited there for so long."""
        self.now += self.step_ms
        self.call, effects = step(self.call, event, self.now, late_ms)
        self.last = list(effects)
        self.all.extend(effects)
        return self.last

    def recording(self) -> str:
        """How the recording is now: none, running, paused, stopped."""
        return self.call.recording

    def keys(self, leg: int, keys: str, way: KeyWay = "event") -> list[Effect]:
        """Somebody keys these, one after the other."""
        return self(*(KeyPressed(leg, key, 100, way) for key in keys))


def matters(effects: Iterable[Effect]) -> list[Effect]:
    """Effects without the clockwork, and without what is only written down."""
    return [effect for effect in effects if not isinstance(effect, StartTimer | CancelTimer | Obeyed)]


def connected(plan: CallPlan, step_ms: int = 1000) -> Play:
    """A call whose parties talk."""
    play = Play(plan, step_ms)
    play(LegTrying(1), LegProgress(1, 180), MediaReady(1), LegAnswered(1), MediaReady(0))
    return play


def asks(action: Action, asker: Asker = PAGE) -> Event:
    return ActionRequested(action, asker)
