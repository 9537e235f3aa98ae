"""How the box meets its peers: registration, proxies, SRV, transports, encryption; and what it does with nonsense."""

from __future__ import annotations

import hashlib
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.name_server import TinyNameServer
from tests.functional.calls.sip_phone import Message, SipPhone, offer
from tests.functional.calls.stage import NUMBER, accept, staged
from tests.functional.calls.tones import has_tone, tone
from tests.functional.conftest import Note
from tests.functional.instruments.rtp import RtpPhone

pytestmark = pytest.mark.functional

USER, PASSWORD, REALM = "office42", "correct horse", "trunk.example"


def digest_is_right(request: Message, method: str) -> bool:
    """RFC 2617 section 3.2.2, with qop or without."""
    given = dict(re.findall(r'(\w+)="?([^",]+)"?', request.get("authorization")))
    one = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
    two = hashlib.md5(f"{method}:{given['uri']}".encode()).hexdigest()
    middle = f"{given['nonce']}:{given['nc']}:{given['cnonce']}:{given['qop']}" if "qop" in given else given["nonce"]
    right = hashlib.md5(f"{one}:{middle}:{two}".encode()).hexdigest()
    return bool(given["response"] == right)


def registrar(phone: SipPhone, timeout_s: float = 10) -> Message:
    """Challenge one registration and accept it; gives the one that carried the password's proof."""
    first = phone.expect_request("REGISTER", timeout_s=timeout_s)
    challenge = f'Digest realm="{REALM}", nonce="n{time.monotonic_ns()}", algorithm=MD5, qop="auth"'
    phone.reply(first, 401, headers=[("WWW-Authenticate", challenge)])
    second = phone.expect_request("REGISTER", timeout_s=timeout_s)
    assert digest_is_right(second, "REGISTER")
    phone.reply(second, 200, headers=[("Expires", "300")])
    return second


def registering(tmp_path: Path, **trunk: object) -> LinesAlone:
    account = {"user": USER, "password": PASSWORD, "register": True, "realm": REALM}
    return LinesAlone(tmp_path / "home", trunk={**account, **trunk})


def trunk_is_registered(lines: LinesAlone) -> bool:
    return bool(lines.control.get("/health")["lines"][0]["registered"])


def test_the_box_registers_with_user_and_password_and_says_so(tmp_path: Path) -> None:
    lines = registering(tmp_path)
    with lines.trunk_phone() as trunk, lines:
        registrar(trunk)
        wait_until(lambda: trunk_is_registered(lines), 15, "the registration to be known")
        assert PASSWORD not in lines.log()


def test_a_trunk_is_signed_off_from_even_if_it_asks_for_the_password_again(tmp_path: Path) -> None:
    lines = registering(tmp_path)
    with lines.trunk_phone() as trunk, lines:
        registrar(trunk)
        wait_until(lambda: trunk_is_registered(lines), 15, "the registration to be known")
        assert lines.process is not None
        lines.process.send_signal(signal.SIGTERM)
        assert registrar(trunk).get("expires") == "0"
        assert lines.stop() == 0


def test_lines_with_nobody_to_take_leave_of_stop_at_once(tmp_path: Path, note: Note) -> None:
    lines = LinesAlone(tmp_path / "home")
    took_s = []
    for _ in range(3):  # on a crowded machine one of them is enough: the library's own second would be in each
        with lines:
            began = time.monotonic()
            assert lines.stop() == 0
            took_s.append(time.monotonic() - began)
    note("stopping, s", ", ".join(f"{each:.2f}" for each in took_s))
    assert min(took_s) < 1.0


@pytest.mark.long
def test_the_way_through_a_nat_router_is_kept_open(tmp_path: Path) -> None:
    """RFC 5626 section 3.5: something is sent before the router forgets the flow (30 s at the least)."""
    lines = registering(tmp_path)
    with lines.trunk_phone() as trunk, lines:
        registrar(trunk)
        registered_at = time.monotonic()
        trunk.nothing_comes("INVITE", for_s=17)
        assert trunk.keep_alives >= 1, f"nothing came in {time.monotonic() - registered_at:.0f} s"


