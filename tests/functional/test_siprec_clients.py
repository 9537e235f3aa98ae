"""Recording clients of every make, secured ones, and rtpengine: each party of what they send is recorded alone."""

from __future__ import annotations

import random
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.functional.calls.lines_alone import CaughtRing, RingCatcher, wait_until
from tests.functional.calls.recording_client import (
    BOUNDARY,
    SiprecAlone,
    Speaker,
    Voices,
    media_ports,
    metadata_xml,
    multipart,
    streams_offer,
)
from tests.functional.calls.sip_phone import offer
from tests.functional.calls.tls_peers import Identity
from tests.functional.calls.tones import has_tone, tone
from tests.functional.conftest import Note
from tests.functional.instruments.measure import Sent, compare
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.rtpengine import RtpEngine
from tests.functional.instruments.sipp import Sipp
from tests.functional.instruments.speech import conversation
from tests.functional.office.ports import free_ports
from tests.unit.siprec_dialects import DIALECTS, Dialect

pytestmark = pytest.mark.functional

CALLER = Speaker("sip:+441632960123@carrier.example", ("1",), "A. Caller")
CLERK = Speaker("sip:201@pbx.example", ("2",), "Front desk")


@contextmanager
def hearing(folder: Path, **siprec: Any) -> Iterator[tuple[SiprecAlone, RingCatcher]]:
    with ExitStack() as stack:
        lines = SiprecAlone(folder / "home", free_ports(), siprec=siprec)
        lines.prepare()
        rings = stack.enter_context(RingCatcher(lines.home.rings_socket))
        stack.enter_context(lines)
        wait_until(lambda: bool(lines.control.get("/health")["recorder_connected"]), 10, "the rings to be caught")
        yield lines, rings


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SiprecAlone, RingCatcher]]:
    with hearing(tmp_path_factory.mktemp("siprec")) as both:
        yield both


@pytest.mark.parametrize("dialect", DIALECTS, ids=str)
def test_each_make_of_client_is_recorded(
    dialect: Dialect, heard: tuple[SiprecAlone, RingCatcher], tmp_path: Path
) -> None:
    lines, rings = heard
    rings.forget()
    ports = (40_000,) if len(dialect.labels) == 1 else (40_000, 40_002)
    body = multipart(streams_offer(ports, dialect.labels), dialect.metadata, dialect.kind)
    client = Sipp.recording_client(
        tmp_path,
        lines.box,
        lines.ports.trunk,
        contact=dialect.contact,
        user_agent=dialect.user_agent or "test",
        boundary=BOUNDARY,
        body=body.replace("\r\n", "\n"),
        seconds=0.7 if not dialect.office_number else 0.3,
    )
    with client as sipp:
        assert sipp.wait(15) == 0, sipp.report()
    (ring,) = rings.wait_for(closed=True)
    record = ring.record
    assert (record.far_party.number, record.office_party.number) == (dialect.far_number, dialect.office_number)
    assert record.direction == dialect.direction
    assert [leg.side for leg in record.legs] == ["far_party", "office"][: len(ports)]
    if dialect.metadata:
        assert record.session_metadata[0].startswith("<?xml")


