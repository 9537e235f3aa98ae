"""Keys and transfers as phones write them, taken apart."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.sip.key_message import KeyMessage, key_message
from firmware.adapters.sip.message import SipRequest, offered_media
from firmware.adapters.sip.refer import Refer, Replaces


def info(body: str, content: str) -> SipRequest:
    return SipRequest("INFO", "sip:box", (("content-type", content),), body)


@pytest.mark.parametrize(
    ("content", "body", "key", "duration_ms"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5", 160),
        ("application/dtmf-relay", "Signal= *\r\nDuration= 250\r\n", "*", 250),
        ("Application/DTMF-Relay; charset=utf-8", "signal=#", "#", 160),
        ("application/dtmf-relay", "Signal=10\r\nDuration=100\r\n", "*", 100),
        ("application/dtmf-relay", "Signal=11\r\n", "#", 160),
        ("application/dtmf-relay", "Duration=90\r\nSignal=d\r\n", "D", 90),
        ("application/dtmf", "8", "8", 160),
        ("application/dtmf", "*\r\n", "*", 160),
        ("application/dtmf", "Signal=4\r\nDuration=80", "4", 80),
        ("application/dtmf-relay", "Signal=4\r\nDuration=9999999", "4", 6000),
        ("application/dtmf-relay", "Signal=4\r\nDuration=0", "4", 40),
        ("application/dtmf", "", "", 160),
        ("application/dtmf", "hello", "", 160),
        ("application/dtmf-relay", "Signal=16", "", 160),
    ],
)
def test_a_key_by_info_is_read(content: str, body: str, key: str, duration_ms: int) -> None:
    assert key_message(info(body, content)) == KeyMessage(key, duration_ms)


def test_other_infos_are_no_keys() -> None:
    assert key_message(info("<media_control/>", "application/media_control+xml")) is None
    assert key_message(SipRequest("MESSAGE", "", (("content-type", "application/dtmf"),), "5")) is None


def test_no_key_shows_in_what_could_be_logged() -> None:
    assert "5" not in repr(key_message(info("5", "application/dtmf")))


def refer(value: str, **headers: str) -> Refer | None:
    named = [("refer-to", value), *((name.replace("_", "-"), text) for name, text in headers.items())]
    return Refer.parse(SipRequest("REFER", "sip:box", tuple(named)))


def test_a_blind_transfer_names_whom_to_dial() -> None:
    assert refer("<sip:202@192.0.2.10:5070;transport=udp>") == Refer("202", "192.0.2.10", 5070)
    assert refer("<sip:+441632960001;phone-context=x@pbx.example>") == Refer("+441632960001", "pbx.example")
    assert refer('"Desk" <sip:%2A48@[2001:db8::1]:5060>') == Refer("*48", "2001:db8::1", 5060)


def test_an_attended_transfer_names_the_dialog_that_is_replaced() -> None:
    found = refer("<sip:202@pbx.example?Replaces=12ab%40host%3Bto-tag%3D7743%3Bfrom-tag%3D6472>")
    assert found == Refer("202", "pbx.example", replaces=Replaces("12ab@host", "7743", "6472"))
    assert found is not None
    assert str(found.replaces) == "12ab@host;to-tag=7743;from-tag=6472"


def test_other_headers_beside_replaces_do_no_harm() -> None:
    found = refer("<sip:202@pbx?Require=replaces&Replaces=a;from-tag=b;to-tag=c;early-only>")
    assert found == Refer("202", "pbx", replaces=Replaces("a", "c", "b", early_only=True))


def test_who_asked_and_whether_reports_are_wanted_are_known() -> None:
    found = refer("<sip:202@pbx>", referred_by="<sip:201@pbx>", refer_sub="false")
    assert found == Refer("202", "pbx", referred_by="<sip:201@pbx>", wants_reports=False)


@pytest.mark.parametrize(
    "value",
    ["", "<>", "<https://example.com>", "<sip:pbx>", "<sip:202@pbx;method=SUBSCRIBE>", "<sip:202@pbx?Replaces=a>"],
)
def test_what_cannot_be_called_is_no_transfer(value: str) -> None:
    assert refer(value) is None


@given(st.text(max_size=80))
def test_nothing_that_a_peer_writes_raises(text: str) -> None:
    refer(text)
    refer(f"<sip:{text}>")
    Replaces.parse(text)
    key_message(info(text, "application/dtmf"))
    key_message(info(f"Signal={text}", "application/dtmf-relay"))


# As long as a message can be (PJSIP_MAX_PKT_LEN).
_LONGEST = 31_000


@pytest.mark.parametrize(
    "body",
    ["\n" * _LONGEST, "\r\n" * (_LONGEST // 2), "signal" + " " * _LONGEST, "Signal=4\nDuration=" + "9" * _LONGEST],
    ids=["empty lines", "empty lines of two", "blanks", "a long press"],
)
def test_no_info_however_it_is_made_keeps_the_calls_waiting(body: str) -> None:
    began = time.perf_counter()
    key_message(info(body, "application/dtmf-relay"))
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("of", ["a@", "[", "<", "a", ":1", ";method", "?", "<sip:a@b"])
def test_no_refer_however_it_is_made_keeps_the_calls_waiting(of: str) -> None:
    began = time.perf_counter()
    refer("sip:" + of * (_LONGEST // len(of)) + " x")
    refer(f"<sip:1@h;{of * (_LONGEST // len(of))}>")
    assert time.perf_counter() - began < 0.5


def test_a_port_of_any_length_is_a_port() -> None:
    assert offered_media(f"m=audio {'4' * 5000} RTP/AVP 8\nm=image 000 udptl t38\n") == {"audio"}