def test_a_refused_registration_is_shown_and_calls_are_still_tried(tmp_path: Path) -> None:
    lines = registering(tmp_path)
    with lines.trunk_phone() as trunk, lines, lines.office_phone() as office:
        trunk.reply(trunk.expect_request("REGISTER"), 403)
        wait_until(lambda: lines.control.get("/health")["state"] == "degraded", 15, "the refusal to be known")
        assert "403" in lines.control.get("/health")["lines"][0]["attention"][0]
        office.invite("999", offer(40000), calling="<sip:201@127.0.0.1>")
        assert trunk.expect_call().invite is not None


def test_a_call_is_authenticated_when_the_trunk_asks(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", trunk={"user": USER, "password": PASSWORD, "realm": REALM})
    with staged(lines) as stage:
        caller = stage.dial(NUMBER)
        first = stage.trunk.expect_request("INVITE")
        stage.trunk.reply(first, 401, headers=[("WWW-Authenticate", f'Digest realm="{REALM}", nonce="x1"')])
        called = stage.trunk.expect_call()
        assert called.invite is not None
        assert digest_is_right(called.invite, "INVITE")
        accept(called, stage.far)
        caller.answered()


def test_a_call_comes_in_by_the_registered_contact(tmp_path: Path) -> None:
    lines = registering(tmp_path)
    with lines.trunk_phone() as trunk, lines, lines.office_phone() as office:
        contact = re.search(r"<sip:([^@>]+)@", registrar(trunk).get("contact"))
        assert contact is not None
        trunk.invite(contact[1], offer(40000), to=f"<sip:{NUMBER}@trunk.example>")
        assert office.expect_call().invite is not None


def test_requests_go_by_the_outbound_proxy(tmp_path: Path) -> None:
    lines = registering(tmp_path)
    proxy_port = lines.ports.second_trunk
    proxy_at = f"127.0.0.1:{proxy_port}"
    lines.trunk = {**lines.trunk, "host": REALM, "outbound_proxy": proxy_at, "addresses": [proxy_at]}
    with SipPhone(lines.box, proxy_port) as proxy, lines, lines.office_phone() as office:
        assert registrar(proxy).start.startswith(f"REGISTER sip:{REALM}")
        office.invite(NUMBER, offer(40000), calling="<sip:201@127.0.0.1>")
        call = proxy.expect_call()
        assert call.invite is not None
        assert f"@{REALM}" in call.invite.start


def test_a_trunk_is_found_by_srv(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    with TinyNameServer() as server:
        server.targets = [(10, "one.trunk.example", lines.ports.trunk)]
        lines.trunk = {"host": "trunk.example", "addresses": [f"127.0.0.1:{lines.ports.trunk}"]}
        lines.sip = {"nameservers": [server.address]}
        with lines.trunk_phone() as trunk, lines, lines.office_phone() as office:
            office.invite(NUMBER, offer(40000), calling="<sip:201@127.0.0.1>")
            call = trunk.expect_call()
            assert call.invite is not None
            assert call.invite.start.startswith(f"INVITE sip:{NUMBER}@trunk.example")


def test_a_dead_server_of_a_trunk_is_left_for_its_next_one(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    with TinyNameServer() as server:
        dead, alive = ("one.trunk.example", lines.ports.stranger), ("two.trunk.example", lines.ports.trunk)
        server.targets = [(10, *dead), (20, *alive)]
        lines.trunk = {"host": "trunk.example", "addresses": [f"127.0.0.1:{lines.ports.trunk}"]}
        lines.sip = {"nameservers": [server.address]}
        with lines.trunk_phone() as trunk, lines, lines.office_phone() as office:
            office.invite("999", offer(40000), calling="<sip:201@127.0.0.1>")
            assert trunk.expect_call(timeout_s=6).invite is not None


def test_answers_come_back_to_the_port_the_request_came_from(tmp_path: Path) -> None:
    """RFC 3581: a trunk behind NAT says 5060 in its Via and sends from another port."""
    lines = LinesAlone(tmp_path / "home")
    with lines, lines.trunk_phone() as trunk, lines.office_phone() as office:
        real_port, trunk.port = trunk.port, 5999
        dialog = trunk.invite(NUMBER, offer(40000))
        called = office.expect_call()
        assert called.invite is not None
        called.reply(called.invite, 180)
        assert f"rport={real_port}" in dialog.expect(180).get("via")


def test_media_goes_to_where_it_comes_from(tmp_path: Path) -> None:
    """Symmetric RTP: the address in the description is behind NAT, the packets come from elsewhere."""
    lines = LinesAlone(tmp_path / "home")
    with lines, lines.trunk_phone() as trunk, lines.office_phone() as office, RtpPhone() as far, RtpPhone() as near:
        caller = trunk.invite(NUMBER, offer(9))  # discard: nobody listens there
        called = office.expect_call()
        accept(called, near)
        port = caller.answered().media_port
        far.peer = ("127.0.0.1", port)
        far.wait_for_media(15)
        caller.hang_up()


def test_a_phone_behind_nat_hears_and_is_heard_whatever_address_its_description_has(tmp_path: Path) -> None:
    """Its own network's address, which leads nowhere from here, in the offer and in the answer."""
    with staged(LinesAlone(tmp_path / "home")) as stage:
        elsewhere = ("c=IN IP4 127.0.0.1", "c=IN IP4 192.0.2.55")
        caller = stage.trunk.invite(NUMBER, offer(stage.far.port).replace(*elsewhere))
        called = stage.office.expect_call()
        assert called.invite is not None
        stage.near.peer = ("127.0.0.1", called.invite.media_port)
        called.reply(called.invite, 200, offer(stage.near.port, codecs="8 101").replace(*elsewhere))
        called.expect_request("ACK")
        stage.far.peer = ("127.0.0.1", caller.answered().media_port)
        for phone in (stage.far, stage.near):
            phone.wait_for_media(15)
        stage.far.speak(tone(600, 2))
        stage.near.speak(tone(1000, 2))
        wait_until(lambda: has_tone(stage.near.heard().pcm, 600), 15, "the far party to be heard")
        wait_until(lambda: has_tone(stage.far.heard().pcm, 1000), 15, "the office to be heard")
        caller.hang_up()
        (ring,) = stage.rings.wait_for(closed=True)
        assert has_tone(ring.channel(0), 600)
        assert has_tone(ring.channel(1), 1000)


def test_behind_nat_the_box_calls_itself_by_its_public_address(tmp_path: Path) -> None:
    public = "203.0.113.9"
    with staged(LinesAlone(tmp_path / "home", sip={"public_address": public})) as stage:
        caller = stage.dial(NUMBER)
        called = stage.trunk.expect_call()
        assert called.invite is not None
        assert f"c=IN IP4 {public}" in called.invite.body
        assert f"@{public}:" in called.invite.get("contact")
        accept(called, stage.far)
        answer = caller.answered()
        assert f"c=IN IP4 {public}" in answer.body
        assert f"@{public}:" in answer.get("contact")


def test_calls_over_tcp(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", trunk={"transport": "tcp"}, office={"transport": "tcp"})
    with lines, lines.trunk_phone("tcp") as trunk, lines.office_phone("tcp") as office, RtpPhone() as near:
        caller = trunk.invite(NUMBER, offer(40000))
        called = office.expect_call()
        assert called.invite is not None
        assert "SIP/2.0/TCP" in called.invite.get("via")
        accept(called, near)
        caller.answered()
        lines.wait_for_state("connected")
        called.hang_up()
        caller.expect_bye()


def test_after_a_kill_new_calls_work_within_3_seconds(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", trunk={"transport": "tcp"})
    with lines:
        for _ in range(3):
            with SipPhone(lines.box, lines.ports.trunk, "tcp") as trunk, lines.office_phone() as office:
                trunk.invite(NUMBER, offer(40000))
                assert office.expect_call().invite is not None
                lines.kill()
                killed_at = time.monotonic()
                lines.start_again()
            with SipPhone(lines.box, lines.ports.trunk, "tcp") as trunk, lines.office_phone() as office:
                trunk.invite(NUMBER, offer(40000))
                assert office.expect_call().invite is not None
                assert time.monotonic() - killed_at < 3


def test_a_port_in_use_is_said_plainly(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(lines.box)
        with pytest.raises(AssertionError, match="another program has that port"):
            lines.start()
        assert lines.process is not None
        assert lines.process.returncode == 40


def torture() -> list[bytes]:
    """Messages in the spirit of RFC 4475: valid but unusual, and invalid in ways that crashed somebody's parser."""
    good = (
        b"INVITE sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK%d\r\nMax-Forwards: 70\r\n"
        b"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:1@127.0.0.1>\r\nCall-ID: t%d\r\nCSeq: 1 INVITE\r\n"
        b"Contact: <sip:a@127.0.0.1>\r\nContent-Length: 0\r\n\r\n"
    )
    one = [good % (number, number) for number in range(14)]
    return [
        one[0].replace(b"CSeq: 1 INVITE", b"CSeq: 36893488147419103232 REGISTER"),  # 3.1.2.4
        one[1].replace(b"Content-Length: 0", b"Content-Length: 9999"),  # 3.1.2.2
        one[2].replace(b"Content-Length: 0", b"Content-Length: -999"),  # 3.1.2.3
        one[3].replace(b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia", 1),  # 3.1.2.16
        one[4].replace(b"To: <sip:1@127.0.0.1>", b'To: "Mr. J. User <sip:j.user@example.com>'),  # 3.1.2.6
        one[5].replace(b"sip:1@127.0.0.1 SIP", b"<sip:1@127.0.0.1> SIP"),  # 3.1.2.7
        one[6].replace(b"sip:1@127.0.0.1 SIP", b"sip:1@127.0.0.1; lr SIP"),  # 3.1.2.8
        one[7].replace(b"From: <sip:a@127.0.0.1>;tag=1", b"From: <sip:a@127.0.0.1>;tag=1\r\nFrom: <sip:b@x>;tag=2"),
        one[8].replace(b"To:", b"T\0o:"),
        one[9].replace(b"Via: SIP/2.0/UDP", b"Via: SIP  / 2.0\r\n /UDP"),  # 3.1.1.1
        one[10].replace(b"Call-ID: t10\r\n", b""),
        one[11].replace(b"sip:a@127.0.0.1>;tag", b"sip:%00%ff%fe@127.0.0.1>;tag"),
        one[12].replace(b"Contact: ", b"Contact: " + b"A" * 9000),
        one[13].replace(b"INVITE sip:1", b"INVITE " + b"unknown-scheme:x" * 40),
        b"\r\n\r\n",
        b"\0" * 500,
        b"SIP/2.0 200 OK\r\n\r\n",
        b"SIP/2.0 4294967301 better not break\r\nVia: SIP/2.0/UDP x\r\n\r\n",
        b"INVITE\r\n\r\n",
        bytes(range(256)) * 20,
    ]


def test_nonsense_crashes_nothing_and_calls_go_on(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    with lines, lines.trunk_phone() as trunk, lines.office_phone() as office:
        for message in torture():
            trunk.send(message)
        sdp_nonsense = ["v=0\r\n", "m=audio 99999999 RTP/AVP 0\r\n", "v=0\r\nm=\r\nc=\r\n" * 50, "\0\0\0"]
        for body in sdp_nonsense:
            assert trunk.invite(NUMBER, body).failed() >= 400
        with RtpPhone() as near:
            caller = trunk.invite("01632960999", offer(40000))
            called = office.expect_call()
            while called.invite is not None and "01632960999" not in called.invite.start:
                called = office.expect_call()  # some of the nonsense was good enough to ring
            accept(called, near)
            caller.answered()
            called.request("INVITE", "v=0\r\nm=audio nonsense\r\n")
            assert called.failed() >= 400
            near._put(bytes(range(256)))  # and nonsense where RTP should be
            lines.wait_for_state("connected")
            caller.hang_up()
            called.expect_bye()