def test_rtpengine_forwards_a_call_and_its_copy_keeps_the_parties_apart(
    heard: tuple[SiprecAlone, RingCatcher], tmp_path: Path, note: Note
) -> None:
    """The forwarder of Kamailio and OpenSIPS: a call through it, and a subscription with the flag that SIPREC needs."""
    lines, rings = heard
    rings.forget()
    base = lines.ports.base
    talk = conversation(9, seed=5)
    with ExitStack() as stack:
        engine = stack.enter_context(RtpEngine(tmp_path, base + 60, (base + 62, base + 98)))
        far, near = stack.enter_context(RtpPhone()), stack.enter_context(RtpPhone())
        call = {"call_id": "through-the-forwarder", "from_tag": "far"}
        offered = engine.ask(command="offer", sdp=offer(far.port, codecs="8 101"), **call)
        answered = engine.ask(command="answer", to_tag="near", sdp=offer(near.port, codecs="8 101"), **call)
        near.peer = ("127.0.0.1", _port(offered["sdp"]))
        far.peer = ("127.0.0.1", _port(answered["sdp"]))
        copy = engine.ask(command="subscribe request", call_id=call["call_id"], flags=["all", "siprec"])
        client = stack.enter_context(lines.client())
        labels = [line.partition(":")[2].strip() for line in copy["sdp"].splitlines() if line.startswith("a=label:")]
        said = metadata_xml(Speaker(CALLER.aor, labels[:1]), Speaker(CLERK.aor, labels[1:]))
        session = client.record(copy["sdp"], said)
        answer = session.answered()
        assert len(media_ports(answer)) == 2
        engine.ask(command="subscribe answer", call_id=call["call_id"], to_tag=copy["to-tag"], sdp=answer.body)
        time.sleep(0.3)
        far.speak(talk.far)
        near.speak(talk.office)
        time.sleep(9.8)
        session.hang_up()
        ring: CaughtRing = rings.wait_for(closed=True)[0]
        sent = [Sent(phone.spoken().pcm, phone.spoken().starts_at) for phone in (far, near)]
    recorded = np.stack([ring.channel(0), ring.channel(1)], axis=1)
    figures = compare(recorded, *sent)
    for line in figures.lines():
        note("SIPREC through rtpengine", line)
    for leg in ring.record.legs:
        note("SIPREC jitter buffer", f"{leg.side}: {leg.jitter_buffer_delay_ms:.0f} ms")
    for channel in (figures.far, figures.office):
        assert channel.correlation > 0.8
        assert channel.worst_pesq > 3
        assert channel.leak_db > 40


def test_sound_is_decrypted_where_the_client_offers_keys(
    heard: tuple[SiprecAlone, RingCatcher], tmp_path: Path
) -> None:
    lines, rings = heard
    rings.forget()
    (tmp_path / "metadata.xml").write_text(metadata_xml(CALLER, CLERK))
    assert _secure(f"sip:recorder@127.0.0.1:{lines.ports.box}", tmp_path) == 200
    (ring,) = rings.wait_for(closed=True)
    assert has_tone(ring.channel(0), 600)
    assert has_tone(ring.channel(1), 1000)
    assert not has_tone(ring.channel(1), 600)


def test_only_a_client_with_a_certificate_of_its_authority_is_taken_and_only_encrypted_sound(tmp_path: Path) -> None:
    theirs, strange = (Identity.of_a_client(tmp_path / name, name) for name in ("client", "stranger"))
    ports = {"transports": ("tls",), "client_ca_file": str(theirs.certificate), "srtp": "required"}
    with hearing(tmp_path, **ports) as (lines, rings):
        ours = Identity.of_the_box(lines.home)
        lines_port = lines.ports.base + 1
        trusted = ours.trusting()
        trusted.load_cert_chain(theirs.certificate, theirs.key)
        with Voices() as voices, lines.client("tls", tls=trusted, host="127.0.0.1") as client:
            client.box, client.contact_port = ("127.0.0.1", lines_port), 9
            plain = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK))
            assert plain.failed() == 488
            keys = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
            secured = streams_offer(voices.ports, extra=keys).replace("RTP/AVP", "RTP/SAVP")
            session = client.record(secured, metadata_xml(CALLER, CLERK))
            assert "RTP/SAVP" in session.answered().body
            session.hang_up()
        stranger, nobody = ours.trusting(), ours.trusting()
        stranger.load_cert_chain(strange.certificate, strange.key)
        assert [_is_let_in(lines_port, context) for context in (trusted, stranger, nobody)] == [True, False, False]
        assert len(rings.rings) == 1


def test_a_process_that_is_killed_takes_the_next_session(tmp_path: Path) -> None:
    with hearing(tmp_path) as (lines, rings), lines.client() as client, Voices() as voices:
        before = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK))
        voices.send_to(before.answered())
        rings.wait_for()
        lines.kill()
        lines.start_again()
        # The client finds its session gone (481), and begins another.
        before.request("INVITE", streams_offer(voices.ports, version=2))
        assert before.failed() == 481
        client.forget()
        again = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK))
        voices.send_to(again.answered())
        voices.phones[0].speak(tone(600, 1))
        time.sleep(1.2)
        again.hang_up()
        rings.wait_for(closed=True)
    after = [ring for ring in rings.rings.values() if ring.closed]
    assert [ring.record.far_party.number for ring in after] == ["+441632960123"]


