"""Whom the packet filter never blocks, whoever asks: peers, the office's own networks, the router.

Whoever broke into the lines' process must not be able to cut the office off.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from firmware.adapters.network.routers import routers
from firmware.cli.network.firewall_plan import AddressesOf, known_peers
from firmware.config.settings_model import Settings
from firmware.core.scanner_watch import Network

_NOBODYS = ("127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/3", "::/64", "fe80::/10", "ff00::/8")


def never_blocked(settings: Settings, known: AddressesOf, place: Network) -> bool:
    """Whether somebody whom the office cannot do without, or whatever it calls its own, is in that place."""
    return any(_overlap(place, each) for each in _needed(settings, known))


def _needed(settings: Settings, known: AddressesOf) -> Iterator[Network]:
    yield from known_peers(settings, known)
    yield from (ipaddress.ip_network(each, strict=False) for each in settings.network.lan)
    yield from (ipaddress.ip_network(each) for each in routers())
    yield from map(ipaddress.ip_network, _NOBODYS)


def _overlap(one: Network, other: Network) -> bool:
    return (
        one.version == other.version
        and int(one.network_address) <= int(other.broadcast_address)
        and int(other.network_address) <= int(one.broadcast_address)
    )
