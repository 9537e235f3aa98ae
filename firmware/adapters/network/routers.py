"""The routers by which this machine reaches the world, as the kernel has them."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from pathlib import Path

from firmware.core.firewall_rules import Address

_ROUTES, _ROUTES6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
_GATEWAY = 0x0002  # RTF_GATEWAY (linux/route.h)


def routers(routes: Path = _ROUTES, routes6: Path = _ROUTES6) -> list[Address]:
    """Every gateway of a route; link-local ones are left out, since nobody calls from there. None without a network."""
    return list(dict.fromkeys((*_ipv4(routes), *_ipv6(routes6))))


def _ipv4(table: Path) -> Iterator[Address]:
    for fields in _rows(table):
        if len(fields) > 3 and fields[0] != "Iface" and int(fields[3], 16) & _GATEWAY:
            yield ipaddress.IPv4Address(struct.pack("=I", int(fields[2], 16)))  # as it lies in memory


def _ipv6(table: Path) -> Iterator[Address]:
    for fields in _rows(table):
        if len(fields) > 8 and int(fields[8], 16) & _GATEWAY:
            address = ipaddress.IPv6Address(bytes.fromhex(fields[4]))
            if not address.is_link_local:
                yield address


def _rows(table: Path) -> list[list[str]]:
    try:
        return [line.split() for line in table.read_text().splitlines()]
    except OSError:
        return []
