"""What the settings ask of the packet filter: which ports, from where, and who of the box may go out."""

from __future__ import annotations

import ipaddress
import pwd
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from firmware.config.line_settings import OfficePeer, SipLine, SipSettings, Trunk
from firmware.config.media_security import Transport
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings
from firmware.config.siprec_settings import SiprecLine, SiprecSettings
from firmware.config.smdr_settings import SmdrSettings
from firmware.core.firewall_rules import Address, FirewallPlan, Network, Opening, Outgoing, Ports

#: The addresses of a name, as far as they are known.
AddressesOf = Mapping[str, Iterable[str]]

_DNS = (Ports("udp", 53, 53), Ports("tcp", 53, 53))
_MDNS = Ports("udp", 5353, 5353)
_NTP = Ports("udp", 123, 123)
#: Who may begin to talk to others. Whoever is not here only answers: the page, above all.
_GOES_OUT: tuple[tuple[str, str, tuple[Ports, ...]], ...] = (
    ("earmark-lines", "calls, to whatever address a provider or a phone names", ()),
    ("earmark-keeper", "archive, backups, mail and web hooks", ()),
    ("root", "addresses by DHCP, updates", ()),
    ("systemd-network", "addresses by DHCP", ()),
    ("systemd-resolve", "names, and the box's own by multicast", (*_DNS, _MDNS)),
    ("avahi", "the box's own name by multicast", (_MDNS,)),
    ("_chrony", "the time", (_NTP, Ports("tcp", 4460, 4460), *_DNS)),
    ("systemd-timesync", "the time", (_NTP, *_DNS)),
)
UserNumber = Callable[[str], int | None]


