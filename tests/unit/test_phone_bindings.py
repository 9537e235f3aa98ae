"""Where phones are, as a registrar knows it (RFC 3261 section 10.3), and who is not answered because they guess."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.sip.message import SipRequest
from firmware.adapters.sip.phones.bindings import Binding, Bindings, Lifetimes, Registered
from firmware.adapters.sip.phones.digest import DigestGuard
from firmware.adapters.sip.phones.guessing import Guessing
from firmware.adapters.sip.phones.kept_bindings import KeptBindings
from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.phones.registrar import Registrar
from firmware.native.registrar import Answer, Outcome, Source

DESK = Source("192.168.1.20", 5060, "udp")


def request(*contacts: str, expires: str = "", call_id: str = "c", cseq: int = 1) -> SipRequest:
    headers = [*(("contact", contact) for contact in contacts), ("call-id", call_id), ("cseq", f"{cseq} REGISTER")]
    return SipRequest("REGISTER", "sip:box", (*headers, *((("expires", expires),) if expires else ())))


class Table:
    """Bindings of one phone, and how they are asked."""

    def __init__(self) -> None:
        self.bindings = Bindings(Lifetimes(60, 600))
        self.cseq = 0

    def asks(self, *contacts: str, expires: str = "", source: Source = DESK, now_s: float = 0) -> Registered:
        self.cseq += 1
        return self.bindings.register("201", request(*contacts, expires=expires, cseq=self.cseq), source, now_s)

    def contacts(self, now_s: float = 0) -> list[str]:
        return [each.contact for each in self.bindings.of("201", now_s)]


@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        ("<sip:201@192.168.1.20>;expires=120", "300", 120),
        ("<sip:201@192.168.1.20>", "300", 300),
        ("<sip:201@192.168.1.20>", "", 600),
        ("<sip:201@192.168.1.20>", "86400", 600),
    ],
)
def test_a_registration_holds_for_what_is_asked_within_limits(contact: str, expires: str, granted: int) -> None:
    (binding,) = Table().asks(contact, expires=expires).bindings
    assert binding.expires_s == granted


def test_too_short_a_time_is_refused_and_nothing_is_done() -> None:
    table = Table()
    assert table.asks("<sip:201@a>", "<sip:201@b>;expires=10").status == 423
    assert table.contacts() == []


def test_several_contacts_stand_beside_each_other_until_each_has_had_its_time() -> None:
    table = Table()
    table.asks("<sip:201@192.168.1.20>", expires="100")
    table.asks("<sip:201@192.168.1.21>", expires="300", source=Source("192.168.1.21", 5060, "udp"))
    assert len(table.contacts(99)) == 2
    assert table.contacts(101) == ["sip:201@192.168.1.21"]
    assert [each.contact for each in table.bindings.expire(101)] == ["sip:201@192.168.1.20"]


def test_one_contact_is_taken_away_or_all() -> None:
    table = Table()
    table.asks("<sip:201@192.168.1.20>")
    table.asks("<sip:201@192.168.1.21>", source=Source("192.168.1.21", 5060, "udp"))
    table.asks("<sip:201@192.168.1.20>", expires="0")
    assert table.contacts() == ["sip:201@192.168.1.21"]
    assert table.asks("*", expires="60").status == 400
    assert table.asks("*", "<sip:201@x>", expires="0").status == 400
    assert table.asks("*", expires="0").status == 200
    assert table.contacts() == []


def test_a_question_without_a_contact_changes_nothing() -> None:
    table = Table()
    table.asks("<sip:201@192.168.1.20>")
    assert [each.contact for each in table.asks().bindings] == ["sip:201@192.168.1.20"]


def test_what_came_before_the_last_is_out_of_order_but_not_after_a_restart() -> None:
    bindings = Bindings()
    assert bindings.register("201", request("<sip:201@a>", cseq=5), DESK, 0).status == 200
    assert bindings.register("201", request("<sip:201@a>", expires="0", cseq=5), DESK, 0).status == 500
    assert bindings.register("201", request("*", expires="0", cseq=4), DESK, 0).status == 500
    assert bindings.register("201", request("<sip:201@a>", call_id="new", cseq=1), DESK, 0).status == 200


def test_a_phone_that_was_restarted_or_moved_is_not_two() -> None:
    table = Table()
    table.asks('<sip:201@192.168.1.20:1111>;+sip.instance="<urn:uuid:7>"', source=Source("192.168.1.20", 1111, "udp"))
    table.asks('<sip:201@192.168.1.9:2222>;+sip.instance="<urn:uuid:7>"', source=Source("192.168.1.9", 2222, "udp"))
    assert table.contacts() == ["sip:201@192.168.1.9:2222"]
    table.asks("<sip:other@192.168.1.9:2222>", source=Source("192.168.1.9", 2222, "udp"))
    assert table.contacts() == ["sip:other@192.168.1.9:2222"]


def test_a_phone_leaves_behind_ten_addresses_at_most() -> None:
    table = Table()
    for port in range(2000, 2030):
        table.asks(f"<sip:201@192.168.1.20:{port}>", source=Source("192.168.1.20", port, "udp"))
    assert len(table.contacts()) == 10
    assert table.contacts()[-1].endswith(":2029")


@pytest.mark.parametrize(
    ("contact", "source", "uri"),
    [
        ("sip:201@192.168.1.20", DESK, "sip:201@192.168.1.20:5060;transport=udp"),
        ("sip:201@192.168.1.20:5080;line=7", DESK, "sip:201@192.168.1.20:5080;line=7;transport=udp"),
        ("sip:201@10.0.0.9:5060", DESK, "sip:201@192.168.1.20:5060;transport=udp"),
        (
            "sips:201@192.168.1.20:5061;transport=tls",
            Source("192.168.1.20", 40001, "tls"),
            "sip:201@192.168.1.20:40001;transport=tls",
        ),
        ("sip:201@[2001:db8::2]:5060", Source("2001:db8::2", 5060, "udp"), "sip:201@[2001:db8::2]:5060;transport=udp"),
        ("sip:10.0.0.9;maddr=192.0.2.1;lr", DESK, "sip:192.168.1.20:5060;transport=udp"),
    ],
)
def test_a_phone_is_called_where_it_says_or_else_where_it_sends_from(contact: str, source: Source, uri: str) -> None:
    assert Binding("201", contact, source, 0).uri == uri


def test_a_phone_that_is_reached_at_another_port_than_it_sends_from_is_known_by_both() -> None:
    """What is sent to a place that is nobody's makes a peer of it: let in past what blocks scanners."""
    assert Binding("201", "sip:201@192.168.1.20:5070", DESK, 0).ports == {5060, 5070}
    assert Binding("201", "sip:201@10.0.0.1:5070", DESK, 0).ports == {5060}


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=12), st.text(max_size=20))
def test_whatever_a_register_says_is_taken_or_refused(contacts: Sequence[str], expires: str, cseq: str) -> None:
    headers = (*(("contact", each) for each in contacts), ("expires", expires), ("cseq", cseq))
    bindings = Bindings()
    done = bindings.register("201", SipRequest("REGISTER", "sip:x", headers), DESK, 0)
    assert done.status in (200, 400, 423, 500)
    for binding in done.bindings:
        assert not set("\r\n<>") & set(binding.contact + binding.uri)


