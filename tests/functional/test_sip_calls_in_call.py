"""What may happen while a call is up: hold, other codecs, fax, keys, lost peers. Call and recording go on."""

from __future__ import annotations

import re
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from firmware.adapters.prompts.library import PromptLibrary
from tests.functional.calls.keys import keys_heard
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog, offer
from tests.functional.calls.stage import NUMBER, Stage, accept, staged
from tests.functional.calls.tones import Pcm, has_tone, tone
from tests.functional.instruments.rtp import RtpPhone

pytestmark = pytest.mark.functional


def heard_from_now(phone: RtpPhone, seconds: float) -> Pcm:
    start = len(phone.heard().pcm) if phone.arrivals else 0
    time.sleep(seconds)
    return phone.heard().pcm[start:]


def reinvite(dialog: Dialog, media: RtpPhone, version: int, **options: str) -> str:
    """Re-INVITE; gives the answer's session description."""
    dialog.request("INVITE", offer(media.port, version=version, **options))
    return dialog.answered().body


@pytest.mark.parametrize("holder", ["office", "far party"])
def test_hold_and_resume_by_either_party_keep_call_and_recording(plain: Stage, holder: str) -> None:
    caller, called = plain.connect()
    holding, media, held = (called, plain.near, plain.far) if holder == "office" else (caller, plain.far, plain.near)
    answer = reinvite(holding, media, 2, direction="sendonly")
    assert "a=recvonly" in answer
    plain.lines.wait_for_state("held")
    # The PBX's own music reaches the party that is held.
    media.speak(tone(500, 1.5))
    assert has_tone(heard_from_now(held, 1.5), 500)
    answer = reinvite(holding, media, 3)
    assert "a=sendrecv" in answer
    plain.lines.wait_for_state("connected")
    plain.far.speak(tone(600, 2))
    plain.near.speak(tone(1000, 2))
    time.sleep(2.3)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    resumed = slice(-8000 * 2, None)
    assert has_tone(ring.channel(0)[resumed], 600)
    assert has_tone(ring.channel(1)[resumed], 1000)
    assert has_tone(plain.far.heard().pcm, 1000)
    assert has_tone(plain.near.heard().pcm, 600)