def user_number(name: str) -> int | None:
    """The machine's number of a user; None where it has no such user."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def firewall_plan(settings: Settings, known: AddressesOf, number_of: UserNumber = user_number) -> FirewallPlan:
    """Everything that the rules depend on.

    Args:
        known: addresses of the names that ``names_of`` gives.
        number_of: the machine's users. Without the one who holds calls everybody may go out: rules that could keep
            him in are never made.
    """
    openings = tuple(_openings(settings, known))
    listening = tuple(_listening(settings))
    page_host, page_port = split_host_port(settings.web.bind)
    return FirewallPlan(
        openings,
        signalling=tuple(dict.fromkeys(ports for signalling, _ in listening for ports in signalling)),
        media=tuple(dict.fromkeys(media for _, media in listening)),
        lan=_networks(settings.network.lan),
        page_port=0 if ipaddress.ip_address(page_host).is_loopback else page_port,
        outgoing=tuple(_outgoing(number_of)),
    )


def names_of(settings: Settings) -> dict[str, tuple[str, Transport]]:
    """Peers that are named, not numbered: what to look up, with its port, and by which transport it is reached."""
    named: dict[str, tuple[str, Transport]] = {}
    for line in settings.lines:
        if isinstance(line, SipLine):
            for _, peer in _peers(line.sip):
                hosts = (peer.host, peer.outbound_proxy) if isinstance(peer, Trunk) else (peer.host,)
                for host in filter(None, hosts):
                    if _address(split_host_port(host)[0]) is None:
                        named[host] = (host, peer.transport)
    return named


def known_peers(settings: Settings, known: AddressesOf) -> tuple[Network, ...]:
    """Where peers and recording clients are: never taken for scanners."""
    lines = [line for line in settings.lines if isinstance(line, SipLine)]
    peers = [network for line in lines for _, peer in _peers(line.sip) for network in _sources(peer, known)]
    clients = [_networks(line.siprec.clients) for line in settings.lines if isinstance(line, SiprecLine)]
    return tuple(dict.fromkeys((*peers, *(network for each in clients for network in each))))


def _openings(settings: Settings, known: AddressesOf) -> Iterator[Opening]:
    for line in settings.lines:
        if isinstance(line, SipLine):
            yield from _sip(line.name, line.sip, known)
        elif isinstance(line, SiprecLine):
            siprec, (host, _) = line.siprec, split_host_port(line.siprec.bind)
            ports = (*_signalling(siprec), _media(siprec))
            yield from _opening(f"line {line.name}: siprec.clients", ports, _networks(siprec.clients), host)
    for log in settings.smdr:
        yield from _call_log(log)
    host, port = split_host_port(settings.web.bind)
    lan = _networks(settings.network.lan)
    yield from _opening("the page: web.bind, for network.lan", (Ports("tcp", port, port),), lan, host)


def _sip(line: str, sip: SipSettings, known: AddressesOf) -> Iterator[Opening]:
    host, _ = split_host_port(sip.bind)
    ports = (*_signalling(sip), _media(sip))
    for name, peer in _peers(sip):
        setting = f"line {line}: {name}, {peer.host}"
        if not peer.addresses and _address(split_host_port(peer.host)[0]) is None:
            setting += ", and the addresses that this name had"
        yield from _opening(setting, ports, _sources(peer, known), host)
    if sip.phones:
        phones = _networks(sip.registrar.networks)
        yield from _opening(f"line {line}: phones, sip.registrar.networks", ports, phones, host)


def _call_log(log: SmdrSettings) -> Iterator[Opening]:
    if log.listen is not None:
        host, port = split_host_port(log.listen.bind)
        sources = _networks(log.listen.addresses)
        yield from _opening(f"call log {log.name}: smdr.listen.addresses", (Ports("tcp", port, port),), sources, host)


def _opening(setting: str, ports: Sequence[Ports], sources: tuple[Network, ...], host: str) -> Iterator[Opening]:
    """None for what listens on this machine alone, which needs no opening."""
    own = ipaddress.ip_address(host)
    if not own.is_loopback:
        yield Opening(setting, tuple(ports), sources, None if own.is_unspecified else own)


def _peers(sip: SipSettings) -> Iterator[tuple[str, Trunk | OfficePeer]]:
    if sip.office is not None:
        yield "sip.office", sip.office
    for trunk in sip.trunks:
        yield f"trunk {trunk.name}", trunk


def _sources(peer: Trunk | OfficePeer, known: AddressesOf) -> tuple[Network, ...]:
    """Where a peer's calls come from: what is listed, and wherever it is called at."""
    hosts = [peer.host, *([peer.outbound_proxy] if isinstance(peer, Trunk) and peer.outbound_proxy else [])]
    found = list(_networks(peer.addresses))
    for host in hosts:
        address = _address(split_host_port(host)[0])
        found += _networks([str(address)] if address is not None else known.get(host, ()))
    return tuple(dict.fromkeys(found))


def _signalling(listens: SipSettings | SiprecSettings) -> Iterator[Ports]:
    _, port = split_host_port(listens.bind)
    for transport in dict.fromkeys(listens.transports):
        number = listens.tls_port if transport == "tls" else port
        yield Ports("udp" if transport == "udp" else "tcp", number, number)


def _media(listens: SipSettings | SiprecSettings) -> Ports:
    first, _, last = listens.rtp_ports.partition("-")
    return Ports("udp", int(first), int(last))


def _listening(settings: Settings) -> Iterator[tuple[tuple[Ports, ...], Ports]]:
    for line in settings.lines:
        if isinstance(line, SipLine | SiprecLine):
            listens = line.sip if isinstance(line, SipLine) else line.siprec
            if not ipaddress.ip_address(split_host_port(listens.bind)[0]).is_loopback:
                yield tuple(_signalling(listens)), _media(listens)


def _outgoing(number_of: UserNumber) -> Iterator[Outgoing]:
    if number_of(_GOES_OUT[0][0]) is None:
        return
    for user, why, ports in _GOES_OUT:
        number = number_of(user)
        if number is not None:
            yield Outgoing(user, number, why, ports)


def _networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks of settings, without the port that some carry."""
    return tuple(ipaddress.ip_network(split_host_port(text)[0], strict=False) for text in texts)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