def test_registrations_outlive_the_process_and_a_spoiled_file_is_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "phones" / "registrations.json"
    kept = KeptBindings(file)
    assert kept.read(0, 600) == []
    kept.start()
    binding = Binding("201", "sip:201@192.168.1.20", DESK, 55.0, call_id="c", cseq=3)
    kept.keep([binding])
    kept.stop()
    (found,) = KeptBindings(file).read(1000, 600)
    assert (found.contact, found.source, found.cseq, found.expires_s) == (binding.contact, DESK, 3, 1600)
    for spoiled in ("", "[]", "{}", '{"bindings": [{}]}', '{"bindings": [1]}', "\0"):
        file.write_text(spoiled)
        assert KeptBindings(file).read(0, 600) == []


def test_whoever_guesses_is_left_without_an_answer_for_longer_and_longer() -> None:
    guessing = Guessing()
    pauses = [guessing.failed("192.0.2.1", float(second))[1] for second in range(16)]
    assert pauses[:5] == [0.0] * 5
    assert pauses[5:14] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    assert set(pauses[14:]) == {300.0}
    assert guessing.failed("192.0.2.2", 16.0)[1] == 0.0
    assert guessing.failed("192.0.2.1", 16.0 + 3601)[1] == 0.0, "an hour later it is forgotten"


def test_questions_without_a_password_are_answered_for_as_many_phones_as_an_office_has() -> None:
    guessing = Guessing()
    assert not any(guessing.asked("192.0.2.1", 0.0)[1] for _ in range(60))
    assert guessing.asked("192.0.2.1", 0.0)[1] == 10.0
    for _ in range(200):
        guessing.asked("192.0.2.9", 0.0)
        guessing.proved("192.0.2.9")
    assert guessing.asked("192.0.2.9", 0.0)[1] == 0.0, "phones that do know a password may come as often as they like"


def test_an_ipv6_customer_is_one_place_and_what_is_kept_is_bounded() -> None:
    guessing = Guessing()
    places = {str(guessing.failed(f"2001:db8:0:7::{host:x}", 0.0)[0]) for host in range(1, 50)}
    assert places == {"2001:db8:0:7::/64"}
    assert str(guessing.failed("::ffff:192.0.2.1", 0.0)[0]) == "192.0.2.1/32"
    for number in range(6000):
        guessing.failed(f"10.1.{number // 250}.{number % 250}", 0.0)
    assert len(guessing) == 4096


