"""The life of a call.

With a notice before putting through, the caller is answered first, hears it, then the box's own ringing tone while the
office is dialled, and busy or number unobtainable if that fails. Without, the caller's leg stays unanswered until the
other side answers: ringing, early media and the final status pass through. Recording starts when both hear each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from firmware.core.call.effects import (
    AnswerCaller,
    Bridge,
    CallOver,
    CancelTimer,
    Dial,
    Effect,
    HangUp,
    PlayNotice,
    PlayTone,
    Reconnect,
    RelayKey,
    RelayProgress,
    StartRecording,
    StartTimer,
    StopPlaying,
    StopRecording,
    Unbridge,
)
from firmware.core.call.failure import another_trunk_may_help, status_for_caller
from firmware.core.call.state import Call, CallPlan
from firmware.core.call_record import Notice
from firmware.core.call_tones import NUMBER_UNOBTAINABLE, RINGING, tone_for_status
from firmware.core.events import (
    Event,
    HangUpRequested,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
    RecordingFailed,
    Timer,
    TimerFired,
)
from firmware.core.leg import CALLER, Leg, LegNumber

# A live peer says 100 within 200 ms (RFC 3261 §17.2.1); three retransmissions without one and it is taken for dead.
TRYING_MS = 4_000
# A trunk that took an emergency call and then says nothing is given up for the next one.
EMERGENCY_PROGRESS_MS = 10_000
# RFC 3261 §16.6 (timer C): longer than three minutes, so that the network's own limit comes first.
NO_ANSWER_MS = 185_000
# From answering the caller to sound: a caller whose phone never sends the ACK is put through all the same.
NOTICE_START_MS = 8_000
NOTICE_GRACE_MS = 3_000
TONE_MS = 10_000

Step = tuple[Call, tuple[Effect, ...]]


def open_call(plan: CallPlan, at_ms: int) -> Step:
    """Begin a call whose INVITE has arrived on the caller's leg."""
    making = _Making(Call(plan, "dialling", at_ms), at_ms)
    if plan.notice is not None and plan.notice.moment == "before_put_through" and plan.targets:
        making.change(phase="notice")
        making.answer_caller()
        making.start_timer("notice", NOTICE_START_MS)
    else:
        making.dial_next(404)
    return making.result()


def step(call: Call, event: Event, at_ms: int) -> Step:
    """Take one event. Events that come too late, or about legs that are gone, change nothing."""
    if call.over:
        return call, ()
    making = _Making(call, at_ms)
    _HANDLERS[type(event)](making, event)
    return making.result()


