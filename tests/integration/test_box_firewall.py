"""The box's own process asked by the lines to block an address: scanners are, and whom the office needs never is."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.routes import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.network.firewall import Firewall
from firmware.adapters.network.routers import routers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.box_firewall import firewall_routes
from firmware.cli.firewall_plan import firewall_plan
from firmware.config.loader import settings_from_toml
from firmware.core.errors import ActionRefused
from firmware.core.firewall_rules import ruleset
from firmware.core.home import Home
from tests.functional.instruments.private_network import PrivateNetwork

SETTINGS = """
[network]
lan = ["192.168.7.0/24"]
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
office = { host = "203.0.113.40" }
[[lines.sip.trunks]]
name = "provider"
host = "sip.example.com"
addresses = ["203.0.113.0/28", "2001:db8:7::5"]
[lines.sip.registrar]
networks = ["0.0.0.0/0"]
"""
NEEDED = (
    "203.0.113.9",  # the trunk
    "203.0.113.40",  # the telephone system
    "198.51.100.5",  # what the trunk's name had as an address
    "2001:db8:7::abc",  # beside the trunk, in what one customer has
    "192.168.7.1",  # the office's own network, and its router
    "127.0.0.1",
    "224.0.0.251",
    "::ffff:203.0.113.9",
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.state.mkdir()
    settings = settings_from_toml(SETTINGS, "office.toml")
    SettingsFile(made.settings_file).replace(settings.to_document())
    made.peer_addresses.parent.mkdir()
    made.peer_addresses.write_text(json.dumps({"sip.example.com": {"198.51.100.5": 1}}))
    return made


def asked(home: Home, address: object, seconds: object = 60) -> Mapping[str, Any]:
    body = {"address": address, "seconds": seconds}
    request = Request("POST", "/block-address", PeerCredentials(1, 1, 1), body=body)
    return firewall_routes(home)["POST /block-address"].answer(request)


def test_a_scanner_is_dropped_and_shown_to_whoever_looks_after_the_box(home: Home) -> None:
    with PrivateNetwork() as network:

        def block() -> Mapping[str, Any]:
            status = firewall_routes(home)["GET /blocked-addresses"].answer
            nobody = Request("GET", "/blocked-addresses", PeerCredentials(1, 1, 1))
            assert status(nobody) == {"in_place": False, "places": []}
            Firewall().apply(ruleset(firewall_plan(settings_from_toml(SETTINGS, "o"), {}, lambda user: None)))
            asked(home, "198.51.100.77", 600)
            asked(home, "2001:db8:9:9:1:2:3:4", 600)
            return status(nobody)

        shown = network.inside(block)
    assert shown["in_place"] is True
    assert {each["address"] for each in shown["places"]} == {"198.51.100.77/32", "2001:db8:9:9::/64"}
    assert all(590 < each["left_s"] <= 600 for each in shown["places"])


@pytest.mark.parametrize("address", NEEDED)
def test_whom_the_office_needs_is_never_blocked_whoever_asks(home: Home, address: str) -> None:
    with pytest.raises(ActionRefused, match="never blocked"):
        asked(home, address)


def test_what_is_no_address_or_no_time_becomes_no_command(home: Home) -> None:
    for address in ("", "1.2.3", "1.2.3.4 }; flush ruleset", "example.org", 7, None):
        with pytest.raises(RequestRefused):
            asked(home, address)
    for seconds in (0, -1, 10**9, "60", True, 1.5, None):
        with pytest.raises(RequestRefused):
            asked(home, "198.51.100.77", seconds)


def test_the_lines_may_ask_it_and_the_page_may_only_look(home: Home) -> None:
    routes = firewall_routes(home)
    assert routes["POST /block-address"].users == ("earmark-lines",)
    assert set(routes["GET /blocked-addresses"].users) == {"earmark-web", "earmark-keeper"}


def test_the_routers_are_those_that_the_kernel_has(tmp_path: Path) -> None:
    gateway = socket.inet_aton("192.168.7.254")
    in_memory = f"{int.from_bytes(gateway, 'little'):08X}"
    table = tmp_path / "route"
    table.write_text(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        f"eth0\t00000000\t{in_memory}\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        "eth0\t0007A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
    )
    table6 = tmp_path / "ipv6_route"
    zeros, real, local = "0" * 32, "20010db8000000000000000000000001", "fe80" + "0" * 27 + "1"
    table6.write_text(
        f"{zeros} 00 {zeros} 00 {real} 00000400 00000001 00000000 00450003     eth0\n"
        f"{zeros} 00 {zeros} 00 {local} 00000400 00000001 00000000 00450003     eth0\n"
    )
    assert list(map(str, routers(table, table6))) == ["192.168.7.254", "2001:db8::1"]
    assert routers(tmp_path / "none", tmp_path / "none") == []
