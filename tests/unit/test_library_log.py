"""pjsip's own words in our log: once a minute for each kind, and never what a stranger put into a packet."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.sip.library_log import LibraryLog
from firmware.core.once_a_minute import MOST_KINDS, OnceAMinute


def malformed(second: int) -> str:
    return (
        f"10:15:{second % 60:02d}.123  sip_transport.c  .Error processing {400 + second} bytes packet from UDP "
        f"192.0.2.7:{5060 + second} : PJSIP syntax error exception when parsing 'Via' header on line 3 col {second}:\n"
        "INVITE sip:01632960123@box SIP/2.0\n"
    )


BIND = "10:15:00.123  pjsua_media.c  ...RTP socket bind() at 127.0.0.1:20000 error: Address already in use"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_a_flood_of_malformed_packets_is_told_once_a_minute_with_their_number(caplog: pytest.LogCaptureFixture) -> None:
    log = LibraryLog()
    for second in range(59):
        for _ in range(100):
            log.write(malformed(second), float(second))
        log.flush(float(second))
    assert len(caplog.records) == 1
    log.flush(60.0)
    log.flush(200.0)
    assert len(caplog.records) == 2
    assert "Error processing" in told(caplog)[1]
    assert told(caplog)[1].endswith("(5899 times since it was last told of)")


def test_messages_of_different_kinds_do_not_wait_for_each_other(caplog: pytest.LogCaptureFixture) -> None:
    log = LibraryLog()
    log.write(malformed(1), 1.0)
    log.write(BIND, 1.1)
    log.write(malformed(2), 1.2)
    assert len(caplog.records) == 2
    assert "Address already in use" in told(caplog)[1]


def test_neither_the_packet_nor_a_number_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    LibraryLog().write(malformed(1).replace("'Via'", "'01632960123'"), 1.0)
    assert "INVITE" not in caplog.text
    assert "01632960123" not in caplog.text


def test_a_minute_later_it_is_told_in_full_again(caplog: pytest.LogCaptureFixture) -> None:
    log = LibraryLog()
    log.write(BIND, 1.0)
    log.flush(30.0)
    log.write(BIND, 61.0)
    assert told(caplog)[0] == told(caplog)[1]
    assert "bind() at" in told(caplog)[1]


@given(st.lists(st.text(min_size=1), min_size=100))
def test_whatever_a_peer_makes_the_library_say_the_log_stays_small(messages: list[str]) -> None:
    said: list[str] = []
    kinds = OnceAMinute(lambda kind, count: said.append(kind), "others")
    for number, message in enumerate(messages):
        kinds.note(message, number / 1000)
    assert len(said) <= MOST_KINDS + 1
    assert len(kinds) <= MOST_KINDS + 1


def test_what_the_library_says_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    LibraryLog().write(BIND, 1.0)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
