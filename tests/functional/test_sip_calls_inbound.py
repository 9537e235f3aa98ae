"""Calls from the trunk to the office: each ends as a phone user expects, on both legs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog, SipPhone, offer
from tests.functional.calls.stage import ANNOUNCED, NOTICE_HZ, NOTICE_S, NUMBER, Stage, accept, give_up, staged
from tests.functional.calls.tones import cadence_s, has_tone, tone

pytestmark = pytest.mark.functional


@pytest.fixture
def announced(tmp_path: Path) -> Iterator[Stage]:
    with staged(LinesAlone(tmp_path / "home", line=ANNOUNCED)) as made:
        yield made


def put_through_after_notice(stage: Stage, caller: Dialog) -> Dialog:
    caller.answered()
    return stage.office.expect_call(timeout_s=30)


def test_without_a_notice_ringing_and_answer_pass_through_and_both_are_recorded(plain: Stage) -> None:
    caller = plain.call()
    called = plain.office.expect_call()
    assert called.invite is not None
    assert called.invite.start.startswith(f"INVITE sip:{NUMBER}@")
    called.reply(called.invite, 180)
    assert caller.expect(180).status == 180
    called.reply(called.invite, 200, offer(plain.near.port))
    called.expect_request("ACK")
    caller.answered()
    plain.far.speak(tone(600, 2))
    plain.near.speak(tone(1000, 2))
    time.sleep(2.5)
    caller.hang_up()
    called.expect_bye()
    assert has_tone(plain.near.heard().pcm, 600)
    assert has_tone(plain.far.heard().pcm, 1000)
    (ring,) = plain.rings.wait_for(closed=True)
    assert has_tone(ring.channel(0), 600)
    assert not has_tone(ring.channel(0), 1000)
    assert has_tone(ring.channel(1), 1000)
    assert not has_tone(ring.channel(1), 600)
    record = ring.record
    assert (record.direction, record.far_party.number, record.office_party.number) == ("inbound", "01632960123", NUMBER)
    assert record.far_party.display_name == "A. Caller"
    assert record.end_cause == "caller hung up"
    assert {leg.side: leg.codec for leg in record.legs} == {"far_party": "PCMA/8000", "office": "PCMA/8000"}
    assert all(leg.packets_received > 80 for leg in record.legs)


def test_the_caller_hears_the_notice_then_ringing_and_only_then_does_the_office_ring(announced: Stage) -> None:
    caller = announced.call()
    started = time.monotonic()
    called = put_through_after_notice(announced, caller)
    assert called.invite is not None
    assert time.monotonic() - started > NOTICE_S
    assert has_tone(announced.far.heard().pcm, NOTICE_HZ)
    called.reply(called.invite, 180)
    rings_from = len(announced.far.heard().pcm)
    time.sleep(3.5)
    ringing = announced.far.heard().pcm[rings_from:]
    assert has_tone(ringing, 400)
    assert has_tone(ringing, 450)
    assert 0.3 < cadence_s(ringing)[0] < 0.5
    accept(called, announced.near)
    announced.lines.wait_for_state("connected")
    called.hang_up()
    caller.expect_bye()
    (ring,) = announced.rings.wait_for(closed=True)
    assert ring.record.notice is not None
    assert ring.record.notice.completed
    assert ring.record.end_cause == "called party hung up"


def test_what_the_caller_says_during_the_notice_does_not_delay_or_break_what_is_said_after_it(announced: Stage) -> None:
    caller = announced.call()
    called = put_through_after_notice(announced, caller)
    accept(called, announced.near)
    announced.lines.wait_for_state("connected")
    announced.far.speak(tone(600, 1))
    time.sleep(1.5)
    caller.hang_up()
    called.expect_bye()
    (ring,) = announced.rings.wait_for(closed=True)
    (far,) = (leg for leg in ring.record.legs if leg.side == "far_party")
    assert far.packets_received > NOTICE_S * 50
    assert far.packets_discarded < 5


@pytest.mark.parametrize(
    ("status", "on_s"), [(486, 0.375), (603, 0.375), (404, None)], ids=["busy", "rejected", "no such number"]
)
def test_after_the_notice_a_failure_is_a_tone_and_then_a_goodbye(
    announced: Stage, status: int, on_s: float | None
) -> None:
    caller = announced.call()
    called = put_through_after_notice(announced, caller)
    assert called.invite is not None
    called.reply(called.invite, status)
    fails_at = time.monotonic()
    starts_from = len(announced.far.heard().pcm)
    caller.expect_bye(timeout_s=15)
    assert 9 < time.monotonic() - fails_at < 12
    heard = announced.far.heard().pcm[starts_from + 4000 : -4000]
    assert has_tone(heard, 400)
    if on_s is None:
        assert cadence_s(heard) == ()
    else:
        assert abs(cadence_s(heard)[1] - on_s) < 0.05
    announced.lines.wait_until_quiet()
    assert announced.rings.rings == {}


def test_a_caller_who_hangs_up_during_the_notice_never_rings_the_office(announced: Stage) -> None:
    caller = announced.call()
    caller.answered()
    time.sleep(1)
    caller.hang_up()
    announced.lines.wait_until_quiet()
    assert announced.office.nothing_comes("INVITE", for_s=1)


def test_a_caller_who_hangs_up_after_the_notice_stops_the_ringing(announced: Stage) -> None:
    caller = announced.call()
    called = put_through_after_notice(announced, caller)
    assert called.invite is not None
    called.reply(called.invite, 180)
    caller.hang_up()
    cancel = called.expect_request("CANCEL")
    called.reply(cancel, 200)
    called.reply(called.invite, 487)
    called.expect_request("ACK")
    announced.lines.wait_until_quiet()


@pytest.mark.parametrize("status", [404, 480, 486, 603])
def test_without_a_notice_the_offices_answer_is_passed_on(plain: Stage, status: int) -> None:
    caller = plain.call()
    called = plain.office.expect_call()
    assert called.invite is not None
    called.reply(called.invite, 180)
    called.reply(called.invite, status)
    called.expect_request("ACK")
    assert caller.failed() == status


def test_a_cancelled_call_is_cancelled_on_the_other_leg(plain: Stage) -> None:
    caller = plain.call()
    give_up(caller, plain.office.expect_call())
    plain.lines.wait_until_quiet()


def test_a_withheld_number_is_neither_passed_on_nor_shown_nor_logged(plain: Stage) -> None:
    caller = plain.call(
        calling='"Secret" <sip:01632960777@127.0.0.1>',
        headers=[("P-Asserted-Identity", "<sip:01632960777@127.0.0.1>"), ("Privacy", "id")],
    )
    called = plain.office.expect_call()
    assert called.invite is not None
    assert "anonymous@anonymous.invalid" in called.invite.get("from")
    assert called.invite.get("privacy") == "id"
    assert plain.lines.wait_for_state("ringing")["far_party"] == "withheld"
    called.reply(called.invite, 200, offer(plain.near.port))
    called.expect_request("ACK")
    caller.answered()
    (ring,) = plain.rings.wait_for()
    caller.hang_up()
    called.expect_bye()
    assert "960777" not in str(ring.record.to_json())
    assert "Secret" not in str(ring.record.to_json())
    plain.lines.wait_until_quiet()
    assert "960777" not in plain.lines.log()


def test_the_callers_number_and_name_pass_through(plain: Stage) -> None:
    caller = plain.call(headers=[("P-Asserted-Identity", "<sip:+441632960999@127.0.0.1>")])
    called = plain.office.expect_call()
    assert called.invite is not None
    assert called.invite.get("from").startswith('"A. Caller" <sip:01632960123@')
    assert "+441632960999" in called.invite.get("p-asserted-identity")
    give_up(caller, called)


def test_the_called_number_may_be_in_the_to_header(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", sip={"called_number_from": "to"})
    with lines, lines.trunk_phone() as trunk, lines.office_phone() as office:
        trunk.invite("account", offer(40000), to=f"<sip:{NUMBER}@127.0.0.1>")
        called = office.expect_call()
        assert called.invite is not None
        assert called.invite.start.startswith(f"INVITE sip:{NUMBER}@")


@pytest.mark.parametrize("line", [{}, ANNOUNCED], ids=["unanswered caller", "after a notice"])
def test_a_call_that_nobody_answers_ends_after_the_time_set_for_it(tmp_path: Path, line: dict[str, Any]) -> None:
    with staged(LinesAlone(tmp_path / "home", line=line, sip={"no_answer_s": 10})) as stage:
        caller = stage.call()
        called = put_through_after_notice(stage, caller) if line else stage.office.expect_call()
        assert called.invite is not None
        called.reply(called.invite, 180)
        rang_at = time.monotonic()
        called.expect_request("CANCEL", timeout_s=15)
        assert 9 < time.monotonic() - rang_at < 12
        called.reply(called.invite, 487)
        if not line:
            assert caller.failed() == 480
            return
        busy_from = len(stage.far.heard().pcm)
        caller.expect_bye(timeout_s=15)
        assert 0.3 < cadence_s(stage.far.heard().pcm[busy_from:])[1] < 0.4
        stage.lines.wait_until_quiet()
        assert stage.rings.rings == {}


def test_a_stranger_gets_403_and_is_logged_once_not_once_a_packet(plain: Stage) -> None:
    with SipPhone(plain.lines.box, plain.lines.ports.stranger) as stranger:
        for _ in range(20):
            dialog = stranger.invite("0901234567", offer(40000))
            assert dialog.failed() == 403
    assert plain.office.nothing_comes("INVITE", for_s=0.5)
    assert plain.trunk.nothing_comes("INVITE", for_s=0.1)
    wait_until(lambda: "no peer of any line" in plain.lines.log(), 15, "the refusals to be logged")
    assert plain.lines.log().count("no peer of any line") == 1
    assert plain.lines.calls() == []


def test_a_person_can_end_a_call_from_the_page(plain: Stage) -> None:
    caller, called = plain.connect()
    call = plain.lines.wait_for_state("connected")
    plain.lines.control.post(f"/calls/{call['call_id']}/hang-up")
    caller.expect_bye()
    called.expect_bye()
    plain.lines.wait_until_quiet()


def test_stopping_the_process_says_goodbye_on_every_leg(tmp_path: Path) -> None:
    with staged(LinesAlone(tmp_path / "home")) as stage:
        caller, called = stage.connect()
        process = stage.lines.process
        assert process is not None
        process.terminate()
        caller.expect_bye()
        called.expect_bye()
        assert process.wait(10) == 0
        (ring,) = stage.rings.wait_for(closed=True)
        assert ring.record.end_cause == "the box was stopped"


def test_a_line_that_is_never_recorded_carries_calls_and_makes_no_ring(tmp_path: Path) -> None:
    with staged(LinesAlone(tmp_path / "home", line={"mode": "never"})) as made:
        caller, called = made.connect()
        made.lines.wait_for_state("connected")
        assert [call["recording"] for call in made.lines.calls()] == [False]
        caller.hang_up()
        called.expect_bye()
        assert made.rings.rings == {}


def test_a_call_without_a_session_description_in_its_invite_is_carried(plain: Stage) -> None:
    """Delayed offer, RFC 3261 section 14.1: the box offers in its 200, the caller answers in the ACK."""
    caller = plain.trunk.invite(NUMBER, "")
    called = plain.office.expect_call()
    assert called.invite is not None
    called.reply(called.invite, 200, offer(plain.near.port))
    called.expect_request("ACK")
    answer = caller.expect(200)
    assert answer.media_port
    caller.request("ACK", offer(plain.far.port, codecs="8 101"))
    plain.far.speak(tone(600, 2))
    time.sleep(2)
    caller.hang_up()
    called.expect_bye()
    assert has_tone(plain.near.heard().pcm, 600)
    (ring,) = plain.rings.wait_for(closed=True)
    assert has_tone(ring.channel(0), 600)
