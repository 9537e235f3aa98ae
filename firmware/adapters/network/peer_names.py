"""The addresses of peers that the settings name by name, as name servers give them now (RFC 3263)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import dns.exception
import dns.resolver

from firmware.config.network_address import split_host_port

Transport = Literal["udp", "tcp", "tls"]

_ANSWER_WITHIN_S = 3.0
_AT_ONCE = 8
_MOST_TARGETS = 10
_SERVICES: Mapping[Transport, tuple[str, ...]] = {
    "udp": ("_sip._udp",),
    "tcp": ("_sip._tcp",),
    "tls": ("_sips._tcp", "_sip._tls"),
}


def addresses_of(names: Mapping[str, tuple[str, Transport]], nameservers: Iterable[str]) -> dict[str, list[str]]:
    """Every address that each name has now; none where nobody answers.

    Args:
        names: key → host with or without a port, and the transport by which it is reached.
        nameservers: whom to ask for SRV; none: those of the system.
    """
    resolver = _resolver(tuple(nameservers))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda each: list(dict.fromkeys(_addresses(resolver, *each))), names.values())
        return dict(zip(names, found, strict=True))


def _resolver(nameservers: tuple[str, ...]) -> dns.resolver.Resolver | None:
    try:
        resolver = dns.resolver.Resolver(configure=not nameservers)
    except dns.resolver.NoResolverConfiguration:
        return None
    if nameservers:
        resolver.nameservers = list(nameservers)
    return resolver


def _addresses(resolver: dns.resolver.Resolver | None, host: str, transport: Transport) -> Iterator[str]:
    name, port = split_host_port(host)
    targets = _servers(resolver, name, transport) if resolver is not None and not port else []
    for target in [name, *targets]:
        if resolver is not None:
            yield from _records(resolver, target)
        yield from _by_the_system(target)


def _servers(resolver: dns.resolver.Resolver, name: str, transport: Transport) -> list[str]:
    found: list[str] = []
    for service in _SERVICES[transport]:
        try:
            answer = resolver.resolve(f"{service}.{name}.", "SRV", lifetime=_ANSWER_WITHIN_S)
        except dns.exception.DNSException:
            continue
        found += [str(record.target.to_text(omit_final_dot=True)) for record in answer]
    return found[:_MOST_TARGETS]


def _records(resolver: dns.resolver.Resolver, name: str) -> Iterator[str]:
    for kind in ("A", "AAAA"):
        try:
            answer = resolver.resolve(f"{name.rstrip('.')}.", kind, lifetime=_ANSWER_WITHIN_S)
        except dns.exception.DNSException:
            continue
        yield from (str(record.address) for record in answer)


def _by_the_system(name: str) -> Iterator[str]:
    """What the system's files and multicast know besides."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    except OSError:
        return
    for *_, place in found:
        address = ipaddress.ip_address(str(place[0]).partition("%")[0])
        if not address.is_link_local:
            yield str(address)
