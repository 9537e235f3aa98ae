"""A step in the making: the stages and building blocks from which a call's reactions are put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from firmware.core.call.effects import (
    Announce,
    AnswerCaller,
    Beep,
    Bridge,
    CallOver,
    CancelTimer,
    Dial,
    Effect,
    HangUp,
    PlayNotice,
    PlayTone,
    StartRecording,
    StartTimer,
    StopPlaying,
    StopRecording,
    Unbridge,
)
from firmware.core.call.failure import status_for_caller
from firmware.core.call.fork import Fork
from firmware.core.call.state import Call
from firmware.core.call_record import STILL_PAUSED, Notice, Party, Side
from firmware.core.call_tones import NUMBER_UNOBTAINABLE, CallTone, tone_for_status
from firmware.core.events import Timer
from firmware.core.leg import Leg, LegNumber, Target, dialled_together

# A live peer says 100 within 200 ms (RFC 3261 §17.2.1); three retransmissions without one and it is taken for dead.
TRYING_MS = 4_000
# A trunk that took an emergency call and then says nothing is given up for the next one.
EMERGENCY_PROGRESS_MS = 10_000
# From answering the caller to sound: a caller whose phone never sends the ACK is put through all the same.
NOTICE_START_MS = 8_000
NOTICE_GRACE_MS = 3_000
TONE_MS = 10_000

# What is waited for until the party called answers.
REACHING_TIMERS: tuple[Timer, ...] = ("trying", "progress", "no_answer", "notice")
PAUSE_TIMERS: tuple[Timer, ...] = ("reminder", "resume")
# Of whatever happens in a call; more than its record lists, which then says that it is not everything.
MOST_KEPT = 200

Step = tuple[Call, tuple[Effect, ...]]
_Told = TypeVar("_Told")


class Making:
    """A step in the making: the call so far and the effects so far. Lives for one step only.

    ``at_ms`` is when the event reached the box, ``late_ms`` how long it waited there until now.
    """

    def __init__(self, call: Call, at_ms: int, late_ms: int = 0) -> None:
        self.call = call
        self.at_ms = at_ms
        self.late_ms = late_ms
        self.effects: list[Effect] = []

    def result(self) -> Step:
        if any(len(told) > MOST_KEPT for told in (self.call.holds, self.call.parties, self.call.announcements)):
            self._forget_the_oldest()
        if not any(leg.alive for leg in self.call.legs) and not self.call.over:
            self.change(over=True, ended_at_ms=self.call.ended_at_ms or self.at_ms)
            self.effects.append(CallOver())
        return self.call, tuple(self.effects)

    def _forget_the_oldest(self) -> None:
        """A party can go on hold, or be renamed, ten times a second for hours: no step may take longer for it."""
        call = self.call
        self.change(
            holds=_newest(call.holds, lambda hold: hold.ended_at_ms is None),
            announcements=_newest(call.announcements, lambda said: said.ended_at_ms is None),
            parties=_newest(call.parties, lambda change: change.party is call.party_at(change.side)),
        )

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
        """End a leg. On a line that only listens nobody is told: it listens no longer."""
        leg = self.call.leg(number)
        if leg is None or not leg.usable:
            return
        if self.call.plan.capabilities.ends_calls:
            self.set_leg(leg.now("ending"))
            self.ask(HangUp(number, status))
        else:
            self.set_leg(leg.now("ended"))

    def play_tone(self, tone: CallTone, number: LegNumber) -> None:
        """Let a leg hear a tone and nothing else."""
        self.stop_playing(number)
        self.change(playing_to=self.call.playing_to | {number})
        self.ask(PlayTone(number, tone))

    def announce(self, prompt: str, *sides: Side) -> None:
        """Speak over the call to these sides, as far as they can hear it. Nothing is said in an emergency call."""
        if self._stays_silent or not prompt:
            return
        heard = [(side, leg.number) for side in sides if (leg := self.call.listening(side)) is not None]
        if not heard:
            return
        said = tuple(Notice(prompt, _heard_as(side), self.at_ms) for side, _ in heard)
        self.change(announcements=self.call.announcements + said)
        self.ask(Announce(tuple(number for _, number in heard), prompt))

    def beep(self, tone: CallTone, *sides: Side) -> None:
        """One burst of a tone over what these sides hear, as far as they can. None in an emergency call."""
        heard = [leg.number for side in sides if (leg := self.call.listening(side)) is not None]
        if heard and not self._stays_silent:
            self.ask(Beep(tuple(heard), tone))

    @property
    def _stays_silent(self) -> bool:
        return self.call.plan.emergency or not self.call.plan.capabilities.announces

    def end_announcements(self, completed: bool, *sides: Side) -> None:
        """Note that whatever is still being said, or said to these sides, is over."""
        to = {_heard_as(side) for side in sides}
        for at, said in enumerate(self.call.announcements):
            if said.ended_at_ms is None and (not to or said.to in to):
                self._end_announcement(at, completed)

    def end_announcement(self, prompt: str, side: Side, completed: bool) -> None:
        """Note that one prompt to one side is over: the one that began first."""
        for at, said in enumerate(self.call.announcements):
            if (said.prompt, said.to, said.ended_at_ms) == (prompt, _heard_as(side), None):
                self._end_announcement(at, completed)
                return

    def _end_announcement(self, at: int, completed: bool) -> None:
        said = self.call.announcements
        over = replace(said[at], ended_at_ms=self.at_ms, completed=completed)
        self.change(announcements=(*said[:at], over, *said[at + 1 :]))

    def tag(self, tag: str) -> None:
        if tag not in self.call.tags:
            self.change(tags=(*self.call.tags, tag))

    def untag(self, tag: str) -> None:
        self.change(tags=tuple(each for each in self.call.tags if each != tag))

    def stop_playing(self, *numbers: LegNumber) -> None:
        for number in numbers:
            leg = self.call.leg(number)
            if number in self.call.playing_to and leg is not None and leg.alive:
                self.ask(StopPlaying(number))
        self.change(playing_to=self.call.playing_to - set(numbers))

    def bridge(self) -> None:
        """Let the parties hear each other. Where the line only listens they do already."""
        attempt = self.call.attempt
        if attempt is not None and not self.call.bridged and self.call.plan.capabilities.ends_calls:
            self.change(bridged=True)
            self.ask(Bridge(self.call.caller.number, attempt.number))

    def unbridge(self) -> None:
        attempt = self.call.attempt
        if not self.call.bridged or attempt is None:
            return
        self.change(bridged=False)
        if self.call.caller.alive and attempt.alive:
            self.ask(Unbridge(self.call.caller.number, attempt.number))

    def start_recording(self, started_on: Literal["policy", "on demand"]) -> None:
        """Record from now; paused, if somebody asked for that before there was anything to pause."""
        attempt, pause = self.call.attempt, self.call.open_pause
        assert attempt is not None
        if pause is not None:
            self.change(pauses=(*self.call.pauses[:-1], replace(pause, started_at_ms=self.at_ms)))
        self.change(
            recording="running" if pause is None else "paused",
            recording_started_at_ms=self.at_ms,
            started_on=started_on,
        )
        self.ask(StartRecording(attempt.number, self.call.caller.number, paused=pause is not None))

    def stop_recording(self, cause: str) -> None:
        if not self.call.on_record:
            return
        self.end_pause(STILL_PAUSED)
        self.cut_pause_short()
        self.change(recording="stopped", recording_ended_at_ms=self.at_ms)
        self.ask(StopRecording(cause))

    def end_pause(self, resumed_how: str, resumed_who: str = "") -> None:
        """Note that the pause is over. One of which nothing was missed, for want of a recording, never was."""
        pause = self.call.open_pause
        if pause is None:
            return
        over = replace(pause, ended_at_ms=self.at_ms, resumed_how=resumed_how, resumed_who=resumed_who)
        earlier = self.call.pauses[:-1]
        self.change(pauses=(*earlier, over) if self.call.on_record else earlier)
        self.change(resumes_at_ms=None, reminder_unheard=False)
        self.cancel_timers(PAUSE_TIMERS)

    def cut_pause_short(self) -> None:
        """A pause that was resumed, and would be over in a moment, is over now: something else begins, or all ends."""
        pause = self.call.pauses[-1] if self.call.pauses else None
        if pause is not None and pause.ended_at_ms is not None and pause.ended_at_ms > self.at_ms:
            over = replace(pause, ended_at_ms=max(self.at_ms, pause.started_at_ms))
            self.change(pauses=(*self.call.pauses[:-1], over))

    # The stages of a call.

    def listen(self) -> None:
        """Join a call that goes on between others."""
        self.set_leg(replace(self.call.caller, state="answered", media_ready=True))
        called = Leg(len(self.call.legs), "answered", media_ready=True)
        self.set_leg(called)
        self.change(called_leg=called.number, answered_at_ms=self.at_ms)
        self.connect()

    def dial_next(self, last_status: int) -> None:
        """Dial the next target; without one, tell the caller that it failed with ``last_status``."""
        if not self.call.targets_left:
            self.fail(last_status)
            return
        targets = dialled_together(self.call.plan.targets[self.call.attempts :])
        legs = self.dial(targets)
        self.change(phase="dialling", called_leg=legs[0], fork=Fork(legs), attempts=self.call.attempts + len(targets))
        # The last trunk of an emergency call keeps its full time: there is nothing better to do with it.
        if self.call.targets_left or not self.call.plan.emergency:
            self.start_timer("trying", TRYING_MS)

    def dial(
        self, targets: Sequence[Target], outside: bool = False, calling: Party | None = None, replaces: str = ""
    ) -> tuple[LegNumber, ...]:
        """Dial a leg to each of these; gives their numbers."""
        first = len(self.call.legs)
        for target in targets:
            leg = Leg.to(len(self.call.legs), target, outside)
            self.set_leg(leg)
            self.ask(Dial(leg.number, target, calling, replaces))
        return tuple(range(first, len(self.call.legs)))

    def fail(self, status: int) -> None:
        """Nobody can be reached: a tone for an answered caller, else the status."""
        self.cancel_timers(("trying", "progress", "no_answer"))
        if self.call.caller.state == "answered":
            tone = tone_for_status(status) if status >= 400 else NUMBER_UNOBTAINABLE
            self.change(phase="tone", end_cause=f"not put through: SIP {status}")
            self.play_tone(tone, self.call.caller.number)
            self.start_timer("tone", TONE_MS)
        else:
            self.end(f"not put through: SIP {status}", status_for_caller(status))

    def connect(self) -> None:
        """Both are there: let them hear each other and record."""
        attempt = self.call.attempt
        assert attempt is not None
        self.stop_playing(self.call.caller.number, attempt.number)
        self.change(phase="connected")
        self.bridge()
        if self.call.may_be_recorded and self.call.recording == "none":
            self.start_recording("policy")
        elif not self.call.on_record:
            self.end_pause("")

    def start_notice(self, number: LegNumber, overheard_by: tuple[LegNumber, ...] = ()) -> None:
        """Play the planned notice to a leg that can hear, unless it already plays or was played."""
        plan, leg = self.call.plan.notice, self.call.leg(number)
        if plan is None or self.call.notice is not None or leg is None or not (leg.usable and leg.media_ready):
            return
        self.change(
            stage="notice",
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
        self.end_announcements(completed=False)
        self.cancel_timers(self.call.timers)
        self.stop_playing(*self.call.playing_to)
        self.stop_recording(cause)
        self.end_pause(STILL_PAUSED)
        self.unbridge()
        for leg in self.call.legs:
            self.hang_up(leg.number, status)


def _heard_as(side: Side) -> Literal["far_party", "office_party"]:
    return "office_party" if side == "office" else side


def _newest(told: tuple[_Told, ...], holds_still: Callable[[_Told], bool]) -> tuple[_Told, ...]:
    """The newest, and of the older what holds still."""
    return (*filter(holds_still, told[:-MOST_KEPT]), *told[-MOST_KEPT:])
