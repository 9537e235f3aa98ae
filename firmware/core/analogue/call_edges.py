"""When a call begins and ends on a line that is only listened to, which way it goes, and whom it is with.

A line that has a *loop detector* is told by it when the phone is off its hook. Else voice and tones must tell: that
takes until somebody has spoken for a moment, and the line keeps the seconds before in memory, so that nothing is lost.

    idle ── off-hook, voice, dial tone, a key ──▶ seized ── it is known what call this is ──▶ talking
     ▲                                               │                                          │
     └──── on-hook, or nothing more to hear ◀────────┴──────── on-hook, silence, end tone ──────┘

*Seized* lasts until it is known whether a call is inbound (it rang) or outbound (dial tone, keys, ringing tone), and of
an outbound one until the whole number has been keyed: whether a call may be recorded can depend on that.
"""

from __future__ import annotations

from typing import Final, Literal

from firmware.core.analogue.dialled_number import DialledNumber
from firmware.core.analogue.line_calls import CallBegan, CallEnded, CallerNamed, EdgeRules, LineEvent
from firmware.core.analogue.line_tones import ENDING_TONES, ToneMeaning
from firmware.core.analogue.tone_ear import LineSound
from firmware.core.call_record import Direction, Party
from firmware.core.party_number import UNAVAILABLE

_State = Literal["idle", "seized", "talking"]
_NOTHING: tuple[LineEvent, ...] = ()
_FLASH_MS = 3_000  # so soon after a short break of the loop, dial tone is a recall's
_STEADY_MS = 100  # of loop current; that of ringing flows for 30 ms at a time
_DIALS_ANEW_MS = 1_500  # dial tone so long after a key is not what the key was dialled into
_DIAL_TONE_COMES_MS = 1_400  # so soon after lifting, if the phone was not lifted to answer
_KEYS = "0123456789*#"  # what a telephone has
_SAME_RING_MS = 4_000  # a modem may tell of a ring when the phone has been answered already


