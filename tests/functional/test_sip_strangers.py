"""Who is no peer gets 403, whatever it asks and however often; peers and calls do not notice it."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.network.block_requests import BlockRequest, BlockRequests
from firmware.core.scanner_watch import place_of
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog, Headers, Message, SipPhone, offer
from tests.functional.calls.stage import NUMBER, Stage, accept, staged
from tests.functional.calls.tones import has_tone, tone
from tests.functional.conftest import Note

pytestmark = pytest.mark.functional

STRANGER = "127.0.0.66"
METHODS = ("INVITE", "OPTIONS", "REGISTER", "SUBSCRIBE", "MESSAGE", "PUBLISH", "REFER", "BYE", "CANCEL", "XYZZY")
FLOOD = 20_000


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Stage]:
    with staged(LinesAlone(tmp_path / "home")) as made:
        yield made


def asked(phone: SipPhone, method: str, tag: str = "", headers: Headers = ()) -> Message:
    """Ask the box for something outside any call; gives its answer."""
    target = f"sip:{NUMBER}@{phone.box[0]}:{phone.box[1]}"
    to = f"<{target}>{f';tag={tag}' if tag else ''}"
    dialog = Dialog(phone, f"{method}-{time.monotonic_ns()}", "<sip:x@127.0.0.1>;tag=1", to, target)
    dialog.branch = f"z9hG4bK{time.monotonic_ns()}"
    phone.send_request(dialog, method, "", headers, "application/sdp")
    return dialog.expect(*range(200, 700), timeout_s=3)


def test_a_stranger_gets_403_whatever_it_asks(plain: Stage) -> None:
    with SipPhone(plain.lines.box, host=STRANGER) as stranger:
        answers = {method: asked(stranger, method).status for method in METHODS}
        assert answers == dict.fromkeys(METHODS, 403)
        assert asked(stranger, "BYE", tag="guessed").status == 403
        assert asked(stranger, "INVITE", tag="guessed").status == 403
    assert plain.lines.calls() == []
    wait_until(lambda: STRANGER in plain.lines.log(), 15, "the refusals to be logged")
    assert plain.lines.log().count(STRANGER) == 1


def test_a_stranger_by_tcp_gets_403_too(plain: Stage) -> None:
    with SipPhone(plain.lines.box, transport="tcp", host=STRANGER) as stranger:
        connection = socket.create_connection(plain.lines.box, source_address=(STRANGER, 0))
        stranger._streams[connection] = b""
        stranger._selector.register(connection, selectors.EVENT_READ)
        assert asked(stranger, "OPTIONS").status == 403


def test_a_peer_that_asks_whether_the_box_is_there_gets_200(plain: Stage) -> None:
    for phone in (plain.trunk, plain.office):
        assert asked(phone, "OPTIONS").status == 200


def test_a_provider_may_be_a_whole_network(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home", trunk={"addresses": ["127.0.0.64/30", "2001:db8::/48"]})
    with lines:
        for host, answer in (("127.0.0.64", 200), ("127.0.0.67", 200), ("127.0.0.68", 403), ("127.0.0.63", 403)):
            with SipPhone(lines.box, host=host) as phone:
                assert asked(phone, "OPTIONS").status == answer, host


def test_a_trunk_that_the_box_registered_with_is_no_stranger(tmp_path: Path) -> None:
    """Its address is in nobody's list: the box turned to it by itself."""
    here = "127.0.0.67"
    lines = LinesAlone(tmp_path / "home")
    account = {"user": "office42", "password": "correct horse", "register": True}
    lines.trunk = {**account, "host": f"{here}:{lines.ports.trunk}", "addresses": ["198.51.100.1"]}
    with SipPhone(lines.box, lines.ports.trunk, host=here) as trunk, lines:
        trunk.reply(trunk.expect_request("REGISTER"), 200, headers=[("Expires", "300")])
        assert asked(trunk, "OPTIONS").status == 200
        with SipPhone(lines.box, host=STRANGER) as stranger:
            assert asked(stranger, "OPTIONS").status == 403


