"""The life of a call, without a network: every scenario a phone user meets."""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.effects import (
    AnswerCaller,
    Bridge,
    CallOver,
    Dial,
    HangUp,
    PlayNotice,
    PlayTone,
    Reconnect,
    RecordAsHeld,
    RelayKey,
    RelayProgress,
    StartRecording,
    StartTimer,
    StopPlaying,
    StopRecording,
    Target,
)
from firmware.core.call_tones import BUSY, CONGESTION, NUMBER_UNOBTAINABLE, RINGING
from firmware.core.events import (
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
    TimerFired,
)
from tests.unit.played_call import (
    ANNOUNCED,
    EMERGENCY,
    INBOUND,
    NEVER,
    OFFICE,
    OUTBOUND,
    TO_CALLED,
    Play,
    connected,
    matters,
)


def announced_and_ringing() -> Play:
    play = Play(ANNOUNCED)
    play(MediaReady(0), NoticeStarted(0, 5000), NoticeEnded(0, True), LegTrying(1), LegProgress(1, 180))
    return play


def test_a_caller_hears_the_notice_before_the_office_is_dialled() -> None:
    play = Play(ANNOUNCED)
    assert matters(play.last) == [AnswerCaller()]
    assert matters(play(MediaReady(0))) == [PlayNotice(0, "call-recorded")]
    assert play.call.shown_state == "notice"
    assert matters(play(NoticeStarted(0, 5000))) == []
    assert matters(play(NoticeEnded(0, True))) == [StopPlaying(0), Dial(1, OFFICE)]
    assert play.call.notice is not None
    assert play.call.notice.completed


def test_after_the_notice_the_caller_hears_ringing_until_the_office_answers_and_is_recorded_from_then() -> None:
    play = announced_and_ringing()
    assert PlayTone(0, RINGING) in play.last
    assert matters(play(MediaReady(1), LegAnswered(1))) == [StopPlaying(0), Bridge(0, 1), StartRecording(1)]
    assert play.call.shown_state == "connected"
    assert play.call.record("r").notice == play.call.notice


def test_the_office_being_busy_after_the_notice_gives_the_caller_the_busy_tone_for_a_while() -> None:
    play = announced_and_ringing()
    assert matters(play(LegEnded(1, 486))) == [StopPlaying(0), PlayTone(0, BUSY)]
    assert matters(play(TimerFired("tone"))) == [StopPlaying(0), HangUp(0, 603)]
    assert matters(play(LegEnded(0))) == [CallOver()]


def test_a_wrong_extension_after_the_notice_gives_number_unobtainable_and_a_broken_one_congestion() -> None:
    for status, tone in ((404, NUMBER_UNOBTAINABLE), (503, CONGESTION), (603, BUSY)):
        play = announced_and_ringing()
        assert PlayTone(0, tone) in play(LegEnded(1, status))


def test_a_caller_who_hangs_up_during_the_notice_never_rings_the_office() -> None:
    play = Play(ANNOUNCED)
    play(MediaReady(0), NoticeStarted(0, 5000))
    assert matters(play(LegEnded(0))) == [CallOver()]
    assert not any(isinstance(effect, Dial) for effect in play.all)
    assert play.call.notice is not None
    assert not play.call.notice.completed


def test_a_caller_who_hangs_up_while_it_rings_stops_the_ringing() -> None:
    play = announced_and_ringing()
    assert matters(play(LegEnded(0))) == [HangUp(1, 603)]
    assert matters(play(LegEnded(1, 487))) == [CallOver()]


def test_a_notice_that_cannot_be_played_puts_the_call_through_unrecorded() -> None:
    play = Play(ANNOUNCED)
    play(MediaReady(0), NoticeEnded(0, False), LegTrying(1), LegAnswered(1))
    assert Bridge(0, 1) in play.all
    assert not any(isinstance(effect, StartRecording) for effect in play.all)


def test_a_notice_whose_end_is_never_heard_of_does_not_hold_the_caller() -> None:
    play = Play(ANNOUNCED)
    play(MediaReady(0), NoticeStarted(0, 5000))
    assert Dial(1, OFFICE) in play(TimerFired("notice"))
    assert not play.call.may_be_recorded


