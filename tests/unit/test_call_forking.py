"""Several phones ring for one call: the first to answer has it, and every other stops ringing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.call import Call, open_call, step
from firmware.core.call.effects import (
    ANSWERED_ELSEWHERE,
    AnswerCaller,
    Bridge,
    Dial,
    Effect,
    HangUp,
    PlayTone,
    RelayProgress,
    StartRecording,
    Target,
    TransferProgress,
    Unbridge,
)
from firmware.core.call_record import OPTED_OUT, Party
from firmware.core.call_tones import BUSY
from firmware.core.events import (
    Event,
    HangUpRequested,
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTrying,
    MediaReady,
    TimerFired,
    TransferAsked,
)
from tests.unit.played_call import ALWAYS, ANNOUNCED, INBOUND, NEVER, PAUSABLE, Play, connected, matters

DESK = Target("office", "201", phone="desk")
SOFT = Target("office", "201", phone="soft", beside=True)
COLLEAGUE = Target("office", "202", phone="colleague", beside=True)
TOGETHER = replace(INBOUND, targets=(DESK, SOFT, COLLEAGUE))
IN_TURN = replace(
    INBOUND,
    targets=(
        replace(DESK, ring_ms=20_000),
        replace(SOFT, ring_ms=20_000),
        replace(COLLEAGUE, beside=False, ring_ms=20_000),
    ),
)


def test_phones_of_one_call_are_dialled_at_the_same_moment() -> None:
    assert [effect for effect in Play(TOGETHER).all if isinstance(effect, Dial)] == [
        Dial(1, DESK),
        Dial(2, SOFT),
        Dial(3, COLLEAGUE),
    ]


def test_the_first_to_answer_has_the_call_and_the_others_are_told_that_it_was_answered_elsewhere() -> None:
    play = Play(TOGETHER)
    play(LegTrying(1), LegTrying(2), LegProgress(3, 180), LegProgress(1, 180))
    assert matters(play(LegAnswered(2))) == [
        AnswerCaller(),
        HangUp(1, ANSWERED_ELSEWHERE),
        HangUp(3, ANSWERED_ELSEWHERE),
        Bridge(0, 2),
        StartRecording(2, 0),
    ]
    play(LegEnded(1, 487), LegEnded(3, 487))
    assert play.call.shown_state == "connected"


def test_of_two_that_answer_at_once_one_is_hung_up_again() -> None:
    play = Play(TOGETHER)
    play(LegTrying(1), LegTrying(2), LegAnswered(1))
    assert matters(play(LegAnswered(2))) == [HangUp(2)]
    assert play.call.called_leg == 1


def test_whoever_answers_is_the_offices_party_and_decides_about_the_recording() -> None:
    plan = replace(TOGETHER, office_party=Party("+441632960001"), phone_decisions={"201": PAUSABLE, "202": NEVER})
    for leg, extension, decision in ((2, "201", PAUSABLE), (3, "202", NEVER)):
        play = Play(plan)
        effects = play(LegAnswered(leg))
        assert play.call.plan.office_party == Party(extension, network_number="+441632960001")
        assert play.call.plan.decision == decision
        assert any(isinstance(effect, StartRecording) for effect in effects) == decision.record


def test_a_caller_who_asked_not_to_be_recorded_is_not_whoever_answers() -> None:
    play = Play(replace(TOGETHER, decision=NEVER, phone_decisions={"201": ALWAYS}))
    play.call = replace(play.call, tags=(OPTED_OUT,))
    assert not any(isinstance(effect, StartRecording) for effect in play(LegAnswered(1)))


def test_phones_that_do_not_answer_the_box_do_not_keep_the_others_from_ringing() -> None:
    play = Play(TOGETHER)
    play(LegProgress(2, 180))
    assert "trying" in play.call.timers
    assert matters(play(TimerFired("trying"))) == [HangUp(1, 487), HangUp(3, 487)]
    assert matters(play(LegAnswered(2)))[0] == AnswerCaller()


def test_several_phones_are_one_ringing_to_the_caller_whatever_sound_they_send() -> None:
    play = Play(TOGETHER)
    assert matters(play(LegProgress(1, 183, early_media=True))) == [RelayProgress(180, False)]
    assert not any(isinstance(effect, Bridge | Unbridge) for effect in play.all)


def test_a_call_fails_when_the_last_phone_has_and_busy_says_more_than_silence() -> None:
    play = Play(TOGETHER)
    play(LegTrying(1), LegTrying(2), LegTrying(3))
    assert matters(play(LegEnded(1, 486), LegEnded(2, 408))) == []
    assert matters(play(LegEnded(3, 480))) == [HangUp(0, 486)]


def test_a_phone_that_is_off_is_no_fault_of_the_network() -> None:
    play = Play(replace(INBOUND, targets=(DESK,)))
    assert matters(play(LegEnded(1, 503))) == [HangUp(0, 480)]


def test_a_caller_who_was_told_hears_busy_when_every_phone_is() -> None:
    play = Play(replace(ANNOUNCED, targets=TOGETHER.targets))
    play(MediaReady(0), TimerFired("notice"))
    play(*(LegEnded(leg, 486) for leg in (1, 2, 3)))
    assert PlayTone(0, BUSY) in play.last


def test_a_caller_who_gives_up_leaves_no_phone_ringing() -> None:
    play = Play(TOGETHER)
    play(LegProgress(1, 180), LegProgress(2, 180))
    effects = play(LegEnded(0, 487))
    assert {effect.leg for effect in effects if isinstance(effect, HangUp)} == {1, 2, 3}


@pytest.mark.parametrize("why", [TimerFired("no_answer"), LegEnded(1, 486)])
def test_phones_in_turn_ring_one_extension_after_the_other(why: Event) -> None:
    play = Play(IN_TURN)
    assert [effect.leg for effect in play.all if isinstance(effect, Dial)] == [1, 2]
    play(LegProgress(1, 180), LegProgress(2, 180), LegEnded(2, 480))
    assert Dial(3, IN_TURN.targets[2]) in play(why)
    assert not any(isinstance(effect, HangUp) and effect.leg == 0 for effect in play.all)


def test_the_last_in_turn_rings_for_as_long_as_the_call_may() -> None:
    play = Play(IN_TURN)
    first = next(effect for effect in play(LegTrying(1)) if getattr(effect, "timer", "") == "no_answer")
    play(LegTrying(2), TimerFired("no_answer"))
    last = next(effect for effect in play(LegTrying(3)) if getattr(effect, "timer", "") == "no_answer")
    assert (getattr(first, "after_ms", 0), getattr(last, "after_ms", 0)) == (20_000, INBOUND.no_answer_ms)


def test_a_transfer_to_an_extension_rings_all_its_phones_until_one_answers() -> None:
    play = connected(INBOUND)
    play(TransferAsked(1, "202", targets=(DESK, SOFT)))
    play(LegTrying(2), LegProgress(3, 180))
    effects = matters(play(LegAnswered(3)))
    assert HangUp(2, ANSWERED_ELSEWHERE) in effects
    assert TransferProgress(1, 200) in effects
    assert play.call.party_at("office") == Party("201")
    assert play.call.called_leg == 3


_LEGS = st.integers(0, 4)
_HAPPENINGS: st.SearchStrategy[Event] = st.one_of(
    st.builds(LegTrying, _LEGS),
    st.builds(LegProgress, _LEGS, st.sampled_from([180, 183]), st.booleans()),
    st.builds(LegAnswered, _LEGS),
    st.builds(LegEnded, _LEGS, st.sampled_from([200, 404, 408, 480, 486, 487, 603])),
    st.builds(MediaReady, _LEGS, st.booleans()),
    st.builds(TimerFired, st.sampled_from(["trying", "no_answer", "notice", "tone", "transfer"])),
    st.builds(TransferAsked, _LEGS, st.just("202"), targets=st.just((DESK, SOFT))),
    st.just(HangUpRequested("asked")),
)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from([TOGETHER, IN_TURN, replace(TOGETHER, notice=ANNOUNCED.notice)]), st.lists(_HAPPENINGS, max_size=25)
)
def test_one_leg_is_bridged_at_most_and_none_is_left_ringing(plan: object, events: Sequence[Event]) -> None:
    assert isinstance(plan, type(INBOUND))
    call, effects = open_call(plan, 0)
    bridged: set[int] = set()
    for at_ms, event in enumerate(events, 1):
        call, effects = step(call, event, at_ms * 100)
        bridged = _bridged(bridged, effects)
        assert len(bridged) <= 1
        _nobody_rings_in_vain(call)
    ending: list[Event] = [HangUpRequested("asked"), *(LegEnded(leg.number) for leg in call.legs)]
    for event in ending:
        call, _ = step(call, event, 100_000)
    assert call.over
    assert not any(leg.alive for leg in call.legs)


def _bridged(before: set[int], effects: Sequence[Effect]) -> set[int]:
    for effect in effects:
        if isinstance(effect, Bridge):
            assert not before
            before = {effect.called}
        elif isinstance(effect, Unbridge):
            before = set()
    return before


def _nobody_rings_in_vain(call: Call) -> None:
    """A leg that is dialled and not answered is one that somebody waits for."""
    waited_for = {*call.fork.legs, *(call.transfer.legs if call.transfer else ())}
    ringing = {leg.number for leg in call.legs[1:] if leg.unanswered}
    assert ringing <= waited_for
    assert call.phase in ("dialling", "connected") or not ringing
