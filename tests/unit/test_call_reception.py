"""What a caller meets before being put through: greeting, notice, opt-out and menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.call import CallPlan, open_call, step
from firmware.core.call.effects import (
    AnswerCaller,
    Bridge,
    CallOver,
    Dial,
    Effect,
    HangUp,
    PlayNotice,
    RelayKey,
    StartRecording,
    StartTimer,
    StopPlaying,
    Target,
    legs_addressed,
)
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
    TimerFired,
)
from firmware.core.notice_plan import OptOut
from firmware.core.reception import Reception
from tests.unit.received_call import (
    ALWAYS,
    BOTH,
    CLOSED,
    INBOUND,
    MENU,
    NEVER,
    OFFICE,
    OUTBOUND,
    WARNED,
    WITH_MENU,
    WITH_OPT_OUT,
    Play,
    heard,
    played,
    put_through,
)

# -- the notice with an opt-out ----


def test_a_caller_who_says_nothing_after_the_notice_is_put_through_and_recorded() -> None:
    play = Play(WITH_OPT_OUT)
    assert played(play(MediaReady(0))) == ["call-recorded-opt-out"]
    assert play(*heard("call-recorded-opt-out")) == [StopPlaying(0)]
    assert play.call.phase == "notice"
    assert play(TimerFired("notice")) == [Dial(1, OFFICE)]
    assert StartRecording(1) in put_through(play)
    assert play.call.tags == ()


@pytest.mark.parametrize("before", [[], heard("call-recorded-opt-out")])
def test_a_caller_who_presses_the_key_during_or_right_after_the_notice_is_put_through_unrecorded(
    before: list[Event],
) -> None:
    play = Play(WITH_OPT_OUT)
    play(MediaReady(0), *before)
    assert played(play(KeyPressed(0, "9"))) == ["not-recorded"]
    assert play(*heard("not-recorded")) == [StopPlaying(0), Dial(1, OFFICE)]
    assert not [effect for effect in put_through(play) if isinstance(effect, StartRecording)]
    assert play.call.phase == "connected"
    assert play.call.tags == ("opted out",)
    assert play.call.plan.decision.decided_by == "the caller asked not to be recorded"
    assert not play.call.plan.may_be_steered
    assert play.said == [("call-recorded-opt-out", bool(before)), ("not-recorded", True)]


def test_other_keys_during_the_notice_do_nothing_and_go_nowhere() -> None:
    play = Play(WITH_OPT_OUT)
    play(MediaReady(0), NoticeStarted(0, 9000))
    assert play(*(KeyPressed(0, key) for key in "012345678*#")) == []
    assert play.call.tags == ()
    play(*heard("call-recorded-opt-out"), TimerFired("notice"))
    assert not [effect for effect in play.all + put_through(play) if isinstance(effect, RelayKey)]


def test_a_notice_that_offers_no_opt_out_has_none() -> None:
    play = Play(INBOUND)
    assert play(MediaReady(0), KeyPressed(0, "9")) == [PlayNotice(0, "call-recorded")]
    assert play(*heard("call-recorded")) == [StopPlaying(0), Dial(1, OFFICE)]


def test_the_person_called_may_say_no_and_staff_hear_that_they_did() -> None:
    play = Play(OUTBOUND)
    play(LegTrying(1), MediaReady(1), LegAnswered(1), MediaReady(0))
    assert play(KeyPressed(0, "9")) == []  # the office cannot say no for them
    assert play(KeyPressed(1, "9")) == [StopPlaying(0), StopPlaying(1), PlayNotice(1, "not-recorded", (0,))]
    assert play(NoticeEnded(1, True, "not-recorded")) == [StopPlaying(0), StopPlaying(1), Bridge(0, 1)]
    assert play.call.plan.decision.decided_by == "the person called asked not to be recorded"
    assert not [effect for effect in play.all if isinstance(effect, RelayKey | StartRecording)]


def test_the_key_that_ends_an_outbound_notice_is_not_passed_on() -> None:
    assert OUTBOUND.notice is not None
    silent = replace(OUTBOUND, notice=replace(OUTBOUND.notice, opt_out=OptOut("9")))
    play = Play(silent)
    play(LegTrying(1), MediaReady(1), LegAnswered(1))
    assert play(KeyPressed(1, "9")) == [StopPlaying(0), StopPlaying(1), Bridge(0, 1)]


def test_what_was_stopped_does_not_end_what_came_after_it() -> None:
    play = Play(WITH_OPT_OUT)
    play(MediaReady(0), KeyPressed(0, "9"))
    assert play(NoticeEnded(0, True, "call-recorded-opt-out")) == []
    assert play.said[-1] == ("not-recorded", False)
    late = Play(replace(INBOUND, reception=Reception("attendant-greeting")))
    late(MediaReady(0), TimerFired("notice"))  # the greeting's player is taken for dead; then it ends after all
    assert late(NoticeEnded(0, True, "attendant-greeting")) == []
    assert not late.call.may_be_recorded


# -- the menu ----


def test_a_caller_is_greeted_told_and_offered_the_menu_in_this_order() -> None:
    play = Play(WITH_MENU)
    assert play.all[0] == AnswerCaller()
    prompts = ["attendant-greeting", "call-recorded", "attendant-choices"]
    assert played([*play(MediaReady(0)), *play(*heard(*prompts))]) == prompts
    assert play.said == [(prompt, True) for prompt in prompts]
    assert not [effect for effect in play.all if isinstance(effect, Dial)]


def at_the_menu(plan: CallPlan = WITH_MENU) -> Play:
    play = Play(plan)
    notice = plan.notice.prompt if plan.notice else ""
    play(MediaReady(0), *heard("attendant-greeting", notice))
    return play


def test_a_choice_is_dialled_at_once_and_written_down() -> None:
    play = at_the_menu()
    assert play(KeyPressed(0, "1")) == [StopPlaying(0), Dial(1, Target("office", "201"))]
    assert play.call.tags == ("menu: 1",)
    assert StartRecording(1) in put_through(play)
    record = play.call.record("r")
    assert (record.office_party.number, record.extension, record.tags) == ("201", "201", ("menu: 1",))


def test_a_choice_that_leads_to_a_phone_that_is_never_recorded_is_not_recorded() -> None:
    play = at_the_menu()
    play(KeyPressed(0, "5"))
    assert not [effect for effect in put_through(play) if isinstance(effect, StartRecording)]
    assert play.call.plan.decision == NEVER


def test_silence_has_the_choices_said_again_and_then_puts_through_to_the_number_that_was_called() -> None:
    play = at_the_menu()
    play(*heard("attendant-choices"))
    assert played(play(TimerFired("menu"))) == ["attendant-choices"]
    assert play(*heard("attendant-choices"), TimerFired("menu")) == [StopPlaying(0), Dial(1, OFFICE)]
    assert play.call.tags == ()


def test_a_key_that_the_menu_lacks_is_said_to_be_none_before_the_choices_are_said_again() -> None:
    play = at_the_menu()
    assert played(play(KeyPressed(0, "7"))) == ["attendant-invalid"]
    assert played(play(*heard("attendant-invalid"))) == ["attendant-choices"]
    assert play(KeyPressed(0, "7")) == [StopPlaying(0), Dial(1, OFFICE)]
    assert "7" not in repr(play.call.record("r").to_json()["tags"])


def test_the_office_may_turn_away_who_chooses_nothing() -> None:
    play = at_the_menu(replace(WITH_MENU, reception=Reception(menu=replace(MENU, repeats=0, hang_up=True))))
    assert play(*heard("call-recorded", "attendant-choices"), TimerFired("menu"))[-1] == HangUp(0)
    assert play.call.end_cause == "nothing was chosen in the menu"


def test_a_menu_whose_words_cannot_be_played_does_not_cost_the_call() -> None:
    play = at_the_menu()
    assert play(NoticeEnded(0, False, "attendant-choices")) == [StopPlaying(0), Dial(1, OFFICE)]


def test_a_caller_who_never_hears_anything_is_put_through_unrecorded() -> None:
    play = Play(WITH_MENU)
    assert play(TimerFired("notice")) == [Dial(1, OFFICE)]
    assert not [effect for effect in put_through(play) if isinstance(effect, StartRecording)]


def test_a_caller_may_say_no_while_the_menu_is_offered_and_still_choose() -> None:
    play = at_the_menu(BOTH)
    assert played(play(KeyPressed(0, "9"))) == ["not-recorded"]
    assert played(play(*heard("not-recorded"))) == ["attendant-choices"]
    assert play(KeyPressed(0, "1")) == [StopPlaying(0), Dial(1, Target("office", "201"))]
    assert play.call.tags == ("opted out", "menu: 1")
    assert not [effect for effect in put_through(play) if isinstance(effect, StartRecording)]


def test_a_key_pressed_before_the_menu_chooses_nothing() -> None:
    play = Play(WITH_MENU)
    play(MediaReady(0))
    assert play(KeyPressed(0, "1")) == []
    play(*heard("attendant-greeting"))
    assert play(KeyPressed(0, "1")) == []


def test_a_caller_who_hangs_up_in_the_menu_leaves_no_announcement_open() -> None:
    play = at_the_menu()
    play(LegEnded(0))
    assert play.call.over
    assert all(each.ended_at_ms is not None for each in play.call.record("r").announcements)


# -- outside hours ----


def test_outside_hours_a_caller_may_be_told_so_and_the_call_ended() -> None:
    play = Play(CLOSED)
    assert play(MediaReady(0)) == [PlayNotice(0, "closed")]
    assert play(*heard("closed")) == [StopPlaying(0), HangUp(0)]
    assert play.call.end_cause == "outside office hours"


def test_outside_hours_a_caller_may_be_put_through_elsewhere_once_greeted_and_told() -> None:
    night = replace(INBOUND, reception=Reception("closed-hold"), targets=(Target("office", "299"),))
    play = Play(night)
    assert played([*play(MediaReady(0)), *play(*heard("closed-hold"))]) == ["closed-hold", "call-recorded"]
    assert play(*heard("call-recorded")) == [StopPlaying(0), Dial(1, Target("office", "299"))]


def test_an_emergency_call_is_not_received_whatever_is_planned() -> None:
    play = Play(replace(BOTH, emergency=True, warning_tone=WARNED.warning_tone))
    assert [effect for effect in play.all if not isinstance(effect, StartTimer)] == [Dial(1, OFFICE)]


def test_what_is_played_counts_from_when_it_can_be_heard() -> None:
    play = Play(BOTH)
    play(MediaReady(0), NoticeStarted(0, 3000))
    greeted = play.now
    play(NoticeEnded(0, True), NoticeStarted(0, 3000))
    told = play.now
    play(NoticeEnded(0, True))
    said = play.call.record("r").announcements
    assert [each.started_at_ms for each in said[:2]] == [greeted, told]


# -- whatever happens ----

_EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(KeyPressed, st.integers(0, 2), st.sampled_from("0123456789*#")),
    st.builds(NoticeStarted, st.integers(0, 1), st.integers(0, 60_000)),
    st.builds(
        NoticeEnded,
        st.integers(0, 1),
        st.booleans(),
        st.sampled_from(
            ["", "attendant-greeting", "call-recorded", "attendant-choices", "attendant-invalid", "closed"]
        ),
    ),
    st.builds(TimerFired, st.sampled_from(["notice", "menu", "trying", "no_answer", "warning", "tone"])),
    st.builds(MediaReady, st.integers(0, 2), st.booleans()),
    st.builds(LegTrying, st.integers(0, 2)),
    st.builds(LegProgress, st.integers(0, 2), st.sampled_from([180, 183]), st.booleans()),
    st.builds(LegAnswered, st.integers(0, 2)),
    st.builds(LegEnded, st.integers(0, 2), st.sampled_from([200, 486, 503])),
)
_PLANS = st.builds(
    replace,
    st.sampled_from([INBOUND, WITH_OPT_OUT, WITH_MENU, BOTH, CLOSED, OUTBOUND]),
    warning_tone=st.sampled_from([None, WARNED.warning_tone]),
    decision=st.sampled_from([ALWAYS, NEVER]),
)


@settings(max_examples=800, deadline=None)
@given(_PLANS, st.lists(_EVENTS, max_size=40))
def test_in_any_order_nobody_is_recorded_untold_or_against_their_word_and_the_call_ends_cleanly(
    plan: CallPlan, events: Sequence[Event]
) -> None:
    call, effects = open_call(plan, 0)
    ending: list[Event] = [HangUpRequested("asked"), *(LegEnded(leg) for leg in range(3))]
    asked: list[Effect] = list(effects)
    for at_ms, event in enumerate([*events, *ending]):
        call, effects = step(call, event, at_ms)
        for effect in effects:
            assert all((leg := call.leg(number)) is not None and leg.alive for number in legs_addressed(effect))
            if isinstance(effect, StartRecording):
                assert call.plan.decision.record
                assert "opted out" not in call.tags
                assert call.notice is not None
                assert call.notice.completed
        asked.extend(effects)
    assert call.over
    assert not call.timers
    assert sum(isinstance(effect, CallOver) for effect in asked) == 1
    assert all(each.ended_at_ms is not None for each in call.record("r").announcements)
    if "opted out" in call.tags:
        assert not [effect for effect in asked if isinstance(effect, StartRecording)]