def test_another_machine_of_a_provider_may_end_a_call_it_knows(plain: Stage) -> None:
    """Requests inside a call go by its tags: a provider's next machine may not be in the list."""
    caller, called = plain.connect()
    with SipPhone(plain.lines.box, host=STRANGER) as another:
        caller.phone = another
        caller.request("BYE")
        caller.expect(200, method="BYE")
    called.expect_bye()
    plain.lines.wait_until_quiet()


def flood(box: tuple[str, int], packets: int) -> int:
    """Scan as scanners do, 50 packets at a time and some thousands a second; gives how many are answered."""
    message = (
        "OPTIONS sip:100@{0}:{1} SIP/2.0\r\nVia: SIP/2.0/UDP {2}:{3};branch=z9hG4bK-{4};rport\r\nMax-Forwards: 70\r\n"
        'From: "sipvicious"<sip:100@1.1.1.1>;tag={4}\r\nTo: "sipvicious"<sip:100@1.1.1.1>\r\nCall-ID: {4}\r\n'
        "CSeq: 1 OPTIONS\r\nContact: <sip:100@{2}:{3}>\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
    )
    answered = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.bind((STRANGER, 0))
        scanner.settimeout(0.01)
        port = scanner.getsockname()[1]
        for number in range(0, packets, 50):
            for each in range(number, number + 50):
                scanner.sendto(message.format(*box, STRANGER, port, each).encode(), box)
            with contextlib.suppress(TimeoutError):
                while scanner.recv(4096).startswith(b"SIP/2.0 403 "):
                    answered += 1
    return answered


def cpu_s(pid: int) -> float:
    """CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kb(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


def test_a_scanner_is_soon_not_heard_any_more_and_costs_little_and_calls_go_on(plain: Stage, note: Note) -> None:
    caller, called = plain.connect()
    assert plain.lines.process is not None
    pid = plain.lines.process.pid
    note("answered before it is not heard", flood(plain.lines.box, 2500))
    wait_until(lambda: plain.lines.control.get("/scanners")["places"] != [], 60, "the scanner to be known as one")
    cpu, memory, since = cpu_s(pid), resident_kb(pid), time.monotonic()
    plain.near.speak(tone(1000, 60))
    assert flood(plain.lines.box, FLOOD) == 0
    took = time.monotonic() - since
    cpu, memory = cpu_s(pid) - cpu, resident_kb(pid) - memory
    note("packets a second, none answered", round(FLOOD / took))
    note("CPU a packet, microseconds, calls included", round(1e6 * cpu / FLOOD))
    note("memory grown, kB", memory)
    note("longest gap in the caller's sound, ms", round(1000 * plain.far.longest_gap_s(since)))
    assert 1e6 * cpu / FLOOD < 250
    assert memory < 2000
    assert plain.far.longest_gap_s(since) < 0.2
    wait_until(lambda: has_tone(plain.far.heard().pcm[-8000:], 1000), 15, "the office to be heard")
    second = plain.trunk.invite("01632960777", offer(40000))
    accept(plain.office.expect_call(), plain.near)
    second.answered()
    caller.hang_up()
    called.expect_bye()
    assert plain.lines.log().count(STRANGER) <= 4


def test_the_packet_filter_is_asked_to_drop_a_scanner_and_a_person_has_it_heard_again(tmp_path: Path) -> None:
    lines = LinesAlone(tmp_path / "home")
    lines.prepare()
    lines.home.block_requests.mkdir()
    with lines:
        with SipPhone(lines.box, host=STRANGER) as stranger:
            for _ in range(2):
                assert asked(stranger, "OPTIONS").status == 403
            flood(lines.box, 100)
            wait_until(lambda: any(lines.home.block_requests.iterdir()), 60, "the packet filter to be asked")
            assert list(BlockRequests(lines.home.block_requests).take()) == [BlockRequest(place_of(STRANGER), 60)]
            (place,) = lines.control.get("/scanners")["places"]
            assert place["address"] == f"{STRANGER}/32"
            assert 0 < place["left_s"] <= 60
            lines.control.post("/scanners/forgive", {"address": STRANGER})
            wait_until(lambda: lines.control.get("/scanners")["places"] == [], 60, "it to be forgiven")
            assert asked(stranger, "OPTIONS").status == 403
        with SipPhone(lines.box, lines.ports.trunk) as trunk:
            assert asked(trunk, "OPTIONS").status == 200
