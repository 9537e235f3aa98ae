"""The box's packet filter as text for nft(8): nothing comes in but what the settings name, and each line says why.

Pure: what the settings ask for comes in as a plan, with names already looked up; the text comes out.

What protects a call comes first. Answers to what the box itself began are always let in; sound is also taken from
wherever the box itself sends sound to, for a provider's sound seldom comes from where its calls come from; and the
process that holds the calls may reach any address. ICMP errors and neighbour discovery pass as RFC 4890 (section 4.4)
says. What is let in is a rule each, so that a mistake in one closes no other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Protocol = Literal["udp", "tcp"]

TABLE = "earmark"
#: Addresses that are not answered for a while: elements are added while the box runs, and outlive a new ruleset.
SCANNERS = {4: "scanners4", 6: "scanners6"}
#: Where the box sends sound to; the kernel itself keeps it.
MEDIA = {4: "media4", 6: "media6"}
MEDIA_FOR = "2m"
HTTPS_PORT = 443
_FAMILY = {4: "ip", 6: "ip6"}
#: One customer has an IPv4 address, or the first half of an IPv6 one (see ``scanner_watch``).
_SITE = {4: "", 6: " & ffff:ffff:ffff:ffff::"}
_MOST_SCANNERS = 65535
_MOST_MEDIA = 4096


@dataclass(frozen=True)
class Ports:
    """A range of ports of one protocol; ``last`` is one of them."""

    protocol: Protocol
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Opening:
    """One thing that is let in.

    Attributes:
        setting: where in the settings it comes from, in words for whoever reads the rules.
        ports: what of the box may be reached.
        sources: from where.
        bound_to: the box's own address that it listens on; None for all of them.
    """

    setting: str
    ports: tuple[Ports, ...]
    sources: tuple[Network, ...]
    bound_to: Address | None = None


@dataclass(frozen=True)
class Outgoing:
    """A user of the box whose processes may begin to talk to others: anywhere, or on some ports only."""

    user: str
    number: int
    why: str
    ports: tuple[Ports, ...] = ()


@dataclass(frozen=True)
class FirewallPlan:
    """All that the rules depend on.

    Attributes:
        openings: what is let in.
        signalling: the ports at which scanners knock; an address that is one is not heard there.
        media: the ports on which sound comes.
        lan: the office's own networks.
        page_port: where the page is served; asked for on the port that browsers take, it is found as well. 0: nowhere.
        outgoing: who may begin to talk to others. Empty: everybody, as on a machine without the box's users.
    """

    openings: tuple[Opening, ...]
    signalling: tuple[Ports, ...] = ()
    media: tuple[Ports, ...] = ()
    lan: tuple[Network, ...] = ()
    page_port: int = 0
    outgoing: tuple[Outgoing, ...] = ()


def ruleset(plan: FirewallPlan) -> str:
    """The whole table, for ``nft -f``: it takes the place of the one before at once, and keeps what the sets hold."""
    chains = (_sets(), _scanners(plan), _page(plan), _incoming(plan), _forwarded(), _outgoing(plan))
    body = "\n".join("\n".join(f"\t{line}" if line else "" for line in chain) for chain in chains)
    return (
        "# The box's packet filter, made from the settings, and made anew when they change. Other tables stay.\n"
        f"add table inet {TABLE}\nflush table inet {TABLE}\ntable inet {TABLE} {{\n{body}\n}}\n"
    )


def _sets() -> list[str]:
    lines = []
    for version, kind in ((4, "ipv4_addr"), (6, "ipv6_addr")):
        lines += [
            "# Who knocked at the telephony ports too often: not heard there until the time beside it is over.",
            *_block(f"set {SCANNERS[version]}", [f"type {kind}", f"size {_MOST_SCANNERS}", "flags timeout"]),
            "# Where the box sends sound to, for as long as it does and a little longer.",
            *_block(
                f"set {MEDIA[version]}",
                [f"type {kind}", f"size {_MOST_MEDIA}", "flags dynamic,timeout", f"timeout {MEDIA_FOR}"],
            ),
        ]
    return lines


def _scanners(plan: FirewallPlan) -> list[str]:
    rules = [
        "type filter hook prerouting priority raw; policy accept;",
        "# Whoever the box sends sound to is in a call, and heard whatever others do from there.",
    ]
    for version in (4, 6):
        source = f"{_FAMILY[version]} saddr"
        scanner = f"{source}{_SITE[version]} @{SCANNERS[version]} {source} != @{MEDIA[version]}"
        rules += [
            f"{scanner} {protocol} dport {_set_of(ports)} counter drop"
            for protocol, ports in _by_protocol(plan.signalling)
        ]
    return _block("chain unheard", rules)


def _page(plan: FirewallPlan) -> list[str]:
    if not plan.page_port or plan.page_port == HTTPS_PORT:
        return []
    rules = [
        "type nat hook prerouting priority dstnat; policy accept;",
        f"# web.bind: the page is served on port {plan.page_port}; https://earmark.local without a port finds it.",
    ]
    for version, networks in _by_version(plan.lan):
        saddr = f"{_FAMILY[version]} saddr {_set_of(networks)}"
        rules.append(f"{saddr} tcp dport {HTTPS_PORT} redirect to :{plan.page_port}")
    return _block("chain page", rules)


def _incoming(plan: FirewallPlan) -> list[str]:
    rules = [
        "type filter hook input priority filter; policy drop;",
        "# Answers to what the box began, and errors that belong to them.",
        "ct state established,related accept",
        'iif "lo" accept',
        *_icmp(),
        *_network_services(plan.lan),
    ]
    for opening in plan.openings:
        rules += ["", f"# {_one_line(opening.setting)}", *_let_in(opening)]
    if plan.media:
        rules += ["", "# Sound from wherever the box sends sound to: a provider's comes from many machines of its."]
        for version in (4, 6):
            rules += [
                f"{_FAMILY[version]} saddr @{MEDIA[version]} {protocol} dport {_set_of(ports)} accept"
                for protocol, ports in _by_protocol(plan.media)
            ]
    return _block("chain incoming", [*rules, "", "# All else, counted.", "counter"])


def _icmp() -> list[str]:
    """RFC 4890 section 4.4: what must not be dropped, and echo; RFC 1812 and RFC 1122 for the older protocol."""
    errors = "destination-unreachable, packet-too-big, time-exceeded, parameter-problem"
    neighbours = "nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert"
    return [
        "# Errors, neighbours and pings (RFC 4890).",
        "icmp type { destination-unreachable, time-exceeded, parameter-problem } accept",
        "icmp type echo-request limit rate 10/second burst 20 packets accept",
        f"icmpv6 type {{ {errors} }} accept",
        f"icmpv6 type {{ {neighbours} }} ip6 hoplimit 255 accept",
        "icmpv6 type { mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report }"
        " ip6 saddr fe80::/10 accept",
        "icmpv6 type echo-request limit rate 10/second burst 20 packets accept",
    ]


def _network_services(lan: Sequence[Network]) -> Iterator[str]:
    yield "# The box's own address (DHCP; RFC 2131, RFC 8415)."
    yield "udp sport 67 udp dport 68 accept"
    yield "ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept"
    if lan:
        yield "# The name earmark.local (multicast DNS, RFC 6762); network.lan."
    for version, networks in _by_version(lan):
        yield f"{_FAMILY[version]} saddr {_set_of(networks)} udp dport 5353 accept"


def _let_in(opening: Opening) -> Iterator[str]:
    if not opening.sources:
        yield "# No address of it is known yet; what answers the box is let in all the same."
    for version, networks in _by_version(opening.sources):
        family = _FAMILY[version]
        if opening.bound_to is None:
            own = ""
        elif opening.bound_to.version == version:
            own = f"{family} daddr {opening.bound_to} "
        else:
            continue
        for protocol, ports in _by_protocol(opening.ports):
            yield f"{family} saddr {_set_of(networks)} {own}{protocol} dport {_set_of(ports)} accept"


def _forwarded() -> list[str]:
    rules = ["# The box is no router.", "type filter hook forward priority filter; policy drop;"]
    return _block("chain forwarded", rules)


def _outgoing(plan: FirewallPlan) -> list[str]:
    policy = "drop" if plan.outgoing else "accept"
    rules = [f"type filter hook output priority filter; policy {policy};"]
    for version in (4, 6):
        rules += [
            f"{protocol} sport {_set_of(ports)} update @{MEDIA[version]} {{ {_FAMILY[version]} daddr }}"
            for protocol, ports in _by_protocol(plan.media)
        ]
    if not plan.outgoing:
        return _block("chain outgoing", rules)
    rules += ["ct state established,related accept", 'oif "lo" accept']
    rules += ["# What the kernel itself says.", "meta l4proto { icmp, ipv6-icmp, igmp } accept"]
    for each in plan.outgoing:
        where = [f" {protocol} dport {_set_of(ports)}" for protocol, ports in _by_protocol(each.ports)] or [""]
        rules += [f"# {_one_line(each.user)}: {_one_line(each.why)}"]
        rules += [f"meta skuid {each.number}{ports} accept" for ports in where]
    return _block("chain outgoing", [*rules, "# Nobody else has anything to say to anybody outside.", "counter reject"])


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head} {{", *(f"\t{line}" if line else "" for line in lines), "}"]


def _by_version(networks: Iterable[Network]) -> Iterator[tuple[int, list[Network]]]:
    v4 = [each for each in networks if isinstance(each, ipaddress.IPv4Network)]
    v6 = [each for each in networks if isinstance(each, ipaddress.IPv6Network)]
    if v4:
        yield 4, list(ipaddress.collapse_addresses(v4))
    if v6:
        yield 6, list(ipaddress.collapse_addresses(v6))


def _by_protocol(ports: Iterable[Ports]) -> Iterator[tuple[Protocol, list[Ports]]]:
    ordered = sorted(set(ports), key=lambda each: (each.first, each.last))
    for protocol in ("udp", "tcp"):
        found = [each for each in ordered if each.protocol == protocol]
        if found:
            yield protocol, _joined(found)


def _joined(ports: list[Ports]) -> list[Ports]:
    """Ranges that overlap become one: a set has each port once."""
    joined = [ports[0]]
    for each in ports[1:]:
        if each.first <= joined[-1].last + 1:
            joined[-1] = Ports(each.protocol, joined[-1].first, max(each.last, joined[-1].last))
        else:
            joined.append(each)
    return joined


def _set_of(things: Sequence[object]) -> str:
    return f"{{ {', '.join(map(str, things))} }}"


def _one_line(text: str) -> str:
    """Whatever somebody called a line: it must not end the comment."""
    return "".join(character if character.isprintable() else " " for character in text)
