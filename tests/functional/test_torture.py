"""Malformed SIP harms nobody: the RFC 4475 torture messages and thousands of damaged ones, from peers and a stranger.

All of it in a network of its own, because the messages name hosts of the wide world. Afterwards the same process takes
a call, records it, and says that it is well.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.functional.conftest import Note
from tests.functional.instruments.measure import Sent, aligned, holes
from tests.functional.instruments.private_network import PrivateNetwork
from tests.functional.instruments.sipp import Sipp, Streams
from tests.functional.instruments.speech import conversation, write_raw
from tests.functional.instruments.torture import TortureMessage, mutations, torture_messages
from tests.functional.office.office import Office
from tests.functional.office.processes import Processes, lines_command, wait_until
from tests.functional.office.speaking import said

pytestmark = pytest.mark.functional

_TALK_S = 6
_WHERE_VIA_SAYS = 5060  # RFC 3261, 18.2.2: an answer goes to the port in the Via header, which names none here


@pytest.fixture
def office(silent_office: Office) -> Office:
    return silent_office


@pytest.fixture
def network() -> Iterator[PrivateNetwork]:
    with PrivateNetwork() as made:
        yield made


@pytest.fixture
def processes(office: Office, network: PrivateNetwork) -> Processes:
    return office.start("recorder", "opener", "lines", lines=(*network.under, *lines_command()))


def test_the_torture_messages_are_as_the_rfc_has_them() -> None:
    messages = torture_messages()
    assert len({one.name for one in messages}) == 49
    lengths_that_are_wrong_on_purpose = {"dblreq", "clerr", "ncl", "multi01", "mcl01"}
    for one in messages:
        head, _, body = one.octets.partition(b"\r\n\r\n")
        claimed = re.search(rb"^(?:content-length|l)\s*:\s*(-?\d+)\s*$", head, re.IGNORECASE | re.MULTILINE)
        if claimed and one.name not in lengths_that_are_wrong_on_purpose:
            assert int(claimed[1]) == len(body), one.name


def test_after_every_torture_message_a_call_is_taken_and_recorded(
    office: Office, processes: Processes, network: PrivateNetwork, folder: Path, note: Note
) -> None:
    before = processes.pid("lines")
    for sender in ("stranger", "office", "trunk"):  # the stranger first: an answer to a peer must not pass for his
        port = getattr(office.ports, sender)
        with network.udp_socket(port) as source, network.udp_socket(_WHERE_VIA_SAYS) as answers:
            answered = {one.name: _answer_to(one, source, answers, office) for one in torture_messages()}
        note(f"answers to {len(answered)} torture messages from the {sender}", _counted(list(answered.values())))
        if sender == "stranger":
            invited = [answered[one.name] for one in torture_messages() if one.octets.startswith(b"INVITE")]
            assert not [status for status in invited if status.startswith("2")], "a stranger's call was taken"
            assert office.calls() == []
    assert processes.pid("lines") == before, processes.log("lines")[-2000:]
    _a_normal_call(office, network, folder)
    assert processes.pid("lines") == before


@pytest.mark.parametrize(
    "copies", [20, pytest.param(400, marks=[pytest.mark.long, pytest.mark.timeout(1800)], id="thousands")]
)
def test_after_damaged_messages_a_call_is_taken_and_recorded(
    office: Office, processes: Processes, network: PrivateNetwork, folder: Path, note: Note, copies: int
) -> None:
    before, sent = processes.pid("lines"), 0
    with network.udp_socket(office.ports.trunk) as source:
        for number, message in enumerate([_invite(office), *torture_messages()]):
            for damaged in mutations(message.octets, copies, seed=number):
                source.sendto(damaged, ("127.0.0.1", office.ports.box))
                sent += 1
                if sent % 50 == 0:
                    _still_answers(source, office)
    note("damaged messages", sent)
    assert processes.pid("lines") == before, processes.log("lines")[-2000:]
    _a_normal_call(office, network, folder)
    assert processes.pid("lines") == before


def _answer_to(message: TortureMessage, source: socket.socket, answers: socket.socket, office: Office) -> str:
    """The status of the last answer so far, if any. In either case the box must still answer an OPTIONS after it."""
    source.sendto(message.octets, ("127.0.0.1", office.ports.box))
    _still_answers(source, office)
    answers.setblocking(False)
    status = "no answer"
    with suppress(BlockingIOError):
        while True:
            status = answers.recv(65536).split(b" ", 2)[1].decode()
    return status


def _still_answers(source: socket.socket, office: Office) -> None:
    """Ask with OPTIONS, and wait for the answer to that. The box answers in the order it is asked.

    Asked again as RFC 3261 section 17.1.2 says: a burst of large messages may fill the socket's buffer for a moment.
    """
    mine = f"probe{os.urandom(6).hex()}"
    port = source.getsockname()[1]
    question = (
        f"OPTIONS sip:127.0.0.1:{office.ports.box} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};rport;branch=z9hG4bK{mine}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:probe@127.0.0.1>;tag={mine}\r\nTo: <sip:box@127.0.0.1>\r\n"
        f"Call-ID: {mine}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    ).encode()
    for wait_s in (0.5, 1, 2, 4):
        source.sendto(question, ("127.0.0.1", office.ports.box))
        source.settimeout(wait_s)
        with suppress(TimeoutError):
            while mine.encode() not in source.recv(65536):
                pass
            return
    raise TimeoutError("the box no longer answers")


def _counted(answers: list[str]) -> str:
    return ", ".join(f"{answers.count(one)} × {one}" for one in sorted(set(answers)))


def _invite(office: Office) -> TortureMessage:
    ports = office.ports
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {ports.far_media} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )
    head = (
        f"INVITE sip:01632960001@127.0.0.1:{ports.box} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{ports.trunk};branch=z9hG4bKgood;rport\r\nMax-Forwards: 70\r\n"
        'From: "A caller" <sip:01632960123@127.0.0.1>;tag=good\r\nTo: <sip:01632960001@127.0.0.1>\r\n'
        f"Call-ID: good@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: <sip:127.0.0.1:{ports.trunk}>\r\n"
        "P-Asserted-Identity: <tel:+441632960123>\r\nPrivacy: none\r\nSupported: timer, 100rel\r\n"
        f"Session-Expires: 1800\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return TortureMessage("", "good", "A good INVITE", (head + body).encode())


def _a_normal_call(office: Office, network: PrivateNetwork, folder: Path) -> None:
    ports, lead, talk = office.ports, 2, conversation(_TALK_S)
    far = write_raw(folder / "far.raw", said(lead, talk.far), "PCMA")
    near = write_raw(folder / "office.raw", said(0.5, talk.office), "PCMA")
    phone = Sipp.answerer(folder, ports.office, Streams(near), media_base=ports.office_media)
    call = Sipp.caller(
        folder,
        ("127.0.0.1", ports.box),
        ports.second_trunk,
        Streams(far),
        media_base=ports.far_media,
        seconds=lead + _TALK_S,
        calling="<sip:01632960777@127.0.0.1>",
    )
    phone, call = (replace(one, under=(*network.under, *one.under)) for one in (phone, call))
    with phone, call as caller:
        assert caller.wait(lead + _TALK_S + 30) == 0, caller.report()
    rows: list[str] = []

    def recorded() -> bool:
        rows[:] = [
            row["id"]
            for row in office.recordings(limit=200)
            if row["state"] == "complete" and str(row["far_party"]).endswith("777")
        ]
        return bool(rows)

    wait_until(recorded, 20, "the normal call's recording to be complete")
    both = aligned(office.opened(rows[0]), Sent(talk.far, 0.0), Sent(talk.office, 0.0))
    assert [holes(was_sent, channel) for was_sent, channel in both] == [[], []]
