"""Codes dialled as calls of their own: which call they are about, what is spoken, and greetings by telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call.code_call import (
    CONFIRMATIONS,
    LONGEST_GREETING_MS,
    CodeCall,
    CodeStep,
    greeting_id,
    open_code_call,
    open_greeting_call,
    step_code_call,
)
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
from firmware.core.call.same_phone import call_of_phone
from firmware.core.events import (
    Event,
    GreetingRecorded,
    HangUpRequested,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
    TimerFired,
)
from firmware.core.leg import PhoneIdentity
from tests.unit.played_call import INBOUND, OUTBOUND, Play, matters

PBX = "192.0.2.10"


def phone(user: str, contact: str = "", source: str = PBX) -> PhoneIdentity:
    return PhoneIdentity(contact or f"sip:{user}@{source}", user, source)


def inbound(call_id: str, at: PhoneIdentity | None, held: bool = False, now: int = 1_000_000) -> Play:
    """A call that was put through to a phone."""
    play = Play(replace(INBOUND, call_id=call_id))
    play.now = now
    play(LegTrying(1), MediaReady(1), LegAnswered(1, at), *([MediaReady(1, held=True)] if held else []))
    return play


def outbound(call_id: str, at: PhoneIdentity, held: bool = False) -> Play:
    """A call that a phone made."""
    play = Play(replace(OUTBOUND, call_id=call_id, phone=at))
    play(LegTrying(1), MediaReady(1), LegAnswered(1), *([MediaReady(0, held=True)] if held else []))
    return play


def meant(by: PhoneIdentity, *plays: Play) -> str | None:
    call = call_of_phone(by, [play.call for play in plays])
    return None if call is None else call.plan.call_id


def test_the_call_on_hold_at_the_same_phone_is_meant() -> None:
    mine, other = inbound("mine", phone("201"), held=True), inbound("other", phone("202"), held=True)
    assert meant(phone("201"), mine, other) == "mine"
    assert meant(phone("202"), mine, other) == "other"
    assert meant(phone("203"), mine, other) is None


def test_a_call_that_the_phone_made_itself_is_found_as_well() -> None:
    assert meant(phone("201"), outbound("mine", phone("201"), held=True), outbound("b", phone("202"))) == "mine"


def test_of_several_the_one_on_hold_is_meant_and_without_hold_only_an_only_one() -> None:
    talking, held = inbound("talking", phone("201")), inbound("held", phone("201"), held=True)
    assert meant(phone("201"), talking, held) == "held"
    assert meant(phone("201"), talking) == "talking"
    assert meant(phone("201"), talking, inbound("too", phone("201"))) is None


def test_of_several_on_hold_at_one_phone_the_last_is_meant() -> None:
    first, last = (
        inbound("first", phone("201"), held=True),
        inbound("last", phone("201"), held=True, now=2_000_000),
    )
    assert meant(phone("201"), last, first) == "last"


def test_behind_an_exchange_with_one_contact_for_all_the_user_tells_phones_apart() -> None:
    shared = "sip:pbx@192.0.2.10"
    calls = [inbound(user, phone(user, shared), held=True) for user in ("201", "202")]
    assert meant(phone("202", shared), *calls) == "202"


def test_where_it_stays_in_doubt_no_call_is_meant() -> None:
    """To pause the wrong call would be to record a card number."""
    shared = "sip:pbx@192.0.2.10"
    calls = [inbound(user, phone(user, shared), held=True) for user in ("201", "202")]
    assert meant(phone("203", shared), *calls) is None
    assert meant(PhoneIdentity(source=PBX), *calls) is None


def test_a_call_out_of_another_extension_is_not_meant_because_it_shares_the_exchange() -> None:
    shared = "sip:pbx@192.0.2.10"
    assert meant(phone("201", shared), outbound("other", phone("202", shared), held=True)) is None
    # One that was called may be known by a number of its own: then it is enough that there is no other.
    assert meant(phone("201", shared), inbound("called", phone("01632960100", shared), held=True)) == "called"


def test_a_phone_of_which_nothing_is_known_means_nothing() -> None:
    assert meant(PhoneIdentity(), inbound("a", phone("201"), held=True)) is None
    assert meant(phone("201"), inbound("a", None, held=True)) is None
    assert meant(phone("201")) is None


class CodePlay:
    """A call to a code being played through."""

    def __init__(self, opened: CodeStep) -> None:
        self.call, self.last = opened[0], list(opened[1])
        self.all = list(self.last)
        self.timers: set[str] = set()
        self._note_timers(self.last)

    def __call__(self, *events: Event) -> list[Effect]:
        self.last = []
        for event in events:
            if isinstance(event, TimerFired):
                self.timers.discard(event.timer)
            self.call, effects = step_code_call(self.call, event)
            self._note_timers(effects)
            self.last.extend(effects)
        self.all.extend(self.last)
        return matters(self.last)

    def _note_timers(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, StartTimer):
                self.timers.add(effect.timer)
            elif isinstance(effect, CancelTimer):
                self.timers.discard(effect.timer)


def test_a_code_is_answered_spoken_to_and_hung_up() -> None:
    play = CodePlay(open_code_call("c1", CONFIRMATIONS["pause"]))
    assert matters(play.last) == [AnswerCaller()]
    assert play(MediaReady(0)) == [PlayNotice(0, "paused")]
    assert play(NoticeStarted(0, 900)) == []
    assert StartTimer("notice", 3900) in play.last
    assert play(NoticeEnded(0, True)) == [StopPlaying(0), HangUp(0)]
    assert play(LegEnded(0)) == [CallOver()]
    assert play.call.over


def test_a_code_call_whose_prompt_cannot_be_played_or_that_hears_nothing_ends_all_the_same() -> None:
    unheard = CodePlay(open_code_call("c1", "paused"))
    assert unheard(TimerFired("notice")) == [HangUp(0)]
    silent = CodePlay(open_code_call("c1", "paused"))
    assert silent(MediaReady(0), TimerFired("notice"))[-1] == HangUp(0)


def test_a_greeting_is_recorded_until_hash_and_heard_back() -> None:
    play = CodePlay(open_greeting_call("c1", "greeting-201"))
    assert play(MediaReady(0)) == [PlayNotice(0, "record-greeting")]
    recording = RecordGreeting(0, "greeting-201", LONGEST_GREETING_MS)
    assert play(NoticeEnded(0, True)) == [StopPlaying(0), recording]
    assert play(KeyPressed(0, "5")) == []
    assert play(KeyPressed(0, "#")) == [EndGreeting(0)]
    assert play(GreetingRecorded(0, "greeting-201", kept=True)) == [PlayNotice(0, "greeting-kept")]
    assert play(NoticeEnded(0, True)) == [StopPlaying(0), PlayNotice(0, "greeting-201")]
    assert play(NoticeEnded(0, True)) == [StopPlaying(0), HangUp(0)]


def test_a_greeting_has_a_longest_and_one_of_silence_is_not_played() -> None:
    play = CodePlay(open_greeting_call("c1", "greeting-201"))
    play(MediaReady(0), NoticeEnded(0, True))
    assert StartTimer("greeting", 60_000) in play.last
    assert play(TimerFired("greeting")) == [EndGreeting(0)]
    assert play(GreetingRecorded(0, "greeting-201", kept=False)) == [HangUp(0)]


def test_hanging_up_while_a_greeting_is_spoken_ends_it() -> None:
    play = CodePlay(open_greeting_call("c1", "greeting-201"))
    play(MediaReady(0), NoticeEnded(0, True))
    assert play(LegEnded(0)) == [CallOver()]
    assert CancelTimer("greeting") in play.last
    assert play(GreetingRecorded(0, "greeting-201", kept=True)) == []


def test_a_greeting_is_named_after_its_extension_whatever_that_is_called() -> None:
    assert greeting_id("201") == "greeting-201"
    assert greeting_id("Front Desk/../x") == "greeting-front-desk-x"
    assert greeting_id(None) == "greeting"
    assert len(greeting_id("1" * 80)) == 32


_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(MediaReady, st.just(0)),
    st.builds(NoticeStarted, st.just(0), st.integers(0, 5000)),
    st.builds(NoticeEnded, st.just(0), st.booleans()),
    st.builds(KeyPressed, st.just(0), st.sampled_from("5#*")),
    st.builds(GreetingRecorded, st.just(0), st.just("greeting-201"), st.booleans()),
    st.builds(TimerFired, st.sampled_from(["notice", "greeting"])),
    st.builds(HangUpRequested, st.just("asked")),
    st.builds(LegEnded, st.just(0)),
)


@given(st.sampled_from(["", "greeting-201"]), st.lists(_EVENTS, max_size=20))
def test_every_code_call_ends_whatever_comes_and_waits_for_nothing_for_ever(
    greeting: str, events: Sequence[Event]
) -> None:
    play = CodePlay(open_greeting_call("c1", greeting) if greeting else open_code_call("c1", "paused"))
    for event in events:
        if not isinstance(event, TimerFired) or event.timer in play.timers:
            play(event)
        assert play.timers or play.call.phase in ("ending", "over")
    play(HangUpRequested("asked"), LegEnded(0))
    assert play.call.over
    assert sum(isinstance(effect, CallOver) for effect in play.all) == 1
    assert play.timers == set()
    assert sum(isinstance(effect, HangUp) for effect in play.all) <= 1


def test_a_code_call_that_is_over_takes_nothing_in() -> None:
    over = CodeCall("c1", (), phase="over")
    assert step_code_call(over, MediaReady(0)) == (over, ())
