"""Who calls and who is called: above all, that a withheld number leaves no trace."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware.core.call_record import Party
from firmware.core.name_address import parse_name_address, parse_name_addresses, uri_host, uri_user
from firmware.core.party_number import (
    CallerHeaders,
    called_number,
    called_party,
    far_party,
    office_party,
    shortened,
    telephone_number,
)

WITHHELD = Party(presentation="withheld")
UNAVAILABLE = Party(presentation="unavailable")

digits = st.text("0123456789", min_size=3, max_size=15)
any_text = st.text(max_size=60)


def test_presentation_and_network_number_are_kept_apart() -> None:
    party = far_party(
        CallerHeaders(
            from_='"Acme Ltd" <sip:08001234567@trunk.example>;tag=a',
            p_asserted_identity=("<sip:+441632960001@trunk.example;user=phone>, <tel:+441632960001>",),
        )
    )
    assert party == Party("08001234567", "available", "+441632960001", "Acme Ltd")


def test_without_an_asserted_identity_there_is_no_network_number() -> None:
    assert far_party(CallerHeaders("<sip:01632960002@trunk.example>;tag=1")) == Party("01632960002")


def test_remote_party_id_is_the_network_number_of_older_trunks() -> None:
    headers = CallerHeaders(
        "<sip:200@trunk.example>",
        remote_party_id=('"Acme" <sip:01632960003@trunk.example>;party=calling;screen=yes;privacy=off',),
    )
    assert far_party(headers) == Party("200", network_number="01632960003")


def test_remote_party_id_of_the_called_party_says_nothing_of_the_caller() -> None:
    headers = CallerHeaders("<sip:01632960009@t>", remote_party_id=("<sip:01632960003@t>;party=called;privacy=full",))
    assert far_party(headers) == Party("01632960009")


@pytest.mark.parametrize(
    "from_",
    [
        '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
        "<sip:anonymous@anonymous.invalid>",
        "sip:anonymous@anonymous.invalid;tag=7",
        "<SIP:Anonymous@192.0.2.1>",
        '"Anonymous" <sip:01632960001@trunk.example>',
        "Anonymous <sip:01632960001@trunk.example>",
        "<sip:01632960001@anonymous.invalid>",
        "<sip:%61nonymous@trunk.example>",
        "<sip:restricted@trunk.example>",
        "<tel:anonymous>",
        '"A\\nonymous" <sip:01632960001@trunk.example>',
    ],
)
def test_an_anonymous_from_is_withheld_whatever_else_the_trunk_says(from_: str) -> None:
    headers = CallerHeaders(
        from_,
        p_asserted_identity=('"Ann Caller" <sip:+441632960001@trunk.example>', "<tel:+441632960001>"),
        remote_party_id=('"Ann Caller" <sip:+441632960001@trunk.example>;party=calling',),
        privacy=("none",),
    )
    assert far_party(headers) == WITHHELD


@pytest.mark.parametrize("privacy", ["id", "user", "header", "user;id", "ID ; critical", "header,user", "session;id"])
def test_privacy_withholds_a_number_that_every_header_gives_away(privacy: str) -> None:
    headers = CallerHeaders(
        '"Ann Caller" <sip:01632960001@trunk.example>',
        p_asserted_identity=("<sip:+441632960001@trunk.example>",),
        privacy=(privacy,),
    )
    assert far_party(headers) == WITHHELD


@pytest.mark.parametrize("privacy", ["none", "session", "history", "", ";;", "critical"])
def test_privacy_of_other_things_does_not_hide_the_number(privacy: str) -> None:
    assert far_party(CallerHeaders("<sip:01632960001@t>", privacy=(privacy,))).number == "01632960001"


@pytest.mark.parametrize("privacy", ["full", "uri", "full-network", '"full"', "name,uri"])
def test_remote_party_id_privacy_withholds(privacy: str) -> None:
    headers = CallerHeaders(
        "<sip:01632960001@t>", remote_party_id=(f'<sip:01632960001@t>;party=calling;privacy="{privacy}"',)
    )
    assert far_party(headers) == WITHHELD


def test_remote_party_id_may_hide_the_name_alone() -> None:
    headers = CallerHeaders('"Ann" <sip:01632960001@t>', remote_party_id=("<sip:01632960001@t>;privacy=name",))
    assert far_party(headers) == Party("01632960001", network_number="01632960001")


@pytest.mark.parametrize(
    "from_",
    ["<sip:unavailable@unknown.invalid>", '"Ann" <sip:trunk.example>', "", "garbage", "<sip:ann@x.example>", "<tel:>"],
)
def test_no_number_anywhere_is_unavailable_not_withheld(from_: str) -> None:
    assert far_party(CallerHeaders(from_)) == UNAVAILABLE


def test_a_from_without_a_number_presents_the_networks_number() -> None:
    headers = CallerHeaders('"Ann" <sip:ann@example.net>', p_asserted_identity=("<tel:+44-1632-960-001>",))
    assert far_party(headers) == Party("+441632960001", "available", "+441632960001", "Ann")


def test_an_anonymous_asserted_identity_is_no_network_number() -> None:
    headers = CallerHeaders("<sip:01632960001@t>", p_asserted_identity=("<sip:02@anonymous.invalid>",))
    assert far_party(headers) == Party("01632960001")


def test_an_extension_may_be_a_word() -> None:
    assert office_party(CallerHeaders('"Front desk" <sip:reception@pbx.example>')) == Party(
        "reception", display_name="Front desk"
    )
    assert office_party(CallerHeaders("<sip:201@pbx.example>", privacy=("id",))) == WITHHELD


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:+441632960001@example.net;user=phone", "+441632960001"),
        ("sips:01632960001@example.net:5061", "01632960001"),
        ("SIP:%2B44163%32960001@[2001:db8::1]:5060", "+441632960001"),
        ("sip:01632960001;phone-context=+44@example.net;user=phone", "01632960001"),
        ("sip:01632960001:secret@example.net", "01632960001"),
        ("sip:201@user@example.net", None),
        ("tel:+44-(1632)-960.001", "+441632960001"),
        ("tel:7042;phone-context=example.com", "7042"),
        ("tel:*31#01632960001", "*31#01632960001"),
        ("sip:example.net", None),
        ("sip:ann@example.net", None),
        ("sip:٠١٦٣٢@example.net", None),
        ("sip:" + "9" * 200 + "@example.net", None),
        ("http://01632960001@example.net", None),
        ("", None),
    ],
)
def test_telephone_numbers_are_read_from_uris(uri: str, number: str | None) -> None:
    assert telephone_number(uri) == number


def test_the_called_number_comes_from_where_the_trunk_puts_it() -> None:
    request_uri, to = "sip:account7@192.0.2.1:5060", "<sip:01632960100@trunk.example>"
    assert called_number(request_uri, to, "to") == "01632960100"
    assert called_number(request_uri, to, "request-uri") == "account7"
    assert called_number("sip:192.0.2.1", to, "request-uri") == "01632960100"
    assert called_number("sip:192.0.2.1", "", "to") is None
    assert called_number("sip:01632960100;phone-context=+44@h;user=phone", "") == "01632960100"
    assert called_party("sip:192.0.2.1", "") == UNAVAILABLE
    assert called_party("sip:0163 2960-100@h", "") == Party("01632960100")


@pytest.mark.parametrize("urn", ["urn:service:sos", "URN:service:sos.police"])
def test_an_emergency_service_urn_is_a_call_to_112(urn: str) -> None:
    assert called_number(urn, "<sip:x@y>") == "112"


def test_a_quoted_name_may_hold_anything_an_address_is_made_of() -> None:
    address = parse_name_address('"Smith, \\"Jo\\" <jo@x>; \\\\" <sip:1@h;a=b?c=d>;Tag="x;y";lr')
    assert address is not None
    assert address.display_name == 'Smith, "Jo" <jo@x>; \\'
    assert address.uri == "sip:1@h;a=b?c=d"
    assert address.parameter("tag") == "x;y"
    assert address.parameter("lr", "absent") == ""


def test_several_addresses_in_one_line_are_split_where_commas_separate_them() -> None:
    addresses = parse_name_addresses(['"A, B" <sip:1,2@h>, <tel:+3>,, nonsense', "sip:4@h"])
    assert [address.uri for address in addresses] == ["sip:1,2@h", "tel:+3", "sip:4@h"]


def test_the_host_is_read_without_port_and_parameters() -> None:
    assert uri_host("sip:u@Example.NET.:5060;lr") == "example.net"
    assert uri_host("sip:[2001:DB8::1]:5060") == "[2001:db8::1]"
    assert uri_host("tel:+44") == ""


def test_a_display_name_cannot_forge_a_log_line() -> None:
    party = far_party(CallerHeaders('"Ann\r\n10:00 ERROR\x1b[2J\u202e" <sip:01632960001@t>'))
    assert party.display_name == "Ann 10:00 ERROR [2J"


def test_a_debug_log_shows_three_digits_at_most() -> None:
    assert shortened("+441632960001") == "…001"
    assert shortened(None) == shortened("anonymous") == "…"


@given(number=digits, name=any_text, privacy=st.sampled_from(["id", "user", "header"]))
def test_nothing_of_a_withheld_caller_survives(number: str, name: str, privacy: str) -> None:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    headers = CallerHeaders(
        f'"{escaped}" <sip:{number}@example.net>',
        (f'"{escaped}" <tel:{number}>',),
        (f'"{escaped}" <sip:{number}@example.net>',),
        (privacy,),
    )
    for party in (far_party(headers), office_party(headers)):
        assert party == WITHHELD
        assert party.shown == "withheld"


@given(any_text, st.lists(any_text, max_size=3), st.lists(any_text, max_size=3), st.lists(any_text, max_size=3))
@example("<", ['"'], ["\\"], ["\udc80"])
@example('"\udcff" <sip:\ud8001@h>', ["sip:%ff%fe@h"], [], [])
def test_no_header_is_so_bad_that_it_raises(from_: str, pai: list[str], rpid: list[str], privacy: list[str]) -> None:
    headers = CallerHeaders(from_, tuple(pai), tuple(rpid), tuple(privacy))
    for party in (far_party(headers), office_party(headers), called_party(from_, "".join(pai))):
        json.dumps([party.number, party.network_number, party.display_name], ensure_ascii=False).encode()


@given(number=digits, name=any_text, secret=digits)
def test_what_was_sent_is_what_is_read(number: str, name: str, secret: str) -> None:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    address = parse_name_address(f'"{escaped}" <sip:{number};x=y:{secret}@h;z>;tag=1')
    assert address is not None
    assert uri_user(address.uri) == number
    assert telephone_number(address.uri) == number
