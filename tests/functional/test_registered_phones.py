"""Phones register with the box itself: with a password each, wherever they are, and ring for their extension."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware.cli.phones import phones
from tests.functional.calls.lines_alone import wait_until
from tests.functional.calls.phone_office import (
    COLLEAGUE,
    DESK,
    PRIVATE,
    SALES,
    SECRET,
    SOFT,
    PhoneOffice,
    phone_office,
    without_exchange,
)
from tests.functional.calls.registering import Account, ask_to_register, invite, register
from tests.functional.calls.sip_phone import Message, offer
from tests.functional.calls.stage import NUMBER, accept, refuse
from tests.functional.calls.tones import has_tone, tone
from tests.functional.conftest import Note
from tests.functional.test_sip_strangers import cpu_s, resident_kb

pytestmark = pytest.mark.functional

GUESSES = 10_000
STRANGER, SCANNER = "127.0.0.65", "127.0.0.66"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhoneOffice]:
    with phone_office(without_exchange(tmp_path_factory.mktemp("office") / "home")) as made:
        yield made


@pytest.fixture
def office(standing: PhoneOffice) -> Iterator[PhoneOffice]:
    with standing.another():
        yield standing


def test_a_phone_registers_with_either_digest(tmp_path: Path) -> None:
    lines = without_exchange(tmp_path / "home", sip={"registrar": {"digests": ["SHA-256", "MD5"]}})
    with phone_office(lines) as office:
        for account in (Account(DESK, SECRET), Account(SOFT, SECRET, "SHA-256")):
            assert register(office.phone(), account).status == 200


def test_a_phone_registers_only_with_its_own_password(office: PhoneOffice) -> None:
    answer = register(office.phone(), Account(DESK, SECRET))
    assert answer.status == 200
    assert "expires=300" in answer.get("contact")
    wrong, unknown = Account(DESK, "something else"), Account("nobody", SECRET)
    answers = [register(office.phone(STRANGER), account) for account in (wrong, unknown)]
    assert [answer.status for answer in answers] == [401, 401]
    assert _shape(answers[0]) == _shape(answers[1]), "nobody learns which of the two it was"
    wait_until(lambda: bool(office.shown()[DESK]["addresses"]), 15, "the phones to be shown")
    assert office.shown()[COLLEAGUE]["addresses"] == []
    table = CliRunner().invoke(phones, obj=office.lines.home).output
    assert re.search(r"^201 +Reception +201 +main +127.0.0.1:\d+ \(udp\) +\d:\d\d", table, re.MULTILINE)
    assert re.search(r"^202 +202 +main +not registered$", table, re.MULTILINE)
    assert SECRET not in office.lines.log()


def test_what_was_said_once_is_no_proof_the_second_time(office: PhoneOffice) -> None:
    phone, account = office.phone(), Account(DESK, SECRET)
    assert register(phone, account).status == 200
    account.count -= 1
    replayed = ask_to_register(phone, account)
    assert replayed.status == 401
    assert "stale=true" in replayed.get("www-authenticate")
    account.takes(replayed)
    assert ask_to_register(phone, account).status == 200


def test_bindings_are_replaced_refreshed_and_removed_in_order(office: PhoneOffice) -> None:
    phone, account = office.phone(), Account(DESK, SECRET)
    brief = register(phone, account, expires=5)
    assert (brief.status, brief.get("min-expires")) == (423, "30")
    assert register(phone, account, expires=7200).get("contact").split("expires=")[1].startswith("600")
    account.cseq -= 1
    assert ask_to_register(phone, account).status == 500, "an older request than the last is out of order"
    assert ask_to_register(phone, account, expires=None, contact="*").status == 400
    assert ask_to_register(phone, account, headers=[("Require", "path")]).status == 420
    assert ask_to_register(phone, account, expires=0, contact="*").status == 200
    caller = office.trunk.invite("201", offer(office.far.port))
    assert caller.failed() == 480


def test_two_phones_of_an_extension_ring_and_the_one_that_answers_talks_and_is_recorded(office: PhoneOffice) -> None:
    (desk, _), (soft, _) = office.registered(DESK, SOFT)
    caller = office.trunk.invite("201", offer(office.far.port))
    at_desk, at_soft = desk.expect_call(), soft.expect_call()
    assert at_desk.invite is not None
    assert at_soft.invite is not None
    at_desk.reply(at_desk.invite, 180)
    accept(at_soft, office.near)
    cancel = at_desk.expect_request("CANCEL")
    assert "Call completed elsewhere" in cancel.get("reason")
    at_desk.reply(cancel, 200)
    at_desk.reply(at_desk.invite, 487)
    caller.answered()
    office.lines.wait_for_state("connected")
    office.far.wait_for_media(15)
    office.far.speak(tone(600, 1.5))
    office.near.speak(tone(1000, 1.5))
    time.sleep(1.7)
    caller.hang_up()
    at_soft.expect_bye()
    (ring,) = office.rings.wait_for(closed=True)
    assert has_tone(ring.channel(0), 600)
    assert has_tone(ring.channel(1), 1000)
    assert ring.record.office_party.number == "201"
    office.lines.wait_until_quiet()


def test_a_group_rings_in_turn_and_whoever_answers_decides_about_the_recording(office: PhoneOffice) -> None:
    (colleague, _), (private, _) = office.registered(COLLEAGUE, PRIVATE)
    caller = office.trunk.invite(SALES, offer(office.far.port))
    refuse(colleague.expect_call(), 486)
    called = private.expect_call()
    accept(called, office.near)
    caller.answered()
    call = office.lines.wait_for_state("connected")
    assert call["recording"] is False
    assert call["decided_by"] == "extension 204: never recorded"
    caller.hang_up()
    called.expect_bye()
    office.lines.wait_until_quiet()
    assert office.rings.rings == {}


def test_a_call_out_needs_the_password_and_is_the_phones_whoever_it_says_it_is(office: PhoneOffice) -> None:
    ((desk, account),) = office.registered(DESK)
    stranger = office.phone(STRANGER)
    assert stranger.invite(NUMBER, offer(office.near.port)).failed() == 401
    assert invite(stranger, Account(DESK, "guessed"), NUMBER, office.near.port).failed() == 401
    assert desk.invite(NUMBER, offer(office.near.port)).failed() == 401, "nor does its address make it the phone"
    dialog = invite(desk, account, NUMBER, office.near.port, claims="204")
    called = office.trunk.expect_call()
    assert called.invite is not None
    assert "sip:201@" in called.invite.get("from")
    accept(called, office.far)
    dialog.answered()
    call = office.lines.wait_for_state("connected")
    assert call["decided_by"] == "line main: recorded, with pause and resume"
    dialog.hang_up()
    called.expect_bye()
    office.lines.wait_until_quiet()


def test_extensions_call_each_other_and_the_phones_of_both_may_pause_it(office: PhoneOffice) -> None:
    (desk, account), (colleague, theirs) = office.registered(DESK, COLLEAGUE)
    dialog = invite(desk, account, "202", office.near.port)
    called = colleague.expect_call()
    assert called.invite is not None
    assert called.invite.get("from").startswith('"Reception" <sip:201@')
    accept(called, office.far)
    dialog.answered()
    office.lines.wait_for_state("connected")
    (ring,) = office.rings.wait_for()
    assert (ring.record.office_party.number, ring.record.far_party.number) == ("201", "202")
    for phone, who, code, paused in ((desk, account, "*48", True), (colleague, theirs, "*49", False)):
        dialled = invite(phone, who, code, office.near.port)
        dialled.answered()
        wait_until(partial(office.is_paused, paused), 15, f"{code} to be obeyed")
        dialled.hang_up()
    (call,) = office.lines.control.post("/extensions/202/pause", {"how": "desk", "who": "202"})["calls"]
    assert call["paused"]
    dialog.hang_up()
    called.expect_bye()


def test_a_phone_makes_only_so_many_calls_at_a_time_but_every_emergency_call(office: PhoneOffice) -> None:
    """Whoever has stolen its password does not fill the box."""
    ((desk, account),) = office.registered(DESK)
    made, called = [], []
    for _ in range(4):
        made.append(invite(desk, account, NUMBER, office.near.port))
        called.append(office.trunk.expect_call())
        assert called[-1].invite is not None
        called[-1].reply(called[-1].invite, 180)
    assert invite(desk, account, NUMBER, office.near.port).failed() == 486
    said = "the phone of 201 (Reception) makes as many calls as it may (4)"
    wait_until(lambda: said in office.lines.log(), 15, "it to be logged")
    emergency = desk.invite("999", offer(office.near.port))
    helped = office.trunk.expect_call()
    assert helped.invite is not None
    assert helped.invite.start.startswith("INVITE sip:999@")
    accept(helped, office.far)
    emergency.answered()
    emergency.hang_up()
    helped.expect_bye()
    for dialog, each in zip(made, called, strict=True):
        refuse(each, 486)
        assert dialog.failed() == 486
    once_more = invite(desk, account, NUMBER, office.near.port)
    refuse(office.trunk.expect_call(), 486)
    assert once_more.failed() == 486, "the calls before are over"


def test_an_emergency_call_of_a_registered_phone_is_not_even_asked_for_its_password(office: PhoneOffice) -> None:
    ((desk, _),) = office.registered(DESK)
    began = time.monotonic()
    dialog = desk.invite("9999", offer(office.near.port))
    called = office.trunk.expect_call(timeout_s=2)
    assert time.monotonic() - began < 0.5
    assert called.invite is not None
    assert called.invite.start.startswith("INVITE sip:999@")
    accept(called, office.far)
    dialog.answered()
    dialog.hang_up()
    assert office.phone(STRANGER).invite("999", offer(office.near.port)).failed() == 401, (
        "a stranger is no registered phone"
    )


def test_a_dear_number_is_barred_in_words_unless_the_phone_may_dial_it(office: PhoneOffice) -> None:
    (desk, account), (colleague, allowed) = office.registered(DESK, COLLEAGUE)
    barred = invite(desk, account, "09066660123", office.near.port)
    barred.answered()
    barred.expect_bye(timeout_s=12)
    assert office.near.heard().pcm.any()
    assert office.trunk.nothing_comes("INVITE", 0.2)
    invite(colleague, allowed, "09066660123", office.near.port)
    called = office.trunk.expect_call()
    assert called.invite is not None
    assert called.invite.start.startswith("INVITE sip:09066660123@")
    refuse(called, 486)
    wait_until(lambda: "may not dial premium numbers" in office.lines.log(), 15, "it to be logged")
    assert "0906" not in office.lines.log()


def test_phones_ring_again_as_soon_as_the_lines_are_back(office: PhoneOffice) -> None:
    ((desk, _),) = office.registered(DESK)
    kept = office.lines.home.phone_registrations
    wait_until(lambda: kept.exists() and DESK in kept.read_text(), 15, "the registration to be kept")
    assert SECRET not in kept.read_text()
    office.lines.kill()
    office.lines.start_again()
    assert [each["phone"] for each in json.loads(kept.read_text())["bindings"]] == [DESK]
    caller = office.trunk.invite("201", offer(office.far.port))
    refuse(desk.expect_call(), 486)
    assert caller.failed() == 486


def test_a_phone_behind_a_router_is_reached_where_it_sends_from(office: PhoneOffice) -> None:
    desk, account = office.phone(), Account(DESK, SECRET)
    desk.host = "192.0.2.77"  # what it says in Via and Contact
    assert register(desk, account).status == 200
    caller = office.trunk.invite("201", offer(office.far.port))
    called = desk.expect_call()
    assert called.invite is not None
    assert called.invite.start == f"INVITE sip:201@127.0.0.1:{desk.port};transport=udp SIP/2.0"
    accept(called, office.near)
    caller.answered()
    office.lines.wait_for_state("connected")
    caller.hang_up()
    called.expect_bye()
    wait_until(lambda: office.shown()[DESK]["addresses"] != [], 15, "the phone to be shown")


def test_a_scanner_is_answered_less_and_less_and_phones_do_not_notice(office: PhoneOffice, note: Note) -> None:
    ((desk, account),) = office.registered(DESK)
    assert office.lines.process is not None
    pid = office.lines.process.pid
    cpu, memory = cpu_s(pid), resident_kb(pid)
    answered = scan(office.lines.box, SCANNER, GUESSES)
    note(f"of {GUESSES} guesses answered", answered)
    note("CPU a guess, microseconds", round(1e6 * (cpu_s(pid) - cpu) / GUESSES))
    note("memory grown, kB", resident_kb(pid) - memory)
    assert answered < 100
    assert cpu_s(pid) - cpu < 250e-6 * GUESSES
    assert resident_kb(pid) - memory < 2000
    calling = scan(office.lines.box, SCANNER, GUESSES // 10, "INVITE", "999")
    assert 0 < calling < 100, "an emergency call is let in from there, but is no way to guess on"
    assert register(desk, account).status == 200
    began = time.monotonic()
    assert register(office.phone(), Account(COLLEAGUE, SECRET)).status == 200
    assert time.monotonic() - began < 0.5
    office.trunk.invite("201", offer(office.far.port))
    refuse(desk.expect_call(), 486)


def scan(box: tuple[str, int], host: str, guesses: int, method: str = "REGISTER", wanted: str = "") -> int:
    """Ask as scanners do, for one user after the other; gives how many of them are answered."""
    at = f"{wanted}@" if wanted else ""
    message = f"{method} sip:{at}" + (
        "{0}:{1} SIP/2.0\r\nVia: SIP/2.0/UDP {2}:{3};branch=z9hG4bK-{4};rport\r\nMax-Forwards: 70\r\n"
        'From: "{4}" <sip:{4}@{0}>;tag={4}\r\nTo: <sip:{4}@{0}>\r\nCall-ID: {4}\r\nCSeq: 1 '
        f"{method}\r\n"
        "Contact: <sip:{4}@{2}:{3}>\r\nUser-Agent: friendly-scanner\r\nContent-Length: 0\r\n\r\n"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.bind((host, 0))
        scanner.setblocking(False)
        answered = 0
        for number in range(guesses):
            scanner.sendto(message.format(*box, *scanner.getsockname(), 100 + number).encode(), box)
            if number % 20 == 19:
                time.sleep(0.01)
                answered += _waiting(scanner)
        time.sleep(0.2)
        return answered + _waiting(scanner)


def _waiting(scanner: socket.socket) -> int:
    count = 0
    while True:
        try:
            assert b"401" in scanner.recv(4096)
        except BlockingIOError:
            return count
        count += 1


def _shape(answer: Message) -> tuple[str, list[str]]:
    """An answer without what differs from any one to the next."""
    return answer.start, sorted(name for name, _ in answer.headers)