def test_a_caller_without_sound_is_put_through_all_the_same() -> None:
    play = Play(ANNOUNCED)
    assert Dial(1, OFFICE) in play(TimerFired("notice"))


def test_without_a_notice_the_caller_is_not_answered_before_the_office_is() -> None:
    play = Play(INBOUND)
    assert matters(play.last) == [Dial(1, OFFICE)]
    assert matters(play(LegTrying(1), LegProgress(1, 180))) == [RelayProgress(180, False)]
    assert matters(play(LegAnswered(1))) == [AnswerCaller(), Bridge(0, 1), StartRecording(1)]


def test_without_a_notice_the_final_status_is_passed_on() -> None:
    for status, relayed in ((486, 486), (404, 404), (603, 603), (302, 480), (407, 503), (408, 480), (487, 480)):
        play = Play(INBOUND)
        play(LegTrying(1), LegProgress(1, 180))
        assert HangUp(0, relayed) in play(LegEnded(1, status)), status


def test_early_media_is_bridged_but_not_recorded() -> None:
    play = Play(OUTBOUND)
    play(LegTrying(1))
    assert matters(play(MediaReady(1), LegProgress(1, 183, early_media=True))) == [
        RelayProgress(183, True),
        Bridge(0, 1),
    ]
    assert play.call.recording == "none"
    assert matters(play(LegAnswered(1))) == [AnswerCaller(), StartRecording(1)]


def test_early_media_after_the_notice_replaces_our_ringing() -> None:
    play = announced_and_ringing()
    assert matters(play(LegProgress(1, 183, early_media=True))) == [StopPlaying(0), Bridge(0, 1)]


def test_a_dead_first_trunk_is_given_up_for_the_second() -> None:
    play = Play(OUTBOUND)
    assert matters(play(TimerFired("trying"))) == [HangUp(1, 487), Dial(2, Target("second", "123"))]
    play(LegTrying(2), LegProgress(2, 180))
    assert matters(play(LegEnded(1, 408))) == []
    assert matters(play(LegAnswered(2))) == [AnswerCaller(), Bridge(0, 2), StartRecording(2)]


def test_an_overloaded_trunk_is_given_up_but_a_busy_number_is_busy() -> None:
    overloaded, busy = Play(OUTBOUND), Play(OUTBOUND)
    assert Dial(2, Target("second", "123")) in overloaded(LegTrying(1), LegEnded(1, 503))
    assert matters(busy(LegTrying(1), LegEnded(1, 486))) == [HangUp(0, 486)]


def test_an_emergency_call_tries_every_trunk_whatever_the_first_says() -> None:
    for status in (403, 404, 486, 503, 603):
        play = Play(EMERGENCY)
        assert Dial(2, Target("second", "123")) in play(LegTrying(1), LegProgress(1, 183), LegEnded(1, status))


def test_an_emergency_call_leaves_a_trunk_that_says_nothing_more() -> None:
    play = Play(EMERGENCY)
    play(LegTrying(1))
    assert Dial(2, Target("second", "123")) in play(TimerFired("progress"))
    assert play.call.timers == frozenset()


def test_a_200_that_crosses_our_cancel_is_hung_up_again() -> None:
    play = Play(OUTBOUND)
    play(TimerFired("trying"))
    assert matters(play(LegAnswered(1))) == [HangUp(1, 603)]
    assert play.call.attempt is not None
    assert play.call.attempt.number == 2


def test_nobody_answering_ends_at_last() -> None:
    play = Play(INBOUND)
    play(LegTrying(1), LegProgress(1, 180))
    assert StartTimer("no_answer", 185_000) in play.all
    assert matters(play(TimerFired("no_answer"))) == [HangUp(1, 487), HangUp(0, 480)]


