"""Peers over TLS: calls are secret on the wire, and nobody is told anything before it has proved its name."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.name_server import TinyNameServer
from tests.functional.calls.sip_phone import SipPhone, offer
from tests.functional.calls.stage import NUMBER, accept
from tests.functional.calls.tls_peers import Identity, Impostor
from tests.functional.instruments.rtp import RtpPhone

pytestmark = pytest.mark.functional

OFFICE_PHONE = "<sip:201@127.0.0.1>"


def secured(tmp_path: Path, **trunk: Any) -> LinesAlone:
    """Lines with a TLS port and a certificate of the box's own, and a trunk over TLS."""
    lines = LinesAlone(tmp_path / "home", trunk={"transport": "tls", **trunk})
    lines.sip = {"transports": ["udp", "tls"], "tls_port": lines.ports.base + 1}
    Identity.of_the_box(lines.home)
    return lines


def attention(lines: LinesAlone) -> str:
    return " ".join(lines.control.get("/health")["lines"][0]["attention"])


def wait_for_attention(lines: LinesAlone, words: str) -> str:
    wait_until(lambda: words in attention(lines), 15, lambda: f"{words!r}; it says {attention(lines)!r}")
    return attention(lines)


def test_calls_over_tls_with_encrypted_media(tmp_path: Path) -> None:
    provider = Identity.made(tmp_path / "provider")
    lines = secured(tmp_path, srtp="required", ca_file=str(provider.certificate))
    context = Identity.of_the_box(lines.home).trusting()
    box = ("127.0.0.1", lines.ports.base + 1)
    with lines, lines.office_phone() as office, RtpPhone() as near, RtpPhone() as far:
        with SipPhone(box, transport="tls", tls=context) as trunk:
            trunk.port = lines.ports.trunk  # in Via: over a connection the source port says nothing
            assert trunk.invite(NUMBER, offer(far.port)).failed() == 488  # unencrypted
            key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
            crypto = offer(far.port, extra=f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {key}\r\n")
            caller = trunk.invite(NUMBER, crypto.replace("RTP/AVP", "RTP/SAVP"))
            called = office.expect_call()
            accept(called, near)
            assert "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" in caller.answered().body
            lines.wait_for_state("connected")
            caller.hang_up()
            called.expect_bye()
        with SipPhone(box, lines.ports.trunk, "tls", provider.server()) as trunk:
            office.invite(NUMBER, offer(40000), calling=OFFICE_PHONE)
            called = trunk.expect_call()
            assert called.invite is not None
            assert "RTP/SAVP" in called.invite.body
            assert attention(lines) == ""


def refused(tmp_path: Path, wrong: str) -> tuple[Identity, Path]:
    """A server whose certificate is for another name, or from nobody we know; and the file of authorities."""
    if wrong == "the name":
        somebody = Identity.made(tmp_path / "somebody", "other.example", ("127.0.0.9",))
        return somebody, somebody.certificate
    return Identity.made(tmp_path / "somebody"), Identity.made(tmp_path / "provider").certificate


@pytest.mark.parametrize("account", [{}, {"user": "office42", "password": "correct horse", "register": True}])
@pytest.mark.parametrize(("wrong", "why"), [("the name", "does not match"), ("the authority", "is untrusted")])
def test_a_trunk_that_does_not_prove_its_name_is_told_nothing(
    tmp_path: Path, wrong: str, why: str, account: dict[str, Any]
) -> None:
    """Not a call, not a number, not a password's proof: the connection ends before the first octet of SIP."""
    somebody, authorities = refused(tmp_path, wrong)
    lines = secured(tmp_path, ca_file=str(authorities), **account)
    with Impostor(somebody, lines.ports.trunk) as impostor, lines, lines.office_phone() as office:
        said = wait_for_attention(lines, "the trunk first is not used: its TLS certificate is refused")
        for words in (why, "It must be for 127.0.0.1", str(authorities), "set its host or ca_file"):
            assert words in said
        assert lines.control.get("/health")["state"] == "degraded"
        for number in (NUMBER, "999"):
            assert office.invite(number, offer(40000), calling=OFFICE_PHONE).failed() == 503
        assert impostor.connections >= 2
        assert impostor.heard == b""


def test_a_call_from_a_trunk_that_is_known_by_name_can_be_ended_by_the_office(tmp_path: Path) -> None:
    """Its certificate has the trunk's name; its Contact, as with most providers, an address."""
    provider = Identity.made(tmp_path / "provider", "trunk.example", ())
    lines = secured(tmp_path, ca_file=str(provider.certificate), addresses=["127.0.0.1"])
    lines.trunk = {**lines.trunk, "host": f"trunk.example:{lines.ports.trunk}"}
    context = Identity.of_the_box(lines.home).trusting()
    box = ("127.0.0.1", lines.ports.base + 1)
    with TinyNameServer() as names, ExitStack() as stack:
        lines.sip = {**lines.sip, "nameservers": [names.address]}
        office = stack.enter_context(lines.office_phone())
        near = stack.enter_context(RtpPhone())
        stack.enter_context(lines)
        with SipPhone(box, lines.ports.trunk, "tls", provider.server()) as trunk:
            dialled = office.invite(NUMBER, offer(40000), calling=OFFICE_PHONE)
            accept(trunk.expect_call(), near)
            dialled.answered()
            dialled.hang_up()
            trunk.expect_request("BYE")
        with SipPhone(box, transport="tls", tls=context) as trunk:
            trunk.port = lines.ports.trunk
            caller = trunk.invite(NUMBER, offer(40000))
            called = office.expect_call()
            accept(called, near)
            caller.answered()
            called.hang_up()
            caller.expect_bye()


def test_without_a_file_of_its_own_a_trunk_needs_an_authority_of_the_system(tmp_path: Path) -> None:
    provider = Identity.made(tmp_path / "provider")
    lines = secured(tmp_path)
    with Impostor(provider, lines.ports.trunk) as impostor, lines:
        said = wait_for_attention(lines, "is refused")
        assert "ca-certificates.crt" in said
        assert impostor.heard == b""


def test_the_next_trunk_takes_the_call(tmp_path: Path) -> None:
    somebody = Identity.made(tmp_path / "somebody")
    lines = secured(tmp_path)
    second = f"127.0.0.1:{lines.ports.second_trunk}"
    lines.more_trunks = ({"name": "second", "host": second, "addresses": [second]},)
    with (
        Impostor(somebody, lines.ports.trunk),
        SipPhone(lines.box, lines.ports.second_trunk) as trunk,
        lines,
        lines.office_phone() as office,
    ):
        office.invite("999", offer(40000), calling=OFFICE_PHONE)
        assert trunk.expect_call(timeout_s=5).invite is not None


def test_what_one_trunks_authority_vouches_for_does_not_serve_for_another(tmp_path: Path) -> None:
    """Two trunks at the same address, each with an authority of its own."""
    one, other = Identity.made(tmp_path / "one"), Identity.made(tmp_path / "other")
    lines = secured(tmp_path, ca_file=str(one.certificate))
    second = f"127.0.0.1:{lines.ports.second_trunk}"
    extra = {"name": "second", "host": second, "addresses": [second], "transport": "tls"}
    lines.more_trunks = ({**extra, "ca_file": str(other.certificate)},)
    with Impostor(one, lines.ports.trunk) as right, Impostor(one, lines.ports.second_trunk) as wrong, lines:
        said = wait_for_attention(lines, "the trunk second is not used")
        wait_until(lambda: right.heard.startswith(b"OPTIONS sip:127.0.0.1"), 15, "the first trunk to be asked")
        assert "the trunk first" not in said
        assert wrong.heard == b""


def test_verification_can_be_turned_off_for_one_trunk(tmp_path: Path) -> None:
    somebody = Identity.made(tmp_path / "somebody", "other.example", ())
    lines = secured(tmp_path, verify_certificate=False)
    with (
        SipPhone(lines.box, lines.ports.trunk, "tls", somebody.server()) as trunk,
        lines,
        lines.office_phone() as office,
    ):
        office.invite(NUMBER, offer(40000), calling=OFFICE_PHONE)
        assert trunk.expect_call().invite is not None
        assert attention(lines) == ""


def test_a_file_of_authorities_that_cannot_be_read_costs_that_trunk_alone(tmp_path: Path) -> None:
    lines = secured(tmp_path, ca_file=str(tmp_path / "gone.pem"))
    second = f"127.0.0.1:{lines.ports.second_trunk}"
    lines.more_trunks = ({"name": "second", "host": second, "addresses": [second]},)
    with SipPhone(lines.box, lines.ports.second_trunk) as trunk, lines, lines.office_phone() as office:
        said = attention(lines)
        assert "the trunk first is not used" in said
        assert "gone.pem" in said
        assert "set ca_file" in said
        office.invite(NUMBER, offer(40000), calling=OFFICE_PHONE)
        assert trunk.expect_call(timeout_s=5).invite is not None


def test_an_office_over_tls_must_prove_its_name_too(tmp_path: Path) -> None:
    somebody = Identity.made(tmp_path / "somebody")
    lines = secured(tmp_path, transport="udp")
    lines.office = {"transport": "tls"}
    with Impostor(somebody, lines.ports.office) as impostor, lines, lines.trunk_phone() as trunk:
        assert "telephone system is not used" in wait_for_attention(lines, "is refused")
        assert trunk.invite(NUMBER, offer(40000)).failed() == 503
        assert impostor.heard == b""
