"""The packet filter's text: it lets in exactly what the plan says, whatever the settings call things."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.firewall_rules import FirewallPlan, Network, Opening, Outgoing, Ports, ruleset

_RULE = re.compile(r"(ip6?) saddr \{ ([^}]*) \} (?:ip6? daddr (\S+) )?(udp|tcp) dport \{ ([^}]*) \} accept")

networks = st.one_of(
    st.builds(
        lambda value, bits: ipaddress.ip_network((value, bits), strict=False),
        st.integers(0, 2**32 - 1),
        st.integers(1, 32),
    ),
    st.builds(
        lambda value, bits: ipaddress.ip_network((value, bits), strict=False),
        st.integers(0, 2**128 - 1),
        st.integers(1, 128),
    ),
)
ports = st.builds(
    lambda protocol, first, more: Ports(protocol, first, min(65535, first + more)),
    st.sampled_from(["udp", "tcp"]),
    st.integers(1, 65535),
    st.integers(0, 3000),
)
openings = st.builds(
    Opening,
    st.text(max_size=40),
    st.lists(ports, min_size=1, max_size=4).map(tuple),
    st.lists(networks, max_size=4).map(tuple),
    st.one_of(st.none(), networks.map(lambda network: network.network_address)),
)
plans = st.builds(
    FirewallPlan,
    st.lists(openings, max_size=5).map(tuple),
    st.lists(ports, max_size=2).map(tuple),
    st.lists(ports, max_size=2).map(tuple),
    st.lists(networks, max_size=3).map(tuple),
    st.integers(0, 65535),
    st.lists(st.builds(Outgoing, st.text(max_size=9), st.integers(0, 9), st.text(max_size=9)), max_size=2).map(tuple),
)


def covered(source: Network, by: Iterable[Network]) -> bool:
    """Whether all of a network lies in some of these, taken together."""
    spans = sorted(
        (int(one.network_address), int(one.broadcast_address)) for one in by if one.version == source.version
    )
    wanted = int(source.network_address)
    for first, last in spans:
        if first <= wanted <= last:
            wanted = last + 1
    return wanted > int(source.broadcast_address)


@dataclass(frozen=True)
class Accepted:
    sources: tuple[Network, ...]
    own: str | None
    protocol: str
    ranges: tuple[tuple[int, int], ...]

    def lets_in(self, source: Network, protocol: str, port: int) -> bool:
        return (
            protocol == self.protocol
            and any(first <= port <= last for first, last in self.ranges)
            and covered(source, self.sources)
        )


def incoming(rules: str) -> str:
    chain = rules.partition("chain incoming {")[2]
    return chain[: chain.index("\n\t}")]


def accepted(rules: str) -> list[Accepted]:
    found = []
    for family, sources, own, protocol, ranges in _RULE.findall(incoming(rules)):
        numbers = [each.partition("-") for each in ranges.split(", ")]
        pairs = tuple((int(first), int(last or first)) for first, _, last in numbers)
        nets = tuple(ipaddress.ip_network(each) for each in sources.split(", "))
        assert all(net.version == (4 if family == "ip" else 6) for net in nets)
        found.append(Accepted(nets, own or None, protocol, pairs))
    return found


@given(plans)
def test_every_peer_that_is_named_reaches_every_port_that_is_meant_for_it(plan: FirewallPlan) -> None:
    rules = accepted(ruleset(plan))
    for opening in plan.openings:
        for source in opening.sources:
            if opening.bound_to is not None and opening.bound_to.version != source.version:
                continue  # what listens on an IPv4 address is not reached by IPv6
            for each in opening.ports:
                for port in (each.first, each.last):
                    own = str(opening.bound_to) if opening.bound_to else None
                    assert any(rule.own == own and rule.lets_in(source, each.protocol, port) for rule in rules)


@given(plans)
def test_no_port_is_open_to_anybody_whom_the_plan_does_not_name(plan: FirewallPlan) -> None:
    stated = [
        (source, each)
        for opening in plan.openings
        for source in opening.sources
        for each in opening.ports
    ]  # fmt: skip
    for rule in accepted(ruleset(plan)):
        for first, last in rule.ranges:
            for port in (first, last):
                for source in rule.sources:
                    by_name = {
                        ipaddress.ip_network(one)
                        for one, each in stated
                        if each.protocol == rule.protocol and each.first <= port <= each.last
                    }
                    assert covered(source, by_name)


@given(plans)
def test_the_only_other_rules_that_let_in_are_those_of_every_box(plan: FirewallPlan) -> None:
    chain = incoming(ruleset(plan))
    assert "type filter hook input priority filter; policy drop;" in chain
    others = [line for line in chain.splitlines() if line.endswith("accept") and not _RULE.search(line)]
    allowed = re.compile(
        r"\t\t(ct state established,related|iif \"lo\"|icmp(v6)? type .*|udp sport 67 udp dport 68"
        r"|ip6 saddr fe80::/10 udp sport 547 udp dport 546|ip6? saddr \{ [^}]* \} udp dport 5353"
        r"|ip6? saddr @media[46] (udp|tcp) dport \{ [^}]* \}) accept"
    )
    assert [line for line in others if not allowed.fullmatch(line)] == []


def test_whatever_a_line_is_called_stays_a_comment() -> None:
    opening = Opening(
        "line x\n\t\taccept\u2028accept\r", (Ports("udp", 5060, 5060),), (ipaddress.ip_network("192.0.2.1"),)
    )
    lines = ruleset(FirewallPlan((opening,))).splitlines()
    assert not any(line.strip() == "accept" for line in lines)


def test_who_holds_calls_may_reach_any_address_and_the_page_nobody() -> None:
    rules = ruleset(FirewallPlan((), outgoing=(Outgoing("earmark-lines", 990, "calls"),)))
    chain = rules.partition("chain outgoing {")[2]
    assert "meta skuid 990 accept" in chain
    assert "policy drop" in chain
    assert chain.index("meta skuid 990 accept") < chain.index("reject")


def test_a_machine_without_the_box_s_users_keeps_nobody_in() -> None:
    chain = ruleset(FirewallPlan(())).partition("chain outgoing {")[2]
    assert "policy accept" in chain
    assert "reject" not in chain