def test_it_rings_for_as_long_as_the_line_says_and_an_announced_caller_then_hears_busy() -> None:
    play = Play(replace(ANNOUNCED, no_answer_ms=30_000))
    play(MediaReady(0), NoticeStarted(0, 5000), NoticeEnded(0, True), LegTrying(1), LegProgress(1, 180))
    assert [effect for effect in play.all if effect == StartTimer("no_answer", 30_000)] != []
    assert matters(play(TimerFired("no_answer"))) == [HangUp(1, 487), StopPlaying(0), PlayTone(0, BUSY)]
    assert matters(play(LegEnded(1, 487))) == []
    assert matters(play(TimerFired("tone"))) == [StopPlaying(0), HangUp(0, 603)]


def test_either_party_hanging_up_ends_the_other_and_stops_the_recording_first() -> None:
    for leg, other, cause in ((0, 1, "caller hung up"), (1, 0, "called party hung up")):
        play = connected(INBOUND)
        assert matters(play(LegEnded(leg))) == [StopRecording(cause), HangUp(other, 603)]
        assert matters(play(LegEnded(other))) == [CallOver()]
        assert play.call.record("r").end_cause == cause


def test_a_lost_connection_is_told_from_a_hang_up() -> None:
    play = connected(INBOUND)
    play(LegEnded(1, 408))
    assert play.call.end_cause == "the connection to the called party was lost: SIP 408"


def test_a_re_invite_reconnects_and_hold_is_shown_while_it_lasts() -> None:
    play = connected(INBOUND)
    assert matters(play(MediaReady(1, held=True))) == [Reconnect(1), RecordAsHeld(1, True)]
    assert play.call.shown_state == "held"
    assert matters(play(MediaReady(1))) == [Reconnect(1), RecordAsHeld(1, False)]
    assert play.call.shown_state == "connected"


def test_keys_pass_to_the_other_party_and_are_not_shown() -> None:
    play = connected(INBOUND)
    assert matters(play(KeyPressed(0, "5", 120))) == [RelayKey(1, "5", 120)]
    assert matters(play(KeyPressed(1, "#", 80))) == [RelayKey(0, "#", 80)]
    assert "5" not in repr(KeyPressed(0, "5", 120)) + repr(RelayKey(1, "5", 120))


def test_keys_before_the_call_is_through_go_nowhere() -> None:
    play = announced_and_ringing()
    assert matters(play(KeyPressed(0, "5"))) == []


def test_the_person_called_hears_the_notice_on_answer_and_both_are_bridged_after_it() -> None:
    play = Play(replace(OUTBOUND, notice=TO_CALLED))
    play(LegTrying(1), MediaReady(1))
    assert matters(play(LegAnswered(1))) == [AnswerCaller(), PlayNotice(1, "call-recorded", (0,))]
    assert matters(play(NoticeEnded(1, True))) == [StopPlaying(0), StopPlaying(1), Bridge(0, 1), StartRecording(1)]


def test_a_call_that_must_not_be_recorded_is_only_bridged() -> None:
    play = connected(replace(INBOUND, decision=NEVER))
    assert Bridge(0, 1) in play.all
    assert not any(isinstance(effect, StartRecording) for effect in play.all)


def test_a_recording_fault_leaves_the_call_up_and_is_in_the_record() -> None:
    play = connected(INBOUND)
    assert matters(play(RecordingFailed("no memory for the ring"))) == [StopRecording("no memory for the ring")]
    assert play.call.shown_state == "connected"
    assert matters(play(LegEnded(0))) == [HangUp(1, 603)]
    assert play.call.record("r").end_cause == "no memory for the ring"


def test_a_person_can_end_a_call_in_any_phase() -> None:
    for play in (Play(INBOUND), Play(ANNOUNCED), connected(INBOUND), announced_and_ringing()):
        play(HangUpRequested("ended from the page"))
        assert play.call.end_cause == "ended from the page"
        for leg in play.call.legs:
            play(LegEnded(leg.number))
        assert play.call.over


def test_the_record_counts_from_the_bridge() -> None:
    play = connected(INBOUND)
    play(LegEnded(0))
    record = play.call.record("r")
    assert record.started_at_ms == record.answered_at_ms
    assert record.ended_at_ms is not None
    assert record.ended_at_ms > record.started_at_ms


def test_a_call_to_nobody_is_refused() -> None:
    play = Play(replace(INBOUND, targets=()))
    assert matters(play.last) == [HangUp(0, 404)]
