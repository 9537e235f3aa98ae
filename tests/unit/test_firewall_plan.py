"""What the settings ask of the packet filter."""

from __future__ import annotations

import ipaddress

from firmware.cli.network.firewall_plan import firewall_plan, known_peers, names_of
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import settings_from_toml
from firmware.core.firewall_rules import FirewallPlan, Ports

OFFICE = """
[web]
bind = "192.168.7.1:8443"
[network]
lan = ["192.168.7.0/24"]
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
transports = ["udp", "tls"]
[lines.sip.office]
host = "192.168.7.10:5062"
[[lines.sip.trunks]]
name = "provider"
host = "sip.example.com"
addresses = ["203.0.113.0/28", "203.0.113.77:5070"]
[[lines.sip.trunks]]
name = "second"
host = "other.example.net:5070"
outbound_proxy = "proxy.example.net"
transport = "tls"
[[lines.sip.phones]]
extension = "201"
password = "KM2ZH7TMZW4SB6S4CMJRTWBW"
[lines.sip.registrar]
networks = ["192.168.8.0/24"]
[[lines]]
name = "copy"
kind = "siprec"
notice_given_by = "the PBX"
[lines.siprec]
clients = ["192.168.7.11:5060"]
[[lines]]
name = "test"
kind = "sip"
[lines.sip]
bind = "127.0.0.1:6060"
office = { host = "127.0.0.1:6061" }
[[lines.sip.trunks]]
name = "here"
host = "127.0.0.1:6062"
[[smdr]]
name = "pbx"
format = "avaya-ip-office"
line = "main"
listen = { addresses = ["192.168.7.12"] }
"""
KNOWN = {"sip.example.com": ["198.51.100.5"], "proxy.example.net": ["198.51.100.9", "2001:db8::9"]}
SIP = {Ports("udp", 5060, 5060), Ports("tcp", 5061, 5061), Ports("udp", 20000, 23999)}


def plan(known: dict[str, list[str]] | None = None) -> FirewallPlan:
    return firewall_plan(
        settings_from_toml(OFFICE, "office.toml"), KNOWN if known is None else known, lambda user: None
    )


def sources(setting: str, made: FirewallPlan) -> set[str]:
    found = [opening for opening in made.openings if setting in opening.setting]
    assert found, [opening.setting for opening in made.openings]
    return {str(network) for opening in found for network in opening.sources}


def test_each_peer_is_let_in_at_the_ports_of_its_line_from_where_it_is_listed_and_called() -> None:
    made = plan()
    assert sources("sip.office", made) == {"192.168.7.10/32"}
    assert sources("trunk provider", made) == {"203.0.113.0/28", "203.0.113.77/32", "198.51.100.5/32"}
    assert sources("trunk second", made) == {"198.51.100.9/32", "2001:db8::9/128"}
    assert sources("phones", made) == {"192.168.8.0/24"}
    for opening in made.openings:
        if opening.setting.startswith("line main"):
            assert set(opening.ports) == SIP


def test_recordings_call_logs_and_the_page_come_from_where_the_settings_say() -> None:
    made = plan()
    copy = next(opening for opening in made.openings if "copy" in opening.setting)
    assert set(copy.ports) == {Ports("udp", 5080, 5080), Ports("tcp", 5080, 5080), Ports("udp", 24000, 25999)}
    assert sources("copy", made) == {"192.168.7.11/32"}
    assert sources("call log pbx", made) == {"192.168.7.12/32"}
    assert sources("the page", made) == {"192.168.7.0/24"}
    page = made.openings[-1]
    assert (page.ports, page.bound_to) == ((Ports("tcp", 8443, 8443),), ipaddress.ip_address("192.168.7.1"))


def test_what_listens_on_this_machine_alone_opens_nothing() -> None:
    made = plan()
    assert not any("test" in opening.setting for opening in made.openings)
    assert not any(ports.first == 6060 for ports in made.signalling)


def test_names_are_those_that_calls_come_from_by_and_a_trunk_without_an_address_is_still_there() -> None:
    names = names_of(settings_from_toml(OFFICE, "office.toml"))
    assert names == {
        "sip.example.com": ("sip.example.com", "udp"),
        "other.example.net:5070": ("other.example.net:5070", "tls"),
        "proxy.example.net": ("proxy.example.net", "tls"),
    }
    assert sources("trunk second", plan({})) == set()


def test_peers_and_recording_clients_are_never_taken_for_scanners_but_the_phones_network_may_hold_one() -> None:
    peers = {str(network) for network in known_peers(settings_from_toml(OFFICE, "office.toml"), KNOWN)}
    assert {"192.168.7.10/32", "203.0.113.0/28", "198.51.100.9/32", "192.168.7.11/32"} <= peers
    assert "192.168.8.0/24" not in peers


def test_who_may_go_out_is_known_by_number_and_a_machine_without_the_users_keeps_nobody_in() -> None:
    assert plan().outgoing == ()
    users = {"earmark-lines": 990, "_chrony": 101, "earmark-web": 991}
    made = firewall_plan(Settings(), {}, users.get)
    assert [(each.user, each.ports == ()) for each in made.outgoing] == [("earmark-lines", True), ("_chrony", False)]