@pytest.mark.parametrize("direction", ["inactive", "sendonly with 0.0.0.0"])
def test_other_ways_to_hold_leave_silence_and_come_back(plain: Stage, direction: str) -> None:
    caller, called = plain.connect()
    if direction == "inactive":
        reinvite(called, plain.near, 2, direction="inactive")
    else:  # RFC 2543's way, that old PBXs still use
        called.request("INVITE", offer(plain.near.port, version=2).replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0"))
        called.answered()
    plain.lines.wait_for_state("held")
    reinvite(called, plain.near, 3)
    plain.lines.wait_for_state("connected")
    plain.near.speak(tone(1000, 2))
    assert has_tone(heard_from_now(plain.far, 2), 1000)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert has_tone(ring.channel(1), 1000)


def test_a_codec_change_in_mid_call_keeps_both_voices(plain: Stage) -> None:
    caller, called = plain.connect()
    answer = reinvite(called, plain.near, 2, codecs="0 101")
    assert re.search(r"m=audio \d+ RTP/AVP 0", answer)
    plain.near.law = "PCMU"
    time.sleep(0.3)
    plain.near.speak(tone(1000, 2))
    plain.far.speak(tone(600, 2))
    time.sleep(2.3)
    assert has_tone(plain.near.heard().pcm, 600)
    assert plain.near.arrivals[-1].packet.payload_type == 0
    assert has_tone(plain.far.heard().pcm, 1000)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert has_tone(ring.channel(1), 1000)
    assert {leg.side: leg.codec for leg in ring.record.legs}["office"] == "PCMU/8000"


def test_different_codecs_on_the_two_legs(plain: Stage) -> None:
    caller = plain.trunk.invite(NUMBER, offer(plain.far.port, codecs="8 101"))
    called = plain.office.expect_call()
    assert called.invite is not None
    with RtpPhone(law="PCMU") as other:
        called.reply(called.invite, 200, offer(other.port, codecs="0 101"))
        called.expect_request("ACK")
        caller.answered()
        time.sleep(0.3)
        other.speak(tone(1000, 1.5))
        assert has_tone(heard_from_now(plain.far, 2), 1000)
        caller.hang_up()
        called.expect_bye()


def test_a_fax_offer_in_mid_call_gets_488_and_the_call_goes_on(plain: Stage) -> None:
    caller, called = plain.connect()
    t38 = (
        "v=0\r\no=phone 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=image 40000 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxMaxDatagram:400\r\n"
    )
    caller.request("INVITE", t38)
    assert caller.failed() == 488
    plain.near.speak(tone(1000, 1.5))
    assert has_tone(heard_from_now(plain.far, 1.7), 1000)
    caller.hang_up()
    called.expect_bye()


def test_a_call_that_offers_only_fax_gets_488(plain: Stage) -> None:
    t38 = "v=0\r\no=f 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=image 40000 udptl t38\r\n"
    assert plain.trunk.invite(NUMBER, t38).failed() == 488
    assert plain.office.nothing_comes("INVITE", for_s=0.5)


@pytest.mark.parametrize("presser", ["far party", "office"])
def test_keys_pass_through_once_each_and_are_not_logged(plain: Stage, presser: str) -> None:
    caller, called = plain.connect()
    assert called.invite is not None
    events = {"far party": 101, "office": called.invite.event_payload_type}[presser]
    time.sleep(0.3)
    pressing, hearing = (plain.far, plain.near) if presser == "far party" else (plain.near, plain.far)
    log_before = plain.lines.log()
    pressing.press("5", events, 160)
    wait_until(lambda: keys_heard(hearing) != "", 15, "the key to arrive")
    time.sleep(0.5)
    assert keys_heard(hearing) == "5"
    said = plain.lines.log().removeprefix(log_before)
    assert "5" not in re.sub(r"^\d\d:\d\d:\d\d\.\d+|process \d+", "", said, flags=re.MULTILINE)
    caller.hang_up()
    called.expect_bye()


def test_a_key_by_info_passes_on_as_an_event(plain: Stage) -> None:
    caller, called = plain.connect()
    caller.request("INFO", "Signal=7\r\nDuration=160\r\n", content="application/dtmf-relay")
    caller.expect(200, method="INFO")
    wait_until(lambda: keys_heard(plain.near) == "7", 15, "the key to arrive")
    caller.hang_up()
    called.expect_bye()


def test_nobody_outside_sends_the_office_elsewhere_by_refer(plain: Stage) -> None:
    caller, called = plain.connect()
    caller.request("REFER", headers=[("Refer-To", "<sip:202@127.0.0.1>")])
    caller.expect(603, method="REFER")
    plain.near.speak(tone(1000, 1.5))
    assert has_tone(heard_from_now(plain.far, 1.7), 1000)
    caller.hang_up()
    called.expect_bye()


def test_session_timers_are_agreed(tmp_path: Path) -> None:
    """RFC 4028: the box offers them outbound and accepts them inbound."""
    with staged(LinesAlone(tmp_path / "home", sip={"session_timer_s": 600})) as stage:
        caller = stage.call(headers=[("Supported", "timer"), ("Session-Expires", "600;refresher=uas")])
        called = stage.office.expect_call()
        assert called.invite is not None
        assert called.invite.get("session-expires").startswith("600")
        accept(called, stage.near)
        assert caller.answered().get("session-expires") == "600;refresher=uas"
        caller.hang_up()


@pytest.mark.long
def test_a_peer_that_vanished_is_noticed_by_the_session_timer(tmp_path: Path) -> None:
    with staged(LinesAlone(tmp_path / "home", sip={"session_timer_s": 90})) as stage:
        caller = stage.call()
        called = stage.office.expect_call()
        assert called.invite is not None
        headers = [("Supported", "timer"), ("Session-Expires", "90;refresher=uac"), ("Require", "timer")]
        called.reply(called.invite, 200, offer(stage.near.port, codecs="8 101"), headers)
        called.expect_request("ACK")
        caller.answered()
        # The office's phone lost its power: it answers nothing any more. The caller is let go.
        caller.expect_bye(timeout_s=120)


def test_the_recorder_being_away_costs_nobody_a_word(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    with lines, lines.trunk_phone() as trunk, lines.office_phone() as office, RtpPhone() as far, RtpPhone() as near:
        caller = trunk.invite(NUMBER, offer(far.port))
        called = office.expect_call()
        accept(called, near)
        caller.answered()
        near.speak(tone(1000, 1.5))
        assert has_tone(heard_from_now(far, 1.7), 1000)
        assert not lines.control.get("/health")["recorder_connected"]
        caller.hang_up()
        called.expect_bye()


def test_without_memory_for_a_ring_the_call_goes_on_and_says_so(tmp_path: Path) -> None:
    """No descriptor is left for the ring's memory: the caller must not notice."""
    most = 40 + len(PromptLibrary(tmp_path).shipped())  # each prompt is held in memory
    lines = LinesAlone(tmp_path / "home", under=("prlimit", "--memlock=0:0", f"--nofile={most}:{most}"))
    with lines, lines.trunk_phone() as trunk, lines.office_phone() as office, ExitStack() as phones:
        through: tuple[RtpPhone, RtpPhone] | None = None
        for _ in range(6):
            far, near = phones.enter_context(RtpPhone()), phones.enter_context(RtpPhone())
            caller = trunk.invite(NUMBER, offer(far.port))
            try:
                called = office.expect_call(timeout_s=3)
            except AssertionError:
                break  # no socket for its media is left either: refused in good order
            accept(called, near)
            caller.answered()
            through = far, near
            if not all(call["recording"] for call in lines.calls()):
                break
        assert through is not None
        far, near = through
        near.wait_for_media(15)
        near.speak(tone(1000, 1.5))
        assert has_tone(heard_from_now(far, 1.7), 1000)


def test_no_locked_memory_is_no_obstacle_to_recording(tmp_path: Path) -> None:
    with staged(LinesAlone(tmp_path / "home", under=("prlimit", "--memlock=0:0"))) as stage:
        caller, called = stage.connect()
        stage.far.speak(tone(600, 1))
        time.sleep(1.2)
        caller.hang_up()
        called.expect_bye()
        (ring,) = stage.rings.wait_for(closed=True)
        assert has_tone(ring.channel(0), 600)


def test_lost_packets_are_marked_in_the_ring_and_counted_in_the_record(plain: Stage) -> None:
    caller, called = plain.connect()
    plain.far.speak(tone(600, 4))
    time.sleep(1)
    plain.far._sequence += 25  # half a second that never arrives
    time.sleep(2.5)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    markers, _ = ring.reader.markers_since(0)
    losses = [marker for marker in markers if marker.channel == 0]
    assert sum(marker.value for marker in losses) >= 20
    assert {leg.side: leg.packets_lost for leg in ring.record.legs}["far_party"] >= 20
    assert np.all([marker.length_samples > 0 for marker in losses])