def test_a_client_is_asked_to_send_nothing_while_paused_and_may_refuse(tmp_path: Path) -> None:
    with hearing(tmp_path, ask_to_pause=True) as (lines, rings), lines.client() as client, Voices() as voices:
        session = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK))
        voices.send_to(session.answered())
        for phone in voices.phones:
            phone.speak(tone(600, 9))
        call = lines.wait_for_state("connected")["call_id"]
        lines.control.post(f"/calls/{call}/pause", {"how": "api", "who": "the till"})
        asks = session.expect_request("INVITE")
        assert asks.body.count("a=inactive") == 2
        assert asks.body.count("a=recordpref:pause") == 2
        assert asks.body.count("a=label:") == 2
        session.reply(asks, 200, streams_offer(voices.ports, direction="inactive", version=2))
        session.expect_request("ACK")
        time.sleep(0.5)
        lines.control.post(f"/calls/{call}/resume", {"how": "api", "who": "the till"})
        asks = session.expect_request("INVITE")
        assert asks.body.count("a=recvonly") == 2
        session.reply(asks, 200, streams_offer(voices.ports, version=3))
        session.expect_request("ACK")
        voices.send_to(asks)
        time.sleep(1.7)
        lines.control.post(f"/calls/{call}/pause", {"how": "api", "who": "the till"})
        refused = session.expect_request("INVITE")
        session.reply(refused, 488)
        session.expect_request("ACK")
        time.sleep(0.5)
        lines.control.post(f"/calls/{call}/resume", {"how": "api", "who": "the till"})
        again = session.expect_request("INVITE")
        session.reply(again, 488)
        time.sleep(1.5)
        session.hang_up()
        (ring,) = rings.wait_for(closed=True)
        assert [pause.how for pause in ring.record.pauses] == ["api", "api"]
        assert [pause.resumed_how for pause in ring.record.pauses] == ["api", "api"]
        assert has_tone(ring.channel(0)[-6000:], 600)
        first, second = ring.record.pauses
        assert first.ended_at_ms is not None
        began = ring.record.started_at_ms
        between = slice((first.ended_at_ms - began + 300) * 8, (second.started_at_ms - began - 100) * 8)
        assert has_tone(ring.channel(1)[between], 600)


@pytest.mark.long
def test_a_session_of_a_client_that_forgot_it_is_ended(tmp_path: Path) -> None:
    """Nothing comes for a minute: the client is asked, and knows nothing of it."""
    with hearing(tmp_path) as (lines, rings), lines.client() as client, Voices() as voices:
        session = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK))
        session.answered()
        lines.wait_for_state("connected")
        asked = session.expect_request("OPTIONS", timeout_s=75)
        session.reply(asked, 200)
        assert len(lines.calls()) == 1
        asked = session.expect_request("OPTIONS", timeout_s=75)
        session.reply(asked, 481)
        session.reply(session.expect_request("BYE"), 481)
        (ring,) = rings.wait_for(closed=True)
        assert ring.record.end_cause


def test_strangers_are_refused(tmp_path: Path) -> None:
    with hearing(tmp_path, clients=("127.0.0.9",)) as (lines, _), lines.client() as stranger:
        assert stranger.record(streams_offer((40_000,)), metadata_xml(CALLER, CLERK)).failed() == 403
        with lines.client(host="127.0.0.9") as client:
            session = client.record(streams_offer((40_000,)), metadata_xml(CALLER, CLERK))
            session.answered()
            session.hang_up()
        wait_until(lambda: "refused 1 request from 127.0.0.1" in lines.log(), 15, "the stranger to be logged")


def test_whatever_a_client_sends_the_next_session_is_recorded(tmp_path: Path) -> None:
    """Damaged INVITEs, streams that come and go, bodies of every kind, before and inside a session."""
    dice = random.Random(7866)
    whole = multipart(streams_offer((40_000, 40_002)), metadata_xml(CALLER, CLERK))
    with hearing(tmp_path) as (lines, rings), lines.client() as client:
        process = lines.process
        assert process is not None
        for body in (*(_damaged(whole, dice) for _ in range(30)), *_odd_bodies()):
            client.record("", whole=body)
        dialog = client.record(streams_offer((40_000, 40_002)), metadata_xml(CALLER, CLERK))
        dialog.answered()
        for body in (*(_damaged(whole, dice) for _ in range(20)), *_odd_bodies()):
            for method in ("INVITE", "UPDATE"):
                dialog.request(method, body, content=f"multipart/mixed;boundary={BOUNDARY}")
                if dialog.expect(*range(200, 700), method=method).status < 300 and method == "INVITE":
                    dialog.request("ACK")
        assert process.poll() is None
        client.forget()
    rings.rings.clear()
    with hearing(tmp_path / "again") as (lines, rings), lines.client() as client, Voices() as voices:
        session = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK))
        voices.send_to(session.answered())
        session.hang_up()
        rings.wait_for(closed=True)