class _Making:
    """A step in the making: the call so far and the effects so far. Lives for one step only."""

    def __init__(self, call: Call, at_ms: int) -> None:
        self.call = call
        self.at_ms = at_ms
        self.effects: list[Effect] = []

    def result(self) -> Step:
        if not any(leg.alive for leg in self.call.legs) and not self.call.over:
            self.change(over=True, ended_at_ms=self.call.ended_at_ms or self.at_ms)
            self.effects.append(CallOver())
        return self.call, tuple(self.effects)

    def change(self, **changes: Any) -> None:
        self.call = replace(self.call, **changes)

    def ask(self, *effects: Effect) -> None:
        self.effects.extend(effects)

    # Building blocks, smallest first.

    def set_leg(self, leg: Leg) -> None:
        self.call = self.call.with_leg(leg)

    def start_timer(self, timer: Timer, after_ms: int) -> None:
        self.change(timers=self.call.timers | {timer})
        self.ask(StartTimer(timer, after_ms))

    def cancel_timers(self, timers: Iterable[Timer]) -> None:
        for timer in sorted(self.call.timers & set(timers)):
            self.ask(CancelTimer(timer))
        self.change(timers=self.call.timers - set(timers))

    def answer_caller(self) -> None:
        if self.call.caller.unanswered:
            self.set_leg(self.call.caller.now("answered"))
            self.ask(AnswerCaller())

    def hang_up(self, number: LegNumber, status: int = 603) -> None:
        leg = self.call.leg(number)
        if leg is not None and leg.usable:
            self.set_leg(leg.now("ending"))
            self.ask(HangUp(number, status))

    def play_tone(self, tone: Any) -> None:
        self.stop_playing(CALLER)
        self.change(playing_to=self.call.playing_to | {CALLER})
        self.ask(PlayTone(CALLER, tone))

    def stop_playing(self, *numbers: LegNumber) -> None:
        for number in numbers:
            leg = self.call.leg(number)
            if number in self.call.playing_to and leg is not None and leg.alive:
                self.ask(StopPlaying(number))
        self.change(playing_to=self.call.playing_to - set(numbers))

    def bridge(self) -> None:
        attempt = self.call.attempt
        if attempt is not None and not self.call.bridged:
            self.change(bridged=True)
            self.ask(Bridge(CALLER, attempt.number))

    def unbridge(self) -> None:
        attempt = self.call.attempt
        if not self.call.bridged or attempt is None:
            return
        self.change(bridged=False)
        if self.call.caller.alive and attempt.alive:
            self.ask(Unbridge(CALLER, attempt.number))

    def stop_recording(self, cause: str) -> None:
        if self.call.recording == "running":
            self.change(recording="stopped", recording_ended_at_ms=self.at_ms)
            self.ask(StopRecording(cause))

    # The stages of a call.

    def dial_next(self, last_status: int) -> None:
        """Dial the next target; without one, tell the caller that it failed with ``last_status``."""
        if not self.call.targets_left:
            self.fail(last_status)
            return
        target = self.call.plan.targets[len(self.call.legs) - 1]
        leg = Leg(len(self.call.legs))
        self.set_leg(leg)
        self.change(phase="dialling")
        self.ask(Dial(leg.number, target))
        # The last trunk of an emergency call keeps its full time: there is nothing better to do with it.
        if self.call.targets_left or not self.call.plan.emergency:
            self.start_timer("trying", TRYING_MS)

    def fail(self, status: int) -> None:
        """Nobody can be reached: a tone for an answered caller, else the status."""
        self.cancel_timers(("trying", "progress", "no_answer"))
        if self.call.caller.state == "answered":
            tone = tone_for_status(status) if status >= 400 else NUMBER_UNOBTAINABLE
            self.change(phase="tone", end_cause=f"not put through: SIP {status}")
            self.play_tone(tone)
            self.start_timer("tone", TONE_MS)
        else:
            self.end(f"not put through: SIP {status}", status_for_caller(status))

    def connect(self) -> None:
        """Both are there: let them hear each other and record."""
        attempt = self.call.attempt
        assert attempt is not None
        self.stop_playing(CALLER, attempt.number)
        self.change(phase="connected")
        self.bridge()
        if self.call.may_be_recorded and self.call.recording == "none":
            self.change(recording="running", recording_started_at_ms=self.at_ms)
            self.ask(StartRecording(attempt.number))

    def start_notice(self, number: LegNumber, overheard_by: tuple[LegNumber, ...] = ()) -> None:
        """Play the planned notice to a leg that can hear, unless it already plays or was played."""
        plan, leg = self.call.plan.notice, self.call.leg(number)
        if plan is None or self.call.notice is not None or leg is None or not (leg.usable and leg.media_ready):
            return
        self.change(
            notice=Notice(plan.prompt, plan.to, self.at_ms),
            playing_to=self.call.playing_to | {number, *overheard_by},
        )
        self.ask(PlayNotice(number, plan.prompt, overheard_by))

    def end_notice(self, completed: bool) -> None:
        notice = self.call.notice
        if notice is not None and notice.ended_at_ms is None:
            self.change(notice=replace(notice, ended_at_ms=self.at_ms, completed=completed))

    def end(self, cause: str, status: int = 603) -> None:
        """End everything that is left of the call."""
        if self.call.phase != "ending":
            self.change(phase="ending", end_cause=self.call.end_cause or cause, ended_at_ms=self.at_ms)
        self.end_notice(completed=False)
        self.cancel_timers(self.call.timers)
        self.stop_playing(*self.call.playing_to)
        self.stop_recording(cause)
        self.unbridge()
        for leg in self.call.legs:
            self.hang_up(leg.number, status)


def _trying(making: _Making, event: LegTrying) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or leg is not making.call.attempt or leg.state != "waiting":
        return
    making.set_leg(leg.now("trying"))
    making.cancel_timers(("trying",))
    if making.call.plan.emergency and making.call.targets_left:
        making.start_timer("progress", EMERGENCY_PROGRESS_MS)
    elif not making.call.plan.emergency:
        making.start_timer("no_answer", NO_ANSWER_MS)


def _progress(making: _Making, event: LegProgress) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or leg is not making.call.attempt or not leg.unanswered:
        return
    making.cancel_timers(("trying", "progress"))
    making.set_leg(replace(leg, state="ringing"))
    if not making.call.plan.emergency and "no_answer" not in making.call.timers:
        making.start_timer("no_answer", NO_ANSWER_MS)
    caller = making.call.caller
    if caller.unanswered:
        making.ask(RelayProgress(event.status, event.early_media))
    if event.early_media:
        making.stop_playing(CALLER)
        making.bridge()
    elif caller.state == "answered" and CALLER not in making.call.playing_to and not making.call.bridged:
        making.play_tone(RINGING)


