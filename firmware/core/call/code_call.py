"""A call to a feature code: it is answered, told what became of the code, and hung up.

The code that records a greeting hears how, speaks until ``#`` or for as long as may be, and hears what was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from firmware.core.call.effects import (
    AnswerCaller,
    CallOver,
    CancelTimer,
    Effect,
    EndGreeting,
    HangUp,
    PlayNotice,
    RecordGreeting,
    StartTimer,
    StopPlaying,
)
from firmware.core.call.making import NOTICE_GRACE_MS, NOTICE_START_MS
from firmware.core.events import (
    Event,
    GreetingRecorded,
    HangUpRequested,
    KeyPressed,
    LegEnded,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
    Timer,
    TimerFired,
)
from firmware.core.feature_code import CodeAction
from firmware.core.leg import CALLER

CONFIRMATIONS: dict[CodeAction, str] = {
    "pause": "paused",
    "resume": "resumed",
    "start": "recording-started",
    "remind": "reminder-played",
    "told": "told",
}
NO_CALL = "no-call"
RECORD_GREETING = "record-greeting"
GREETING_KEPT = "greeting-kept"
LONGEST_GREETING_MS = 60_000
# From the last word of a greeting to when it can be played.
_KEEPING_MS = 10_000
_END_KEY = "#"

# waiting: nothing can be heard yet; speaking: the first of the prompts plays; recording: the greeting is spoken;
# keeping: it is being kept; ending: told to hang up.
_Phase = Literal["waiting", "speaking", "recording", "keeping", "ending", "over"]


@dataclass(frozen=True)
class CodeCall:
    """One call to a code. ``prompts`` are still to be spoken; ``greeting`` is the id under which one is recorded."""

    call_id: str
    prompts: tuple[str, ...]
    greeting: str = ""
    phase: _Phase = "waiting"
    timer: Timer | None = None

    @property
    def over(self) -> bool:
        return self.phase == "over"


CodeStep = tuple[CodeCall, tuple[Effect, ...]]


def greeting_id(extension: str | None) -> str:
    """The prompt that a greeting from that extension becomes. Each has one, which the next greeting replaces."""
    clean = re.sub(r"[^a-z0-9]+", "-", (extension or "").lower()).strip("-")
    return f"greeting-{clean}"[:32].rstrip("-")


def open_code_call(call_id: str, prompt: str) -> CodeStep:
    """Answer, and speak one prompt."""
    return _answered(CodeCall(call_id, (prompt,)))


def open_greeting_call(call_id: str, greeting: str) -> CodeStep:
    """Answer, say how to record a greeting, and record it."""
    return _answered(CodeCall(call_id, (RECORD_GREETING,), greeting))


def step_code_call(call: CodeCall, event: Event) -> CodeStep:
    """Take one event; one that means nothing now changes nothing."""
    if call.over:
        return call, ()
    if isinstance(event, LegEnded):
        cancel = (CancelTimer(call.timer),) if call.timer else ()
        return replace(call, phase="over", timer=None), (*cancel, CallOver())
    handler = _HANDLERS.get((call.phase, type(event)))
    return handler(call, event) if handler is not None else (call, ())


def _answered(call: CodeCall) -> CodeStep:
    return _timed(call, "notice", NOTICE_START_MS, AnswerCaller())


def _speak(call: CodeCall, event: Event) -> CodeStep:
    """Say the next prompt; after the last there is nothing but goodbye."""
    if not call.prompts:
        return _goodbye(call, event)
    spoken = replace(call, phase="speaking", prompts=call.prompts[1:])
    return _timed(spoken, "notice", NOTICE_START_MS, PlayNotice(CALLER, call.prompts[0]))


def _started(call: CodeCall, event: NoticeStarted) -> CodeStep:
    return _timed(call, "notice", event.duration_ms + NOTICE_GRACE_MS)


def _spoken(call: CodeCall, event: Event) -> CodeStep:
    if not call.greeting or call.prompts:
        return _after(_speak(call, event), StopPlaying(CALLER))
    recording = replace(call, phase="recording")
    record = RecordGreeting(CALLER, call.greeting, LONGEST_GREETING_MS)
    return _timed(recording, "greeting", LONGEST_GREETING_MS, StopPlaying(CALLER), record)


def _key(call: CodeCall, event: KeyPressed) -> CodeStep:
    return _enough(call, event) if event.key == _END_KEY else (call, ())


def _enough(call: CodeCall, event: Event) -> CodeStep:
    return _timed(replace(call, phase="keeping"), "greeting", _KEEPING_MS, EndGreeting(CALLER))


def _kept(call: CodeCall, event: GreetingRecorded) -> CodeStep:
    """Play it back, if there is anything to hear."""
    prompts = (GREETING_KEPT, event.prompt) if event.kept else ()
    return _speak(replace(call, greeting="", prompts=prompts), event)


def _goodbye(call: CodeCall, event: Event) -> CodeStep:
    cancel = (CancelTimer(call.timer),) if call.timer else ()
    return replace(call, phase="ending", timer=None), (*cancel, HangUp(CALLER))


def _timer(call: CodeCall, event: TimerFired) -> CodeStep:
    if event.timer != call.timer:
        return call, ()
    waited = replace(call, timer=None)
    match call.phase:
        case "recording":
            return _enough(waited, event)
        case "speaking":
            return _spoken(waited, event)
        case _:
            return _goodbye(waited, event)


def _timed(call: CodeCall, timer: Timer, after_ms: int, *effects: Effect) -> CodeStep:
    """The call with its one timer set, in place of any other."""
    cancel = (CancelTimer(call.timer),) if call.timer not in (None, timer) else ()
    return replace(call, timer=timer), (*cancel, *effects, StartTimer(timer, after_ms))


def _after(step: CodeStep, *first: Effect) -> CodeStep:
    call, effects = step
    return call, (*first, *effects)


_Handler = Callable[[CodeCall, Any], CodeStep]
_HANDLERS: dict[tuple[_Phase, type[Event]], _Handler] = {
    ("waiting", MediaReady): _speak,
    ("speaking", NoticeStarted): _started,
    ("speaking", NoticeEnded): _spoken,
    ("recording", KeyPressed): _key,
    ("recording", GreetingRecorded): _kept,
    ("keeping", GreetingRecorded): _kept,
    ("waiting", HangUpRequested): _goodbye,
    ("speaking", HangUpRequested): _goodbye,
    ("recording", HangUpRequested): _goodbye,
    ("keeping", HangUpRequested): _goodbye,
    ("waiting", TimerFired): _timer,
    ("speaking", TimerFired): _timer,
    ("recording", TimerFired): _timer,
    ("keeping", TimerFired): _timer,
}