class LineEdges:
    """One line's calls. Every method gives what it means for them; times are on one clock, and do not go back.

    Attributes:
        wants_keys: whether telephone keys are to be told.
        rings_are_told: as the rules say, but for a modem that is away.
        may_begin: whether what is heard now may yet belong to a call that has not begun: keep it in memory.
        unproven: nothing has shown that nobody talks. Keys, or a call that begins, may be of one that seemed over.
        paused: the recording is. Silence is not held for the end so soon: what follows would be a call that is not.
    """

    def __init__(self, rules: EdgeRules) -> None:
        self._rules: Final = rules
        self.rings_are_told = rules.rings_are_told
        self.paused = False
        self._state: _State = "idle"
        self._off_hook = False
        self._opened_ms: int | None = None
        self._closing_ms: int | None = None
        self._flashed_ms: int | None = None
        self._rang_ms: int | None = None
        self._caller: Party | None = None
        self._caller_ms = 0
        self._inbound = False
        self.unproven = True
        self._over = False  # a tone has ended the last call, and the phone may still be off its hook
        self._forget_seized()
        self._began_ms = self._voice_ms = self._not_before_ms = 0
        self._paused_ms = -rules.silence_ends

    def _forget_seized(self, since_ms: int = 0) -> None:
        self._seized_ms = since_ms
        self._dialled = DialledNumber(plan=self._rules.plan)
        self._key_ms: int | None = None
        self._outbound = False
        self._tone_ms = 0
        self._first_voice_ms: int | None = None

    @property
    def state(self) -> _State:
        return self._state

    @property
    def wants_keys(self) -> bool:
        return self._state != "talking" and not self.unproven and not self._dialled.whole

    @property
    def may_begin(self) -> bool:
        return self._state != "talking"

    # -- what is heard ------------------------------------------------------------------------------------------------

    def heard(self, at_ms: int, sound: LineSound, begins_ms_ago: int | None, goes_on: bool) -> tuple[LineEvent, ...]:
        """The next block. ``begins_ms_ago``: enough voice to be the beginning of a call, and when it began; None: not
        enough. ``goes_on``: voice enough for a call that goes on."""
        opened = self._look_at_loop(at_ms)
        if opened:
            return opened
        if sound.tone is not None or sound.kind == "tone":
            self._tone_ms = at_ms
        if goes_on:
            self._voice_ms = at_ms
        if sound.tone == "dial":
            self.unproven = False
        match self._state:
            case "idle":
                return self._heard_idle(at_ms, sound, begins_ms_ago)
            case "seized":
                return self._heard_seized(at_ms, sound, begins_ms_ago)
            case "talking":
                return self._heard_talking(at_ms, sound)

    def _heard_idle(self, at_ms: int, sound: LineSound, begins_ms_ago: int | None) -> tuple[LineEvent, ...]:
        if self._over and sound.tone in ENDING_TONES:
            return _NOTHING
        if sound.tone in ("dial", "ringing") and self._may_be_seized:
            return self._seize(at_ms, outbound=True)
        if begins_ms_ago is not None and self._may_be_seized:
            return self._seize(at_ms - begins_ms_ago) or self._heard_seized(at_ms, sound, begins_ms_ago)
        return _NOTHING

    @property
    def _may_be_seized(self) -> bool:
        """By what is heard. With a loop detector only where the phone is known to be off its hook still."""
        return self._rules.hook == "voice" or self._off_hook

    def _heard_seized(self, at_ms: int, sound: LineSound, begins_ms_ago: int | None) -> tuple[LineEvent, ...]:
        if sound.tone in ENDING_TONES:
            # Nobody was reached, or the phone was forgotten off its hook.
            return self._leave(over=True)
        if sound.tone == "dial" or (sound.tone == "ringing" and not self._inbound):
            if sound.tone == "dial" and (self._key_ms is None or at_ms - self._key_ms > _DIALS_ANEW_MS):
                self._forget_seized(since_ms=self._seized_ms)
            self._outbound, self._inbound = True, False
        if begins_ms_ago is not None and self._first_voice_ms is None:
            self._first_voice_ms = max(at_ms - begins_ms_ago, self._seized_ms)
        if self._inbound:
            proven = self._rules.hook == "voice" or at_ms - self._seized_ms >= _DIAL_TONE_COMES_MS
            return self._begin(self._seized_ms, "inbound") if proven else _NOTHING
        if self._outbound:
            return self._dialling(at_ms, sound)
        return self._undecided(at_ms)

    def _dialling(self, at_ms: int, sound: LineSound) -> tuple[LineEvent, ...]:
        if sound.tone == "dial" and self._key_ms is None:
            return _NOTHING
        still_keying = self._key_ms is not None and at_ms - self._key_ms < self._rules.dialling_pause
        if still_keying and not self._dialled.whole and sound.tone != "ringing":
            return _NOTHING
        if self._first_voice_ms is not None:
            return self._begin(max(self._first_voice_ms - self._rules.ringing_kept, self._key_ms or 0), "outbound")
        silent_ms = at_ms - max(self._tone_ms, self._key_ms or 0, self._seized_ms)
        if self._rules.hook == "loop" and self._dialled.number and silent_ms >= self._rules.unheard:
            return self._begin(at_ms - self._rules.pre_roll, "outbound")
        return self._leave() if self._rules.hook == "voice" and silent_ms >= self._rules.silence_ends else _NOTHING

    def _undecided(self, at_ms: int) -> tuple[LineEvent, ...]:
        """No ring, no dial tone, no key so far."""
        if at_ms - self._seized_ms < self._rules.undecided:
            return _NOTHING
        if self._first_voice_ms is not None:
            direction: Direction = "outbound" if self.rings_are_told else "inbound"
            return self._begin(self._first_voice_ms - self._rules.pre_roll, direction)
        return _NOTHING if self._rules.hook == "loop" else self._leave()

    def _heard_talking(self, at_ms: int, sound: LineSound) -> tuple[LineEvent, ...]:
        if sound.tone in ENDING_TONES:
            return self._end(at_ms, _CAUSES[sound.tone], over=True, proven=False)
        if sound.tone == "dial" and not self._recalled(at_ms):
            return (*self._end(at_ms, "dial tone"), *self._seize(at_ms, outbound=True))
        if self.paused:
            self._paused_ms = at_ms
        elif at_ms - self._paused_ms < self._rules.silence_ends:
            return _NOTHING
        ends_ms = self._rules.paused_silence_ends if self.paused else self._rules.silence_ends
        if self._rules.hook == "voice" and at_ms - self._voice_ms >= ends_ms:
            return self._end(at_ms, "silence", proven=False)
        return _NOTHING

    # -- what is told -------------------------------------------------------------------------------------------------

    def rang(self, at_ms: int) -> tuple[LineEvent, ...]:
        """The modem tells of a ring: the phone is on its hook, or has just been answered."""
        if self._state == "talking" and (self._off_hook or at_ms - self._began_ms < _SAME_RING_MS):
            return _NOTHING  # call waiting, or a late word about the ring that was answered
        ended = self._end(at_ms, "the line rang again") if self._state == "talking" else _NOTHING
        if self._state == "seized" and self._outbound and not self._off_hook:
            self._leave()
        self._rang_ms = at_ms
        self.unproven = False
        self._inbound = self._state == "seized" and not self._outbound
        return ended

    def named(self, at_ms: int, caller: Party) -> tuple[LineEvent, ...]:
        """The network says who calls."""
        if self._state == "talking" and self._inbound:
            return (CallerNamed(at_ms, caller),)
        self._caller, self._caller_ms = caller, at_ms
        return _NOTHING

    def keyed(self, at_ms: int, key: str) -> tuple[LineEvent, ...]:
        """A telephone key was heard. It is kept while a number is being dialled, and not otherwise."""
        if key not in _KEYS or not self.wants_keys or self._inbound:
            return _NOTHING
        if self._state == "idle" and not self._may_be_seized:
            return _NOTHING
        if self._state == "idle":
            self._seize(at_ms)
        # One key without dial tone before it may be a voice that sounds like one.
        self._outbound = self._outbound or self._key_ms is not None
        self._dialled, self._key_ms = self._dialled.with_key(key), at_ms
        if self._outbound:
            self._first_voice_ms = None
        return _NOTHING

    @property
    def off_hook(self) -> bool:
        """Whether the loop detector says so, or said so less than a recall ago."""
        return self._off_hook

    def loop(self, at_ms: int, closed: bool) -> tuple[LineEvent, ...]:
        """The loop detector: current flows (the phone is off its hook), or none does. Ringing current flickers."""
        if self._rules.hook != "loop":
            return _NOTHING
        if not closed:
            self._closing_ms = None
            if not self._off_hook:
                self.unproven = False
            elif self._opened_ms is None:
                self._opened_ms = at_ms
            return _NOTHING
        over = self._look_at_loop(at_ms)
        if self._opened_ms is not None:
            self._opened_ms, self._flashed_ms = None, at_ms
        if not self._off_hook and self._closing_ms is None:
            self._closing_ms = at_ms
        return over

    def lost(self, at_ms: int, cause: str) -> tuple[LineEvent, ...]:
        """The line can no longer be heard, and will not be soon."""
        self._off_hook, self._opened_ms, self._closing_ms = False, None, None
        return self._end(at_ms, cause, proven=False) if self._state == "talking" else self._leave()

    def _lift(self, at_ms: int) -> None:
        self._off_hook, self._over, self._closing_ms = True, False, None
        self._not_before_ms = max(self._not_before_ms, at_ms)
        self._seize(at_ms)

    def _look_at_loop(self, at_ms: int) -> tuple[LineEvent, ...]:
        """Whether the loop has been closed, or open, for long enough to be a phone off its hook, or on it."""
        if self._closing_ms is not None and at_ms - self._closing_ms >= _STEADY_MS:
            self._lift(self._closing_ms)
        if self._opened_ms is None or at_ms - self._opened_ms < self._rules.clear:
            return _NOTHING
        opened_ms, self._opened_ms, self._off_hook, self.unproven = self._opened_ms, None, False, False
        if self._state == "talking":
            return self._end(opened_ms, "the phone was hung up")
        return self._leave()

    def _recalled(self, at_ms: int) -> bool:
        return self._flashed_ms is not None and at_ms - self._flashed_ms < _FLASH_MS

    # -- from one state to the next -----------------------------------------------------------------------------------

    def _seize(self, at_ms: int, *, outbound: bool = False) -> tuple[LineEvent, ...]:
        self._forget_seized()
        self._state, self._over = "seized", False
        self._seized_ms = max(at_ms, self._not_before_ms)
        rang = self._rang_ms is not None and at_ms - self._rang_ms <= self._rules.ring_holds
        self._inbound, self._outbound = rang and not outbound, outbound
        return _NOTHING

    def _begin(self, at_ms: int, direction: Direction) -> tuple[LineEvent, ...]:
        if direction == "inbound" and self._rules.hook == "voice":
            at_ms = (self._first_voice_ms or at_ms) - self._rules.pre_roll
        began_ms = max(at_ms, self._not_before_ms)
        self._state, self._began_ms, self._voice_ms = "talking", began_ms, max(began_ms, self._voice_ms)
        if direction == "inbound":
            self._inbound = True
            caller = self._known_caller(began_ms)
            self._caller = None
            return (CallBegan(began_ms, direction, caller or UNAVAILABLE),)
        number, self._dialled = self._dialled.number, DialledNumber(plan=self._rules.plan)
        far = Party(number=number) if number else UNAVAILABLE
        return (CallBegan(began_ms, direction, far, number),)

    def _known_caller(self, at_ms: int) -> Party | None:
        """Who was said to call, if that was about this ringing."""
        last_ms = max(self._caller_ms, self._rang_ms or 0)
        return self._caller if at_ms - last_ms <= self._rules.ring_holds else None

    def _end(self, at_ms: int, cause: str, *, over: bool = False, proven: bool = True) -> tuple[LineEvent, ...]:
        self._leave(over=over)
        self.unproven = not proven
        self._not_before_ms = at_ms
        return (CallEnded(at_ms, cause),)

    def _leave(self, *, over: bool = False) -> tuple[LineEvent, ...]:
        self._forget_seized()
        self._state, self._inbound, self._over = "idle", False, over
        return _NOTHING


_CAUSES: dict[ToneMeaning, str] = {
    "busy": "engaged tone",
    "congestion": "congestion tone",
    "unobtainable": "unobtainable tone",
}
