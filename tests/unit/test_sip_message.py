"""SIP messages taken apart, peers told apart, identities passed on: without a network."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.sip.identity import identity_of, request_uri
from firmware.adapters.sip.line_config import PeerAddress, SipLineConfig, SipPeer
from firmware.adapters.sip.message import SipRequest, offered_media, offers_encryption, only_fax
from firmware.adapters.sip.peers import KnownPeers, RefusalLog
from firmware.core.call_record import Party

INVITE = (
    "INVITE sip:01632960001@box SIP/2.0\r\n"
    "v: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1\r\n"
    'f: "A. Caller"\r\n <sip:01632960123@trunk>;tag=1\r\n'
    "To: <sip:01632960001@box>\r\n"
    "P-Asserted-Identity: <sip:1@a>\r\nP-ASSERTED-IDENTITY: <tel:+441632960123>\r\n"
    "Privacy: id\r\n\r\nv=0\r\nm=audio 4000 RTP/AVP 8\r\n"
)


def test_compact_names_folding_and_repeated_headers_are_understood() -> None:
    request = SipRequest.parse(INVITE)
    assert (request.method, request.request_uri) == ("INVITE", "sip:01632960001@box")
    assert request.first("from") == '"A. Caller" <sip:01632960123@trunk>;tag=1'
    assert request.sent_by_port == 5070
    assert len(request.caller_headers.p_asserted_identity) == 2
    assert request.caller_headers.privacy == ("id",)
    assert request.body.startswith("v=0")


@given(st.text())
def test_no_text_whatever_raises(text: str) -> None:
    request = SipRequest.parse(text)
    assert request.sent_by_port >= 0
    offered_media(text)


def test_fax_alone_is_told_from_speech_with_fax() -> None:
    assert only_fax("m=image 4000 udptl t38\r\n")
    assert only_fax("m=audio 0 RTP/AVP 8\nm=image 4000 udptl t38\n")
    assert not only_fax("m=audio 4000 RTP/AVP 8\nm=image 4002 udptl t38\n")
    assert not only_fax("")


def test_encryption_is_recognised_in_either_profile() -> None:
    assert offers_encryption("m=audio 1 RTP/SAVP 8")
    assert offers_encryption("m=audio 1 RTP/AVP 8\r\na=crypto:1 X inline:y")
    assert not offers_encryption("m=audio 1 RTP/AVP 8")


def line(office: tuple[PeerAddress, ...], *trunks: tuple[PeerAddress, ...]) -> SipLineConfig:
    return SipLineConfig(
        name="main",
        bind_host="127.0.0.1",
        bind_port=5060,
        transports=("udp",),
        office=SipPeer("office", "office", "127.0.0.1", 5080, addresses=office),
        trunks=tuple(
            SipPeer(f"trunk{place}", "trunk", "127.0.0.1", 5070 + place, addresses=addresses)
            for place, addresses in enumerate(trunks)
        ),
    )


def named(peers: KnownPeers, source: str, sent_by_port: int = 0) -> str | None:
    known = peers.match(source, sent_by_port)
    return known.peer.name if known else None


def test_peers_at_one_address_are_told_apart_by_port() -> None:
    peers = KnownPeers([line((PeerAddress("127.0.0.1"),), (PeerAddress("127.0.0.1"),))])
    assert named(peers, "127.0.0.1:5080") == "office"
    assert named(peers, "127.0.0.1:5070") == "trunk0"
    assert named(peers, "127.0.0.1:40000", sent_by_port=5070) == "trunk0"


def test_a_stranger_at_a_shared_address_is_never_taken_for_the_office() -> None:
    peers = KnownPeers([line((PeerAddress("127.0.0.1"),), (PeerAddress("127.0.0.1"),))])
    assert named(peers, "127.0.0.1:40000", sent_by_port=40000) is None


def test_a_port_in_the_rule_must_fit() -> None:
    peers = KnownPeers([line((PeerAddress("192.0.2.7", 5080),), (PeerAddress("198.51.100.0/24"),))])
    assert named(peers, "192.0.2.7:5080") == "office"
    assert named(peers, "192.0.2.7:5099") is None
    assert named(peers, "198.51.100.9:33333") == "trunk0"
    assert named(peers, "203.0.113.1:5060") is None


def test_trunks_that_share_addresses_are_as_good_as_one() -> None:
    peers = KnownPeers([line((PeerAddress("192.0.2.7"),), (PeerAddress("192.0.2.9"),), (PeerAddress("192.0.2.9"),))])
    assert named(peers, "192.0.2.9:12345") in ("trunk0", "trunk1")


@given(st.text())
def test_no_source_whatever_raises(source: str) -> None:
    assert named(KnownPeers([line((PeerAddress("192.0.2.7"),))]), source) is None


def test_refusals_are_told_once_a_minute_with_their_number(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog()
    with caplog.at_level(logging.WARNING):
        for second in range(59):
            refusals.note("192.0.2.66", float(second), requests=2)
            refusals.flush(float(second))
        assert len(caplog.records) == 1
        refusals.flush(61.0)
        refusals.flush(200.0)
    assert [record.getMessage() for record in caplog.records] == [
        "refused 2 requests from 192.0.2.66, no peer of any line",
        "refused 116 requests from 192.0.2.66, no peer of any line",
    ]
    assert refusals.refused == 118


def test_a_flood_from_many_addresses_keeps_the_log_and_the_memory_small(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog()
    with caplog.at_level(logging.WARNING):
        for number in range(50_000):
            refusals.note(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1.0)
        refusals.flush(62.0)
    assert len(caplog.records) < 30
    assert caplog.records[-1].getMessage().startswith("refused 499")
    assert len(refusals) < 100
    refusals.flush(200.0)
    refusals.note("192.0.2.66", 201.0)
    assert caplog.records[-1].getMessage() == "refused 1 request from 192.0.2.66, no peer of any line"


LINE = line((PeerAddress("127.0.0.1"),), (PeerAddress("127.0.0.1"),))
OFFICE = LINE.peer("office")
ACCOUNT = SipPeer("bt", "trunk", "sip.example", user="account")


def test_a_withheld_caller_leaves_no_trace_of_a_number() -> None:
    identity = identity_of(Party("01632960777", "withheld", "01632960777", "Secret"), LINE, OFFICE)
    assert identity.from_uri == '"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert identity.headers == (("Privacy", "id"),)


def test_a_trunk_still_learns_who_pays_for_a_withheld_call() -> None:
    identity = identity_of(Party(presentation="withheld"), LINE, ACCOUNT)
    assert identity.headers == (("Privacy", "id"), ("P-Asserted-Identity", "<sip:account@sip.example>"))


def test_number_network_number_and_name_pass_through_apart() -> None:
    identity = identity_of(Party("201", network_number="+441632960001", display_name='Fr"ed\r\nX: y'), LINE, ACCOUNT)
    assert identity.from_uri == '"FredX y" <sip:201@sip.example>'
    assert identity.headers == (("P-Asserted-Identity", "<sip:+441632960001@sip.example>"),)


def test_an_unavailable_caller_is_unavailable_not_anonymous() -> None:
    assert identity_of(Party(presentation="unavailable"), LINE, OFFICE).from_uri == "<sip:unavailable@unknown.invalid>"


@given(st.text(min_size=1))
def test_no_number_whatever_breaks_out_of_its_uri(number: str) -> None:
    uri = request_uri(OFFICE, number)
    assert not set('\r\n<> "@') & set(uri.removeprefix("sip:").split("@127")[0])
