"""From the office's settings to what a line is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.adapters.sip.line_config import PeerAddress, SipLineConfig
from firmware.cli.lines.composition import line_config
from firmware.config.line_settings import OfficePeer, SipLine, SipSettings, Trunk
from firmware.core.home import Home


def line_with(host: str, *addresses: str) -> SipLineConfig:
    trunk = Trunk(name="bt", host=host, addresses=addresses)
    sip = SipSettings(trunks=(trunk,), office=OfficePeer(host="192.0.2.80:5080"))
    return line_config(SipLine(name="main", kind="sip", sip=sip), Home(Path("unused")))


@pytest.mark.parametrize(
    ("host", "listed", "known"),
    [
        ("192.0.2.7:5070", (), (PeerAddress("192.0.2.7"),)),
        ("[2001:db8::7]:5070", (), (PeerAddress("2001:db8::7"),)),
        ("sip.provider.example", (), ()),
        (
            "192.0.2.7",
            ("198.51.100.0/24", "192.0.2.9:5060"),
            (PeerAddress("198.51.100.0/24"), PeerAddress("192.0.2.9", 5060)),
        ),
    ],
)
def test_a_peer_calls_from_where_it_is_called_unless_listed_otherwise(
    host: str, listed: tuple[str, ...], known: tuple[PeerAddress, ...]
) -> None:
    assert line_with(host, *listed).trunks[0].addresses == known


def test_the_office_without_a_list_calls_from_its_own_address() -> None:
    office = line_with("sip.provider.example").office
    assert office is not None
    assert office.addresses == (PeerAddress("192.0.2.80"),)
