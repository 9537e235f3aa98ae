"""What a recording client's message holds beside SIP: parts of a body, streams of an offer. Text from the network."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.siprec.body_parts import body_parts, metadata_of, others_of, sdp_of
from firmware.adapters.siprec.offered_streams import MOST_STREAMS, read_offer

SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8\r\na=sendonly\r\na=label:96\r\n"
    "m=video 4002 RTP/AVP 99\r\na=sendonly\r\na=label:97\r\n"
    "m=audio 4004 RTP/AVP 8\r\na=inactive\r\na=label:98\r\n"
)


def message(content_type: str, body: str) -> bytes:
    return f"INVITE sip:r@192.0.2.9 SIP/2.0\r\nFrom: <sip:a@b>\r\nContent-Type: {content_type}\r\n\r\n{body}".encode()


def test_sdp_and_metadata_are_found_however_the_parts_are_named_and_ordered() -> None:
    body = (
        "a preamble for nobody\r\n--edge of it\r\ncontent-type:application/RS-METADATA\r\n"
        "Content-Disposition: recording-session;handling=required\r\n\r\n<recording/>\r\n"
        f"--edge of it\r\nc: application/sdp\r\n\r\n{SDP}\r\n"
        "--edge of it\r\nContent-Type: application/vendor+xml\r\n\r\n<x/>\r\n--edge of it--\r\nan epilogue"
    )
    parts = body_parts(message('multipart/mixed; boundary="edge of it"', body))
    assert sdp_of(parts).strip() == SDP.strip()
    assert metadata_of(parts) == (b"<recording/>",)
    assert [part.content.strip() for part in others_of(parts)] == [b"<x/>"]


def test_a_plain_body_is_one_part_and_a_forgotten_end_is_an_end() -> None:
    assert sdp_of(body_parts(message("application/sdp", SDP))) == SDP
    assert metadata_of(body_parts(message("application/rs-metadata+xml", "<recording/>"))) == (b"<recording/>",)
    cut = body_parts(message("multipart/mixed;boundary=b", f"--b\nContent-Type: application/sdp\n\n{SDP}"))
    assert sdp_of(cut) == SDP
    assert body_parts(message("multipart/mixed", "--b\r\n\r\nx\r\n--b--")) == ()


@given(st.binary(max_size=1500))
@settings(max_examples=200, deadline=None)
def test_no_body_does_harm(body: bytes) -> None:
    for kind in ("multipart/mixed;boundary=b", "application/sdp", 'multipart/x; boundary="b--"'):
        parts = body_parts(message(kind, "") + body.replace(b"%", b"--b\r\n"))
        offer = read_offer(sdp_of(parts) or body.decode(errors="replace"))
        assert len(offer.streams) <= MOST_STREAMS


def test_an_offer_tells_which_streams_send_and_by_what_label_they_go() -> None:
    offer = read_offer(SDP)
    assert [(each.place, each.label, each.sends) for each in offer.streams] == [(0, "96", True), (2, "98", False)]
    assert (offer.places, offer.sends, offer.paused) == (3, True, False)
    doubled = read_offer(SDP.replace("label:98", "label:96").replace("m=audio 4004", "m=audio 0"))
    assert [(each.label, each.sends) for each in doubled.streams] == [("96", True), ("place 2", False)]
    held = read_offer(SDP.replace("t=0 0\r\n", "t=0 0\r\na=inactive\r\n").replace("a=sendonly\r\n", ""))
    assert not held.sends
    assert read_offer(SDP.replace("t=0 0\r\n", "t=0 0\r\na=record:paused\r\n")).paused


def test_an_address_of_zeros_is_a_pause_where_no_direction_is_given() -> None:
    """As BroadWorks and Metaswitch pause; OpenSIPS writes such an address beside ``sendonly`` and sends."""
    mixed = "v=0\r\ns=-\r\nc=IN IP4 {}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\na=label:1\r\n"
    assert read_offer(mixed.format("192.0.2.1")).sends
    assert not read_offer(mixed.format("0.0.0.0")).sends
    assert read_offer(mixed.format("0.0.0.0") + "a=sendonly\r\n").sends
    assert read_offer(mixed.format("0.0.0.0") + "c=IN IP4 192.0.2.1\r\n").sends
    assert not read_offer(mixed.format("192.0.2.1") + "c=IN IP4 0.0.0.0\r\n").sends