def _damaged(body: str, dice: random.Random) -> str:
    start = dice.randrange(len(body))
    end = min(len(body), start + dice.randrange(1, 120))
    return dice.choice(
        [
            body[:start] + body[end:],
            body[:start] + body[start:end] * 3 + body[end:],
            body[:start] + dice.choice("\0\xff<>&\r\n=:") + body[start:],
            body[:start],
            body.replace(dice.choice(["m=audio", "a=label", "<send>", "40000", "sendonly", "--", "urn:"]), "x", 1),
        ]
    )


def _odd_bodies() -> list[str]:
    many = streams_offer([40_000 + 2 * place for place in range(30)])
    return [
        "",
        multipart(many, metadata_xml(CALLER, CLERK)),
        multipart(streams_offer((0, 40_002)), metadata_xml(CALLER, CLERK)),
        multipart(streams_offer((40_000,), [""])),
        multipart(streams_offer(()), metadata_xml(CALLER, CLERK)),
        multipart(streams_offer((40_000, 40_002)).replace("m=audio", "m=video"), ""),
        multipart(streams_offer((40_000,)), f"<recording>{'x' * 20_000}</recording>"),
        multipart("", metadata_xml(CALLER, CLERK)),
        multipart(streams_offer((40_000,)), '<!DOCTYPE r [<!ENTITY a "b">]><recording>&a;</recording>'),
    ]


def _is_let_in(port: int, context: ssl.SSLContext) -> bool:
    """Whether a TLS client gets an answer."""
    asked = (
        f"OPTIONS sip:r@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKx\r\n"
        "From: <sip:c@127.0.0.1>;tag=1\r\nTo: <sip:r@127.0.0.1>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
        "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        try:
            with context.wrap_socket(connection, server_hostname="localhost") as secured:
                secured.sendall(asked.encode())
                return secured.recv(1000).startswith(b"SIP/2.0 200")
        except OSError:
            return False


def _port(sdp: str) -> int:
    return int(sdp.partition("m=audio ")[2].split()[0])


def _secure(uri: str, folder: Path, ca_file: str = "-", seconds: float = 2.5) -> int:
    command = [sys.executable, "-m", "tests.functional.calls.secure_client", uri, str(folder / "metadata.xml")]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [*command, ca_file, str(seconds)], cwd=root, capture_output=True, text=True, timeout=30, check=True
    )
    return int(done.stdout.split()[-1])


def test_a_pause_outlives_the_process_that_heard_it(tmp_path: Path) -> None:
    """Its client begins another session of the call once it notices; until then nobody can let the recording go on."""
    said = metadata_xml(CALLER, CLERK, session="the-payment")
    with hearing(tmp_path) as (lines, rings), lines.client() as client, Voices() as voices:
        for phone in voices.phones:
            phone.speak(tone(600, 20))
        voices.send_to(client.record(streams_offer(voices.ports), said).answered())
        wait_until(lambda: bool(lines.calls()), 15, "the call")
        lines.control.post(f"/calls/{lines.calls()[0]['call_id']}/pause", {"how": "api", "who": "till"})
        rings.wait_for()
        lines.kill()
        lines.start_again()
        wait_until(lambda: bool(lines.control.get("/health")["recorder_connected"]), 10, "the rings to be caught")
        again = client.record(streams_offer(voices.ports), said)
        voices.send_to(again.answered())
        wait_until(lambda: any(call["paused"] for call in lines.calls()), 15, "the call to stay paused")
        time.sleep(0.5)
        again.hang_up()
        (ring,) = (each for each in rings.wait_for(2) if each.record.recording_id != next(iter(rings.rings)))
        wait_until(lambda: ring.closed, 15, "the recording to end")
        lines.wait_until_quiet()
        (paused,) = ring.record.pauses
        assert (paused.how, paused.started_at_ms) == ("automatic", ring.record.started_at_ms)
        assert not ring.channel(0).any()
