"""Calls that are received before they are put through, played a second a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.call import CallPlan, open_call, step
from firmware.core.call.effects import (
    CancelTimer,
    Effect,
    PlayNotice,
    StartTimer,
    Target,
)
from firmware.core.call_record import Party
from firmware.core.call_tones import WarningTone, recorder_warning
from firmware.core.events import (
    Event,
    LegAnswered,
    LegProgress,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
)
from firmware.core.notice_plan import NoticePlan, OptOut
from firmware.core.reception import Reception
from firmware.core.recording_decision import Decision

OFFICE = Target("office", "200")
ALWAYS = Decision(True, "always", "line main: always recorded")
NEVER = Decision(False, "never", "extension 205: never recorded")
MENU = AttendantMenu(
    prompt="attendant-choices",
    choices=(Choice("1", "201"), Choice("5", "205")),
    invalid_prompt="attendant-invalid",
    timeout_ms=4000,
    repeats=1,
)
TOLD = NoticePlan("call-recorded", "far_party", "before_put_through")
MAY_SAY_NO = replace(TOLD, prompt="call-recorded-opt-out", opt_out=OptOut("9", 3000, "not-recorded"))
INBOUND = CallPlan("c1", "main", "inbound", Party("01632960001"), Party("200"), (OFFICE,), ALWAYS, notice=TOLD)
WITH_OPT_OUT = replace(INBOUND, notice=MAY_SAY_NO)
WITH_MENU = replace(INBOUND, reception=Reception("attendant-greeting", MENU, decisions={"205": NEVER}))
BOTH = replace(WITH_MENU, notice=MAY_SAY_NO)
CLOSED = replace(INBOUND, reception=Reception("closed", put_through=False))
OUTBOUND = replace(
    INBOUND,
    direction="outbound",
    targets=(Target("bt", "01632960001"),),
    notice=replace(MAY_SAY_NO, prompt="call-recorded-outbound-opt-out", moment="on_answer"),
)
WARNED = replace(INBOUND, notice=None, warning_tone=WarningTone(recorder_warning(1400, -20.0), 15_000))


class Play:
    """A call being played through, a second a step."""

    def __init__(self, plan: CallPlan) -> None:
        self.now = 1_000_000
        self.call, effects = open_call(plan, self.now)
        self.all: list[Effect] = list(effects)

    def __call__(self, *events: Event) -> list[Effect]:
        """The effects that matter: without the clockwork."""
        last: list[Effect] = []
        for event in events:
            self.now += 1000
            self.call, effects = step(self.call, event, self.now)
            last.extend(effects)
        self.all.extend(last)
        return [effect for effect in last if not isinstance(effect, StartTimer | CancelTimer)]

    @property
    def said(self) -> list[tuple[str, bool]]:
        """What the call's record says was played, in order, and whether to its end."""
        return [(each.prompt, each.completed) for each in self.call.record("r").announcements]


def played(effects: Iterable[Effect]) -> list[str]:
    return [effect.prompt for effect in effects if isinstance(effect, PlayNotice)]


def heard(*prompts: str) -> list[Event]:
    """Each prompt plays to its end."""
    return [event for prompt in prompts for event in (NoticeStarted(0, 3000), NoticeEnded(0, True, prompt))]


def put_through(play: Play) -> list[Effect]:
    return play(LegTrying(1), LegProgress(1, 180), MediaReady(1), LegAnswered(1))