class Door:
    """A registrar with one phone, and what it has blocked."""

    def __init__(self) -> None:
        self.blocked: list[str] = []
        self.changes = 0
        self.now_s = 1.0
        self.registrar = Registrar(
            [
                Phone("main", "201", "201", "secret", "Ann", outside_prefix="9"),
                Phone("main", "202", "202", "secret"),
                Phone("main", "202", "202-mobile", "secret", expected=False),
            ],
            DigestGuard("earmark", ("MD5",), lambda: self.now_s),
            Lifetimes(),
            lambda request, source: source.address == "192.0.2.1",
            lambda place, for_s: self.blocked.append(f"{place} {for_s:g}"),
            self.changed,
            lambda: self.now_s,
        )

    def changed(self) -> None:
        self.changes += 1

    def asks(self, method: str, number: str = "1", source: Source = DESK) -> Outcome:
        message = (
            f"{method} sip:{number}@box SIP/2.0\r\nTo: <sip:{number}@box>\r\nCSeq: 1 {method}\r\nCall-ID: c\r\n\r\n"
        )
        return self.registrar.take(message, source)


def status_of(outcome: Outcome) -> int:
    assert isinstance(outcome, Answer)
    return outcome.status


def test_strangers_are_asked_for_a_password_and_peers_are_not() -> None:
    door = Door()
    assert [status_of(door.asks(method)) for method in ("REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE")] == [
        401,
        401,
        403,
        403,
    ]
    peer = Source("192.0.2.1", 5060, "udp")
    assert [door.asks(method, source=peer) for method in ("INVITE", "OPTIONS")] == ["peer's", "peer's"]
    assert status_of(door.asks("REGISTER", source=peer)) == 401, "nobody registers by an address alone"


@pytest.mark.parametrize(("number", "let_in"), [("999", True), ("9112", True), ("18000", True), ("9991", False)])
def test_where_a_registered_phone_is_an_emergency_call_and_no_other_goes_through_at_once(
    number: str, let_in: bool
) -> None:
    door = Door()
    assert status_of(door.asks("INVITE", number)) == 401
    door.registrar.put_back([Binding("201", "sip:201@192.168.1.20", DESK, 600.0)])
    outcome = door.asks("INVITE", number)
    assert outcome == "phone's" if let_in else status_of(outcome) == 401
    taking_over = f"INVITE sip:{number}@box SIP/2.0\r\nReplaces: x;to-tag=1;from-tag=2\r\n\r\n"
    assert status_of(door.registrar.take(taking_over, DESK)) == 401
    elsewhere = Source(DESK.address, DESK.port + 1, "udp")
    assert status_of(door.asks("INVITE", number, elsewhere)) == 401, "the very place, and no neighbour of it"


def test_whoever_asks_without_end_is_not_answered_for_a_while() -> None:
    door = Door()
    for _ in range(61):
        door.asks("OPTIONS")
    assert door.blocked == ["192.168.1.20/32 10"]


def test_a_phone_that_is_no_longer_in_the_settings_is_not_put_back() -> None:
    door = Door()
    door.registrar.put_back([Binding("203", "sip:203@192.168.1.21", DESK, 600.0)])
    by_connection = Source("192.168.1.22", 40000, "tcp")
    door.registrar.put_back([Binding("202", "sip:202@192.168.1.22", by_connection, 600.0)])
    assert door.registrar.bindings.all() == (), "nor one whose connection is gone"


def test_which_phones_are_away_is_told_once_they_had_time_to_come() -> None:
    door = Door()
    door.registrar.put_back([Binding("201", "sip:201@192.168.1.20", DESK, 600.0)])
    assert door.registrar.troubles("main") == []
    door.now_s += 121
    (told,) = door.registrar.troubles("main")
    assert told.startswith("not registered: 202. Look at")
    assert door.registrar.troubles("other") == []
    door.now_s += 600
    door.registrar.attend()
    assert door.registrar.troubles("main")[0].startswith("not registered: 201 (Ann), 202.")


def test_a_wrong_password_for_a_phone_that_there_is_is_told_for_a_while() -> None:
    door = Door()
    door.now_s += 121
    challenge = door.asks("REGISTER")
    assert isinstance(challenge, Answer)
    nonce = dict(challenge.headers)["WWW-Authenticate"].split('nonce="')[1].split('"')[0]
    words = f'username="201", realm="earmark", nonce="{nonce}", uri="sip:1@box", response="00", algorithm=MD5'
    message = f"REGISTER sip:1@box SIP/2.0\r\nAuthorization: Digest {words}\r\n\r\n"
    assert status_of(door.registrar.take(message, DESK)) == 401
    assert "192.168.1.20 gives a wrong password for the phone of 201 (Ann)" in door.registrar.troubles("main")[0]
    door.now_s += 601
    door.registrar.attend()
    assert len(door.registrar.troubles("main")) == 1


@given(st.text(max_size=300), st.sampled_from(["REGISTER", "INVITE", "OPTIONS", "", "X"]))
def test_no_message_makes_the_registrar_stumble(text: str, method: str) -> None:
    outcome = Door().registrar.take(f"{method} {text}\r\nAuthorization: Digest realm=earmark, {text}\r\n{text}", DESK)
    assert isinstance(outcome, Answer)
    assert all("\n" not in name + value for name, value in outcome.headers)
