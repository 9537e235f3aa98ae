"""What the lines ask the packet filter to drop: scanners are dropped, and whom the office needs never is."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.adapters.network.block_requests import BlockRequest, BlockRequests
from firmware.adapters.network.firewall import Firewall
from firmware.adapters.network.routers import routers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.network.firewall_plan import firewall_plan
from firmware.cli.network.never_blocked import never_blocked
from firmware.config.toml_settings import settings_from_toml
from firmware.core.firewall_rules import ruleset
from firmware.core.home import Home
from firmware.core.scanner_watch import place_of
from tests.functional.instruments.private_network import PrivateNetwork

OFFICE = """
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
SETTINGS = settings_from_toml(OFFICE, "office.toml")
KNOWN = {"sip.example.com": {"198.51.100.5": 1}}
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


@pytest.mark.parametrize("address", NEEDED)
def test_whom_the_office_needs_is_never_blocked(address: str) -> None:
    assert never_blocked(SETTINGS, KNOWN, place_of(address))
    assert not never_blocked(SETTINGS, KNOWN, place_of("198.51.100.77"))


def test_a_folder_among_the_requests_keeps_nobody_else_from_being_dropped(tmp_path: Path) -> None:
    """Whoever took over the lines may put it there."""
    (tmp_path / "198.51.100.1,600").mkdir()
    requests = BlockRequests(tmp_path)
    requests.ask(place_of("198.51.100.77"), 60)
    assert list(requests.take()) == [BlockRequest(place_of("198.51.100.77"), 60)]


def test_what_is_asked_for_is_dropped_once_and_what_is_no_address_or_time_becomes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    home.block_requests.mkdir(parents=True)
    SettingsFile(home.settings_file).replace(SETTINGS.to_document())
    requests = BlockRequests(home.block_requests)
    for address in ("198.51.100.77", "2001:db8:9:9:1:2:3:4", "203.0.113.9"):
        requests.ask(place_of(address), 600.0)
    for name in ("1.2.3,60", "1.2.3.4 }; flush,60", "1.2.3.4,-1", "1.2.3.4,0", "1.2.3.4,99999999", "1.2.3.4,٣", "x"):
        (home.block_requests / name).touch()
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(tmp_path), "firewall", "take-requests"]
    with PrivateNetwork() as network:
        network.inside(lambda: Firewall().apply(ruleset(firewall_plan(SETTINGS, {}, lambda user: None))))
        done = subprocess.run([*network.under, *command], capture_output=True, text=True, check=True)
        dropped = network.inside(lambda: Firewall().unheard())
    assert {str(each.place) for each in dropped} == {"198.51.100.77/32", "2001:db8:9:9::/64"}
    assert all(550 < each.left_s <= 600 for each in dropped)
    assert "203.0.113.9/32 is not blocked" in done.stderr
    assert list(home.block_requests.iterdir()) == []


def test_too_many_requests_and_a_folder_that_is_not_there_are_nothing_to_wait_for(tmp_path: Path) -> None:
    BlockRequests(tmp_path / "none").ask(place_of("198.51.100.77"), 60)
    for number in range(200):
        BlockRequests(tmp_path).ask(place_of(f"198.51.100.{number}"), 60)
    taken = list(BlockRequests(tmp_path).take())
    assert len(taken) == 64
    assert BlockRequest(place_of("198.51.100.0"), 60) in taken


def test_the_routers_are_those_that_the_kernel_has(tmp_path: Path) -> None:
    in_memory = f"{int.from_bytes(socket.inet_aton('192.168.7.254'), sys.byteorder):08X}"
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
