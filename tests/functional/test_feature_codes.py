"""Codes from the office's phone, each way that phones can send them: obeyed at once, and kept from the caller."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np
import pytest

from firmware.core.ring_layout import MarkerKind
from tests.contract.touch_tones import decoded_by_multimon
from tests.functional.calls.keys import PAUSE_S, WAYS, Way, keys_heard, press_keys, sounding_ms, touch_tone
from tests.functional.calls.lines_alone import wait_until
from tests.functional.calls.sip_phone import Dialog, offer
from tests.functional.calls.stage import NUMBER, Stage, accept
from tests.functional.calls.tones import RATE_HZ, tone
from tests.functional.instruments.rtp import RtpPhone

pytestmark = pytest.mark.functional

WITHIN_S = 0.3


@pytest.fixture
def own_greeting(plain: Stage) -> Path:
    """Where the greeting goes that is spoken into the phone; there is none yet."""
    path = plain.lines.home.prompts / "greeting-201.wav"
    path.unlink(missing_ok=True)
    return path


def event_type(called: Dialog) -> int:
    assert called.invite is not None
    return called.invite.event_payload_type


def told_within(stage: Stage, over_s: float, **expected: object) -> None:
    """The one call is seen as expected, no later than 300 ms after the last key."""
    watch, seen = stage.lines.stopwatch(over_s), {}

    def so() -> bool:
        nonlocal seen
        (call,) = stage.lines.calls()
        seen = {name: call[name] for name in expected}
        return seen == expected

    wait_until(so, 5, lambda: f"{expected}; it is {seen}")
    assert watch.took_s() <= WITHIN_S


@pytest.mark.parametrize("way", WAYS)
def test_pause_and_resume_are_obeyed_within_300_ms_and_kept_from_the_caller(plain: Stage, way: Way) -> None:
    caller, called = plain.connect()
    keys = event_type(called)
    told_within(plain, press_keys(way, "*48", called, plain.near, keys), paused=True)
    time.sleep(0.5)
    told_within(plain, press_keys(way, "*49", called, plain.near, keys), paused=False)
    time.sleep(0.5)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    (pause,) = ring.record.pauses
    assert (pause.how, pause.resumed_how) == ("code", "code")
    assert pause.ended_at_ms is not None
    assert 300 < pause.ended_at_ms - pause.asked_at_ms < 3000
    kinds = {marker.kind for marker in ring.reader.markers_since(0)[0]}
    assert MarkerKind.PAUSED in kinds
    assert keys_heard(plain.far) == ""
    # At most the first 60 ms of each audible asterisk, and nothing of what follows it.
    assert sounding_ms(plain.far.heard().pcm) <= (2 * 60 if way == "audible" else 0)


@pytest.mark.parametrize("kept", [{"mode": "on_demand"}], indirect=True, ids=["on demand"])
@pytest.mark.parametrize("way", WAYS)
def test_a_recording_on_demand_starts_by_code_and_keeps_nothing_before(plain: Stage, way: Way) -> None:
    caller, called = plain.connect()
    plain.far.speak(tone(600, 0.5))
    time.sleep(0.7)
    assert plain.rings.rings == {}
    over_s = press_keys(way, "*44", called, plain.near, event_type(called))
    told_within(plain, over_s, recording=True)
    plain.far.speak(tone(1000, 0.5))
    time.sleep(0.8)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert ring.record.started_on == "on demand"
    assert ring.channel(0).any()


@pytest.mark.parametrize("way", WAYS)
def test_the_callers_own_keys_pause_nothing(plain: Stage, way: Way) -> None:
    caller, called = plain.connect()
    press_keys(way, "*48", caller, plain.far, 101)
    time.sleep(WITHIN_S)
    (call,) = plain.lines.calls()
    assert call["paused"] is False
    if way != "audible":
        wait_until(lambda: keys_heard(plain.near) == "*48", 15, "the caller's keys to arrive")
    caller.hang_up()
    called.expect_bye()


@pytest.mark.parametrize("way", ["event", "info: dtmf-relay", "audible"])
def test_keys_that_are_no_code_reach_the_other_party_in_order(plain: Stage, way: Way) -> None:
    caller, called = plain.connect()
    press_keys(way, "*123", called, plain.near, event_type(called))
    wait_until(lambda: keys_heard(plain.far).startswith("*1"), 15, "the keys to arrive")
    time.sleep(1)
    heard = keys_heard(plain.far)
    assert heard == "*123" if way != "audible" else heard in ("*1", "*123")
    caller.hang_up()
    called.expect_bye()


def test_a_lone_asterisk_is_relayed_after_a_moment(plain: Stage) -> None:
    caller, called = plain.connect()
    over_s = press_keys("event", "*", called, plain.near, event_type(called))
    wait_until(lambda: keys_heard(plain.far) == "*", 15, "the asterisk to arrive")
    assert 1.2 < time.monotonic() - over_s < 2.5
    caller.hang_up()
    called.expect_bye()


@pytest.mark.parametrize(("way", "keys"), [("event", "*123"), ("info: dtmf-relay", "*123"), ("audible", "*1")])
def test_keys_reach_a_party_that_takes_no_events_as_tones(plain: Stage, way: Way, keys: str) -> None:
    """A menu that answers to ``*1`` must get it from an office whose codes begin with an asterisk, too."""
    caller = plain.trunk.invite(NUMBER, offer(plain.far.port, codecs="8 0"))
    called = plain.office.expect_call(timeout_s=30)
    accept(called, plain.near)
    caller.answered()
    plain.lines.wait_for_state("connected")
    plain.far.wait_for_media(15)
    plain.near.wait_for_media(15)
    press_keys(way, keys, called, plain.near, event_type(called))
    wait_until(lambda: decoded_by_multimon(plain.far.heard().pcm).endswith(keys), 15, "the tones to arrive")
    press_keys(way, "*48", called, plain.near, event_type(called))
    time.sleep(1)
    assert "48" not in decoded_by_multimon(plain.far.heard().pcm)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert not decoded_by_multimon(ring.channel(0))


@pytest.mark.parametrize("way", WAYS)
def test_the_echo_of_the_callers_keys_from_the_offices_phone_pauses_nothing(plain: Stage, way: Way) -> None:
    """A phone on two wires sends back what it sounds, softer and a little later."""
    caller, called = plain.connect()
    later = np.zeros(round(0.25 * RATE_HZ), np.int16)
    gap = np.zeros(round(PAUSE_S * RATE_HZ), np.int16)
    plain.near.speak(np.concatenate([later, *(part for key in "*48" for part in (touch_tone(key, level=2500), gap))]))
    press_keys(way, "*48", caller, plain.far, 101)
    time.sleep(1.5)
    (call,) = plain.lines.calls()
    assert call["paused"] is False
    caller.hang_up()
    called.expect_bye()


def test_a_press_that_is_both_event_and_tone_counts_once(plain: Stage) -> None:
    """As gateways send it. Twice ``*48`` would be harmless; ``**4488`` would be no code."""
    caller, called = plain.connect()
    for key in "*48":
        plain.near.press(key, event_type(called), 100)
    press_keys("audible", "*48", called, plain.near, 0)
    told_within(plain, time.monotonic() + 0.5, paused=True)
    (call,) = plain.lines.calls()
    assert call["paused"] is True
    caller.hang_up()
    called.expect_bye()


def test_a_code_works_while_the_caller_is_on_hold(plain: Stage) -> None:
    caller, called = plain.connect()
    called.request("INVITE", offer(plain.near.port, version=2, direction="sendonly"))
    keys = called.answered().event_payload_type
    plain.lines.wait_for_state("held")
    told_within(plain, press_keys("event", "*48", called, plain.near, keys), paused=True)
    told_within(plain, press_keys("info: dtmf", "*49", called, plain.near, 0), paused=False)
    caller.hang_up()
    called.expect_bye()


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_a_code_dialled_as_a_new_call_while_the_caller_is_on_hold(plain: Stage, direction: str) -> None:
    caller, called = plain.connect() if direction == "inbound" else plain.connect_outbound()
    office = called if direction == "inbound" else caller
    office.request("INVITE", offer(plain.near.port, version=2, direction="sendonly"))
    office.answered()
    plain.lines.wait_for_state("held")
    for code, paused in (("*48", True), ("*49", False)):
        with RtpPhone() as ear:
            dialled_s = time.monotonic()
            confirming = plain.office.invite(code, offer(ear.port), calling="<sip:201@127.0.0.1>")
            confirming.answered()
            told_within(plain, dialled_s + 0.3, paused=paused)
            ear.wait_for_media(15)
            confirming.expect_bye(timeout_s=8)
            assert ear.heard().pcm.astype(float).std() > 100, "a confirmation is spoken"
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert [(pause.how, pause.resumed_how) for pause in ring.record.pauses] == [("code", "code")]


def test_a_code_dialled_without_a_call_is_told_so_and_hung_up(plain: Stage) -> None:
    with RtpPhone() as ear:
        confirming = plain.office.invite("*48", offer(ear.port), calling="<sip:201@127.0.0.1>")
        confirming.answered()
        ear.wait_for_media(15)
        confirming.expect_bye(timeout_s=8)
        assert ear.heard().pcm.astype(float).std() > 100


def test_a_greeting_is_recorded_from_the_phone_and_spoken_back(plain: Stage, own_greeting: Path) -> None:
    with RtpPhone() as phone:
        call = plain.office.invite("*90", offer(phone.port), calling="<sip:201@127.0.0.1>")
        call.answered()
        phone.wait_for_media(15)
        wait_until(lambda: _greetings_spoken(plain) == 1, 15, "the recording")
        phone.speak(tone(500, 2))
        time.sleep(2.2)
        call.request("INFO", "#", content="application/dtmf")
        call.expect(200, method="INFO")
        wait_until(own_greeting.exists, 15, "the greeting to be kept")
        call.expect_bye(timeout_s=15)
    assert _greetings_spoken(plain) == 0


@pytest.mark.parametrize("way", ["event", "info: dtmf", "audible"])
def test_nothing_is_left_in_a_greeting_of_the_key_that_ended_it(plain: Stage, own_greeting: Path, way: Way) -> None:
    with RtpPhone() as phone:
        call = plain.office.invite("*90", offer(phone.port), calling="<sip:201@127.0.0.1>")
        call.answered()
        phone.wait_for_media(15)
        wait_until(lambda: _greetings_spoken(plain) == 1, 15, "the recording")
        phone.speak(tone(600, 2))
        time.sleep(2.2)
        if way != "audible":  # phones let the beginning of the tone through before they send it as an event
            phone.speak(touch_tone("#", 0.03))
        press_keys(way, "#", call, phone, 101)
        wait_until(own_greeting.exists, 15, "the greeting to be kept")
        call.expect_bye(timeout_s=15)
    with wave.open(str(own_greeting)) as file:
        greeting = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert decoded_by_multimon(greeting) == ""
    spectrum = np.abs(np.fft.rfft(greeting.astype(float) * np.hanning(len(greeting))))
    hertz = np.fft.rfftfreq(len(greeting), 1 / RATE_HZ)
    spoken, *key = (spectrum[abs(hertz - frequency) < 30].max() for frequency in (600, 941, 1477))
    assert max(key) < spoken / 1000
    assert len(greeting) > 1.9 * RATE_HZ


def test_two_greetings_spoken_at_once_from_one_extension_do_not_mix(plain: Stage) -> None:
    kept = plain.lines.home.prompts / "greeting-201.wav"
    with RtpPhone() as one, RtpPhone() as other:
        calls = []
        for phone in (one, other):
            calls.append(plain.office.invite("*90", offer(phone.port), calling="<sip:201@127.0.0.1>"))
            calls[-1].answered()
        wait_until(lambda: _greetings_spoken(plain) == 2, 15, "two recordings")
        one.speak(tone(500, 2))
        other.speak(tone(1900, 2))
        time.sleep(2.2)
        for call, own_hz, others_hz in ((calls[0], 500, 1900), (calls[1], 1900, 500)):
            kept.unlink(missing_ok=True)
            call.request("INFO", "#", content="application/dtmf")
            call.expect(200, method="INFO")
            wait_until(kept.exists, 15, "the greeting to be kept")
            with wave.open(str(kept)) as file:
                greeting = np.frombuffer(file.readframes(file.getnframes()), np.int16)
            spectrum = np.abs(np.fft.rfft(greeting.astype(float) * np.hanning(len(greeting))))
            hertz = np.fft.rfftfreq(len(greeting), 1 / RATE_HZ)
            own, others = (spectrum[abs(hertz - frequency) < 30].max() for frequency in (own_hz, others_hz))
            assert own > 100 * others
        for call in calls:
            call.expect_bye(timeout_s=15)
    assert _greetings_spoken(plain) == 0


def _greetings_spoken(stage: Stage) -> int:
    return len(list((stage.lines.home.run_of("lines") / "greetings").glob("*.wav")))


def test_no_digit_is_in_any_log_however_it_was_keyed(plain: Stage) -> None:
    caller, called = plain.connect()
    before = len(plain.lines.log())
    for way in WAYS:
        press_keys(way, "7391", called, plain.near, event_type(called))
        press_keys(way, "7391", caller, plain.far, 101)
    time.sleep(0.5)
    said = plain.lines.log()[before:]
    assert "7391" not in said
    for words in said.splitlines():
        assert "digit" not in words.lower()
        assert "dtmf" not in words.lower()
    caller.hang_up()
    called.expect_bye()


def test_an_emergency_call_is_never_held_up_by_codes(plain: Stage) -> None:
    caller = plain.dial("999")
    called = plain.trunk.expect_call()
    accept(called, plain.far)
    caller.answered()
    plain.lines.wait_for_state("connected")
    plain.far.wait_for_media(15)
    over_s = press_keys("event", "*4", caller, plain.near, 101)
    wait_until(lambda: keys_heard(plain.far) == "*4", 1.0, "the keys to arrive at once")
    assert time.monotonic() - over_s < 1.0
    caller.hang_up()
    called.expect_bye()
