"""Calls from the office to the trunk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import SipPhone, offer
from tests.functional.calls.stage import NOTICE_HZ, NOTICE_S, NUMBER, Stage, accept, give_up, refuse, staged
from tests.functional.calls.tones import has_tone, tone

pytestmark = pytest.mark.functional


@pytest.fixture
def two_trunks(tmp_path: Path) -> Iterator[tuple[Stage, SipPhone]]:
    lines = LinesAlone(tmp_path / "home")
    second = f"127.0.0.1:{lines.ports.second_trunk}"
    lines.more_trunks = ({"name": "second", "host": second, "addresses": [second]},)
    with staged(lines) as made, SipPhone(lines.box, lines.ports.second_trunk) as trunk:
        yield made, trunk


def test_an_outbound_call_is_put_through_and_recorded_far_party_left(plain: Stage) -> None:
    caller, called = plain.connect_outbound()
    assert called.invite is not None
    assert called.invite.start.startswith(f"INVITE sip:{NUMBER}@127.0.0.1:{plain.lines.ports.trunk}")
    assert "sip:201@" in called.invite.get("from")
    assert "m=text" not in called.invite.body
    assert "m=video" not in called.invite.body
    plain.far.speak(tone(600, 2))
    plain.near.speak(tone(1000, 2))
    time.sleep(2.5)
    called.hang_up()
    caller.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert has_tone(ring.channel(0), 600)
    assert has_tone(ring.channel(1), 1000)
    assert ring.record.direction == "outbound"
    assert (ring.record.far_party.number, ring.record.office_party.number) == (NUMBER, "201")
    assert ring.record.end_cause == "called party hung up"


def test_early_media_reaches_the_office_before_the_answer_and_is_not_recorded(plain: Stage) -> None:
    caller = plain.dial(NUMBER)
    called = plain.trunk.expect_call()
    assert called.invite is not None
    called.reply(called.invite, 183, offer(plain.far.port))
    progress = caller.expect(183)
    assert progress.media_port
    plain.far.peer = ("127.0.0.1", called.invite.media_port)
    plain.far.speak(tone(700, 1.5))
    time.sleep(1.7)
    assert has_tone(plain.near.heard().pcm, 700)
    assert plain.rings.rings == {}
    called.reply(called.invite, 200, offer(plain.far.port))
    called.expect_request("ACK")
    caller.answered()
    time.sleep(1)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert not has_tone(ring.channel(0), 700)


def test_who_speaks_before_the_answer_has_arrived_is_heard_all_the_same(plain: Stage) -> None:
    """Sound takes a shorter way than SIP: packets wait at the door when the box learns that the call is up."""
    for _ in range(6):
        with plain.another():
            caller = plain.dial(NUMBER)
            called = plain.trunk.expect_call()
            assert called.invite is not None
            plain.far.peer = ("127.0.0.1", called.invite.media_port)
            plain.far.speak(tone(700, 2))
            time.sleep(0.2)
            accept(called, plain.far)
            caller.answered()
            time.sleep(0.7)
            assert has_tone(plain.near.heard().pcm, 700)
            caller.hang_up()
            called.expect_bye()


@pytest.mark.parametrize("status", [404, 484, 486, 603])
def test_the_trunks_final_answer_reaches_the_office(plain: Stage, status: int) -> None:
    caller = plain.dial(NUMBER)
    refuse(plain.trunk.expect_call(), status)
    assert caller.failed() == status


def test_a_trunks_challenge_is_never_passed_to_the_office(plain: Stage) -> None:
    caller = plain.dial(NUMBER)
    called = plain.trunk.expect_call()
    assert called.invite is not None
    called.reply(called.invite, 407, headers=[("Proxy-Authenticate", 'Digest realm="x", nonce="y"')])
    called.expect_request("ACK")
    assert caller.failed() == 503


def test_a_redirection_does_not_lead_past_the_recorder(plain: Stage) -> None:
    caller = plain.dial(NUMBER)
    called = plain.trunk.expect_call()
    assert called.invite is not None
    called.reply(called.invite, 302, headers=[])
    called.expect_request("ACK")
    assert caller.failed() == 480


def test_an_overloaded_trunk_is_left_for_the_next(two_trunks: tuple[Stage, SipPhone]) -> None:
    stage, second = two_trunks
    caller = stage.dial(NUMBER)
    refuse(stage.trunk.expect_call(), 503)
    accept(second.expect_call(), stage.far)
    caller.answered()
    stage.lines.wait_for_state("connected")
    caller.hang_up()


def test_a_dead_trunk_is_left_for_the_next_within_seconds(two_trunks: tuple[Stage, SipPhone]) -> None:
    stage, second = two_trunks
    started = time.monotonic()
    caller = stage.dial(NUMBER)
    accept(second.expect_call(), stage.far)
    assert time.monotonic() - started < 6
    caller.answered()
    caller.hang_up()


@pytest.mark.parametrize(("dialled", "sent"), [("999", "999"), ("9112", "112")])
def test_an_emergency_call_tries_every_trunk_and_is_told_nothing_first(tmp_path: Path, dialled: str, sent: str) -> None:
    lines = LinesAlone(tmp_path / "home", line={"notice": {"inbound": "", "outbound": "short"}})
    second = f"127.0.0.1:{lines.ports.second_trunk}"
    lines.more_trunks = ({"name": "second", "host": second, "addresses": [second]},)
    with staged(lines) as stage, SipPhone(lines.box, lines.ports.second_trunk) as trunk:
        caller = stage.dial(dialled)
        first = stage.trunk.expect_call(timeout_s=2)
        refuse(first, 403)
        called = trunk.expect_call(timeout_s=2)
        assert called.invite is not None
        assert called.invite.start.startswith(f"INVITE sip:{sent}@")
        accept(called, stage.far)
        caller.answered()
        stage.lines.wait_for_state("connected", timeout_s=1)
        caller.hang_up()


def test_the_person_called_hears_the_notice_before_they_are_connected(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", line={"notice": {"inbound": "", "outbound": "short"}})
    with staged(lines) as stage:
        caller = stage.dial(NUMBER)
        called = stage.trunk.expect_call()
        accept(called, stage.far)
        answered_at = time.monotonic()
        caller.answered()
        stage.near.speak(tone(1000, 1))
        stage.lines.wait_for_state("connected")
        assert time.monotonic() - answered_at > NOTICE_S
        assert has_tone(stage.far.heard().pcm, NOTICE_HZ)
        assert has_tone(stage.near.heard().pcm, NOTICE_HZ)
        assert not has_tone(stage.far.heard().pcm, 1000)
        caller.hang_up()
        (ring,) = stage.rings.wait_for(closed=True)
        assert ring.record.notice is not None
        assert ring.record.notice.completed


def test_a_notice_that_is_missing_puts_calls_through_unrecorded_and_says_so(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", line={"notice": {"inbound": "nowhere", "outbound": ""}})
    with staged(lines) as stage:
        caller = stage.call()
        caller.answered()
        accept(stage.office.expect_call(), stage.near)
        call = stage.lines.wait_for_state("connected")
        assert not call["recording"]
        caller.hang_up()
        assert stage.rings.rings == {}
        health = stage.lines.control.get("/health")
        assert health["state"] == "degraded"
        assert "nowhere" in health["lines"][0]["attention"][0]


def test_star_and_hash_in_a_number_survive(plain: Stage) -> None:
    caller = plain.dial("*21*01632960001%23")
    called = plain.trunk.expect_call()
    assert called.invite is not None
    assert called.invite.start.startswith("INVITE sip:*21*01632960001%23@")
    give_up(caller, called)


def test_an_office_that_withholds_its_number_is_withheld_towards_the_trunk(plain: Stage) -> None:
    caller = plain.dial(NUMBER, calling="<sip:201@127.0.0.1>", headers=[("Privacy", "id")])
    called = plain.trunk.expect_call()
    assert called.invite is not None
    who, _, _ = called.invite.get("from").partition(";tag=")
    assert "201" not in who
    assert called.invite.get("privacy") == "id"
    give_up(caller, called)


def test_two_calls_at_once_stay_apart(plain: Stage) -> None:
    one, one_called = plain.connect_outbound("01632960011")
    two = plain.office.invite("01632960012", offer(plain.near.port))
    two_called = plain.trunk.expect_call()
    accept(two_called, plain.far)
    two.answered()
    one.hang_up()
    one_called.expect_bye()
    wait_until(lambda: len(plain.lines.calls()) == 1, 15, "the first call alone to end")
    two.hang_up()
    two_called.expect_bye()