def _answered(making: _Making, event: LegAnswered) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or event.leg == CALLER or not leg.alive:
        return
    if leg is not making.call.attempt or not leg.unanswered:
        # A 200 that crossed our CANCEL: the leg is up after all, and must be hung up again.
        if leg.state == "ending":
            making.ask(HangUp(leg.number))
        return
    making.cancel_timers(making.call.timers)
    making.set_leg(leg.now("answered"))
    making.change(answered_at_ms=making.at_ms)
    making.answer_caller()
    plan = making.call.plan.notice
    if plan is not None and plan.moment == "on_answer":
        making.unbridge()
        making.stop_playing(CALLER)
        making.change(phase="telling")
        making.start_timer("notice", NOTICE_START_MS)
        making.start_notice(leg.number, overheard_by=(CALLER,))
    else:
        making.connect()


def _ended(making: _Making, event: LegEnded) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or not leg.alive:
        return
    was = leg.state
    # Playing, bridge and recording are undone while the other leg can still be addressed.
    making.set_leg(leg.now("ended"))
    if making.call.phase == "ending":
        return
    if event.leg == CALLER:
        making.end(_cause("caller", event.status, was))
    elif leg.number != making.call.legs[-1].number or was == "ending":
        return
    elif was == "answered":
        making.end(_cause("called party", event.status, was))
    else:
        _attempt_failed(making, event.status, rang=was == "ringing")


def _attempt_failed(making: _Making, status: int, rang: bool) -> None:
    making.cancel_timers(("trying", "progress", "no_answer"))
    making.unbridge()
    if another_trunk_may_help(status, rang, making.call.plan.emergency):
        making.dial_next(status)
    else:
        making.fail(status)


def _cause(who: str, status: int, was: str) -> str:
    if was == "answered" and status >= 300:
        return f"the connection to the {who} was lost: SIP {status}"
    return f"{who} hung up"


def _media_ready(making: _Making, event: MediaReady) -> None:
    leg = making.call.leg(event.leg)
    if leg is None or not leg.alive:
        return
    making.set_leg(replace(leg, media_ready=True, held=event.held))
    if not leg.usable:
        return
    if making.call.bridged or leg.number in making.call.playing_to:
        making.ask(Reconnect(leg.number))
    attempt = making.call.attempt
    if making.call.phase == "notice" and leg.number == CALLER:
        making.start_notice(CALLER)
    elif making.call.phase == "telling" and attempt is not None and leg.number == attempt.number:
        making.start_notice(attempt.number, overheard_by=(CALLER,))


def _notice_started(making: _Making, event: NoticeStarted) -> None:
    if making.call.phase in ("notice", "telling"):
        making.start_timer("notice", event.duration_ms + NOTICE_GRACE_MS)


def _notice_ended(making: _Making, event: NoticeEnded) -> None:
    if making.call.notice is not None:
        _notice_over(making, event.completed)


def _notice_over(making: _Making, completed: bool) -> None:
    """Put the call through, whatever became of the notice: a call that was told nothing is merely not recorded."""
    if making.call.phase not in ("notice", "telling"):
        return
    making.cancel_timers(("notice",))
    making.end_notice(completed)
    making.stop_playing(*making.call.playing_to)
    if making.call.phase == "notice":
        making.dial_next(404)
    else:
        making.connect()


def _key_pressed(making: _Making, event: KeyPressed) -> None:
    call, attempt = making.call, making.call.attempt
    if not call.bridged or attempt is None or event.leg not in (CALLER, attempt.number):
        return
    other = attempt if event.leg == CALLER else call.caller
    if other.usable:
        making.ask(RelayKey(other.number, event.key, event.duration_ms))


def _timer_fired(making: _Making, event: TimerFired) -> None:
    if event.timer not in making.call.timers:
        return
    making.change(timers=making.call.timers - {event.timer})
    if event.timer == "notice":
        _notice_over(making, completed=False)
    elif event.timer == "tone":
        making.end("not put through")
    else:
        _give_up_attempt(making, 480 if event.timer == "no_answer" else 408)


def _give_up_attempt(making: _Making, status: int) -> None:
    attempt = making.call.attempt
    if attempt is None or not attempt.unanswered:
        return
    making.hang_up(attempt.number, 487)
    _attempt_failed(making, status, rang=attempt.state == "ringing")


def _hang_up_requested(making: _Making, event: HangUpRequested) -> None:
    making.end(event.cause)


def _recording_failed(making: _Making, event: RecordingFailed) -> None:
    if making.call.recording == "running":
        making.change(recording_fault=event.why)
        making.stop_recording(event.why)


_HANDLERS: dict[type[Event], Callable[[_Making, Any], None]] = {
    LegTrying: _trying,
    LegProgress: _progress,
    LegAnswered: _answered,
    LegEnded: _ended,
    MediaReady: _media_ready,
    NoticeStarted: _notice_started,
    NoticeEnded: _notice_ended,
    KeyPressed: _key_pressed,
    TimerFired: _timer_fired,
    HangUpRequested: _hang_up_requested,
    RecordingFailed: _recording_failed,
}
