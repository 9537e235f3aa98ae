"""Registered phones do what phones behind a telephone system do: talk, transfer, pause; over any transport."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.functional.calls.lines_alone import wait_until
from tests.functional.calls.phone_office import (
    COLLEAGUE,
    DESK,
    SALES,
    SECRET,
    SOFT,
    PhoneOffice,
    phone_office,
    without_exchange,
)
from tests.functional.calls.registering import Account, invite, register
from tests.functional.calls.sip_phone import Dialog, SipPhone, Transport, offer
from tests.functional.calls.stage import NOTICE_HZ, NUMBER, accept
from tests.functional.calls.tls_peers import Identity
from tests.functional.calls.tones import has_tone, tone
from tests.functional.conftest import Note
from tests.functional.instruments.baresip import Baresip
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.sipp import Echoes, Sipp
from tests.functional.instruments.speech import write_wav
from tests.functional.test_transfer import marks, progress_to_the_end

pytestmark = pytest.mark.functional


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneOffice]:
    with phone_office(without_exchange(tmp_path_factory.mktemp("office") / "home")) as made:
        yield made


@pytest.fixture
def office(standing: PhoneOffice) -> Iterator[PhoneOffice]:
    with standing.another():
        yield standing


def incoming(office: PhoneOffice, phone: SipPhone, number: str = "201") -> tuple[Dialog, Dialog]:
    """A call from outside, answered at a phone: the trunk's dialog and the phone's."""
    caller = office.trunk.invite(number, offer(office.far.port))
    called = phone.expect_call()
    accept(called, office.near)
    caller.answered()
    office.lines.wait_for_state("connected")
    return caller, called


def test_baresip_phones_of_one_extension_ring_and_are_recorded(office: PhoneOffice, tmp_path: Path, note: Note) -> None:
    ports, box = office.lines.ports, f"127.0.0.1:{office.lines.ports.box}"
    speech = [write_wav(tmp_path / f"{hz}.wav", tone(hz, 6)) for hz in (600, 1000)]

    def baresip(place: int, user: str, transport: str, answers: bool) -> Baresip:
        port = ports.office + 10 * place
        return Baresip(
            tmp_path / user,
            port,
            ports.control(port),
            ports.office_media + 40 * place,
            speech[place % 2],
            user=user,
            password=SECRET,
            answers=answers,
            transport=transport,
            registrar=box,
        )

    desk, soft = baresip(1, DESK, "udp", False), baresip(2, SOFT, "tcp", True)
    with desk, soft, baresip(3, COLLEAGUE, "udp", False) as colleague:
        users = (DESK, SOFT, COLLEAGUE)
        wait_until(lambda: all(office.shown()[user]["addresses"] for user in users), 10, "three phones to register")
        wait_until(
            lambda: all(office.shown()[user]["answers"] for user in users), 15, "them to say that they are there"
        )
        colleague.dial(f"sip:201@{box}")
        desk.wait_for_event("CALL_INCOMING", 10)
        soft.wait_for_event("CALL_ESTABLISHED", 10)
        desk.wait_for_event("CALL_CLOSED", 5)
        soft.talk_for(3)
        colleague.hang_up()
        soft.wait_for_event("CALL_CLOSED", 5)
        note("what the phones say they are", sorted(office.shown()[user]["agents"][0].split()[0] for user in users))
    (ring,) = office.rings.wait_for(closed=True)
    assert (ring.record.office_party.number, ring.record.far_party.number) == ("202", "201")
    assert has_tone(ring.channel(0), 600)
    assert has_tone(ring.channel(1), 1000)


def test_sipp_calls_out_ten_times_a_second_and_gives_its_password_each_time(tmp_path: Path) -> None:
    lines = without_exchange(tmp_path / "home", sip={"registrar": {"calls_at_once": 20}})
    ports = lines.ports
    phone = Sipp.registered_caller(
        tmp_path, lines.box, ports.office, Echoes(), user=DESK, password=SECRET, to=NUMBER, calls=20
    )
    with lines, Sipp.answerer(tmp_path, ports.trunk, Echoes(), media_base=ports.far_media), phone:
        assert phone.wait(20) == 0, phone.report()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_phone_with_a_connection_is_called_and_hung_up_by_it(
    tmp_path: Path, stack: ExitStack, transport: Transport
) -> None:
    lines = without_exchange(tmp_path / "home", sip={"transports": ["udp", "tcp", "tls"], "tls_port": 2099})
    lines.sip = {**lines.sip, "tls_port": lines.ports.base + 1}
    identity = Identity.of_the_box(lines.home)
    office = stack.enter_context(phone_office(lines))
    box = ("127.0.0.1", lines.ports.base + 1) if transport == "tls" else lines.box
    context: ssl.SSLContext | None = identity.trusting() if transport == "tls" else None
    phone = stack.enter_context(SipPhone(box, 0, transport, context))
    assert register(phone, Account(DESK, SECRET)).status == 200
    for by_the_box in (True, False):
        caller, called = incoming(office, phone)
        (caller if by_the_box else called).hang_up()
        (called if by_the_box else caller).expect_bye()
        office.lines.wait_until_quiet()


def test_a_phone_transfers_to_all_phones_of_an_extension_but_not_to_a_dear_number(
    office: PhoneOffice, stack: ExitStack
) -> None:
    (colleague, _), (desk, _), (soft, _) = office.registered(COLLEAGUE, DESK, SOFT)
    caller, called = incoming(office, colleague, "202")
    called.request("REFER", headers=[("Refer-To", f"<sip:09066660123@127.0.0.1:{office.lines.ports.box}>")])
    called.expect(202, method="REFER")
    assert progress_to_the_end(called) == [603]
    called.request("REFER", headers=[("Refer-To", f"<sip:201@127.0.0.1:{office.lines.ports.box}>")])
    called.expect(202, method="REFER")
    at_desk, at_soft = desk.expect_call(), soft.expect_call()
    assert at_desk.invite is not None
    at_desk.reply(at_desk.invite, 180)
    accept(at_soft, stack.enter_context(RtpPhone()))
    cancel = at_desk.expect_request("CANCEL")
    assert "Call completed elsewhere" in cancel.get("reason")
    assert progress_to_the_end(called)[-1] == 200
    called.expect_bye()
    wait_until(lambda: office.lines.calls()[0]["office_party"] == "201", 15, "the call to be at 201")
    caller.hang_up()
    at_soft.expect_bye()
    (ring,) = office.rings.wait_for(closed=True)
    assert [change.party.number for change in ring.record.parties] == ["201"]


def test_a_phone_joins_its_caller_to_a_colleague_it_has_asked_first(office: PhoneOffice, stack: ExitStack) -> None:
    (desk, account), (colleague, _) = office.registered(DESK, COLLEAGUE)
    caller, called = incoming(office, desk)
    asked = invite(desk, account, "202", stack.enter_context(RtpPhone()).port)
    at_colleague = colleague.expect_call()
    accept(at_colleague, stack.enter_context(RtpPhone()))
    asked.answered()
    called.request("REFER", headers=[("Refer-To", f"<sip:202@127.0.0.1?Replaces={marks(asked).replace(';', '%3B')}>")])
    called.expect(202, method="REFER")
    called.expect_bye()
    wait_until(lambda: [call["office_party"] for call in office.lines.calls()] == ["202"], 15, "one call with 202")
    caller.hang_up()
    at_colleague.expect_bye()
    office.lines.wait_until_quiet()


def test_a_caller_is_told_then_the_group_rings_and_the_desk_that_answered_may_pause(
    tmp_path: Path, stack: ExitStack
) -> None:
    lines = without_exchange(tmp_path / "home", line={"notice": {"inbound": "short", "outbound": ""}})
    office = stack.enter_context(phone_office(lines))
    ((colleague, _),) = office.registered(COLLEAGUE)
    caller = office.trunk.invite(SALES, offer(office.far.port))
    caller.answered()
    called = colleague.expect_call()
    assert has_tone(office.far.heard().pcm, NOTICE_HZ)
    accept(called, office.near)
    call = office.lines.wait_for_state("connected")
    assert call["office_party"] == "202"
    paused = office.lines.control.post("/extensions/202/pause", {"how": "desk", "who": "202"})
    assert [each["paused"] for each in paused["calls"]] == [True]
    caller.hang_up()
    called.expect_bye()
    (ring,) = office.rings.wait_for(closed=True)
    assert ring.record.notice is not None
    assert ring.record.office_party.network_number == SALES
    assert len(ring.record.pauses) == 1


def test_a_phone_that_does_not_answer_any_more_holds_a_caller_up_for_seconds_only(office: PhoneOffice) -> None:
    ((desk, _),) = office.registered(DESK)
    desk.__exit__()
    began = time.monotonic()
    assert office.trunk.invite("201", offer(office.far.port)).failed() == 480
    assert time.monotonic() - began < 6
