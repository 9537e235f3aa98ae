"""The box's routes for the packet filter.

=============================  ============  ===========================================================================
route                          who           what
=============================  ============  ===========================================================================
``POST /block-address``        lines         {address, seconds}: not heard at the telephony ports for so long
``GET /blocked-addresses``     web, keeper   who is not heard and for how long yet; whether the filter is there at all
=============================  ============  ===========================================================================

Whoever broke into the lines' process must not be able to cut the office off by this: peers, the office's own networks
and the router are never blocked, whatever is asked.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.network.firewall import Firewall
from firmware.adapters.network.kept_addresses import read_kept
from firmware.adapters.network.routers import routers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.box_routes import KEEPER, LINES, WEB, BoxRoute
from firmware.cli.firewall_plan import known_peers
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.errors import ActionRefused
from firmware.core.home import Home
from firmware.core.scanner_watch import LONGEST_S, Network, place_of

_LOG = logging.getLogger(__name__)
_LONGEST_ADDRESS = 64


def firewall_routes(home: Home) -> Mapping[str, BoxRoute]:
    firewall = Firewall()

    def block(request: Request) -> Mapping[str, Any]:
        place, seconds = _place(request), _seconds(request)
        settings = load_settings(SettingsFile(home.settings_file))
        if any(_overlap(place, each) for each in never_blocked(settings, read_kept(home.peer_addresses))):
            raise ActionRefused(f"{place} is never blocked: a peer, the office's own network, or its router is there.")
        firewall.no_longer_hear(place, seconds)
        _LOG.info("%s is not heard for %d s", place, seconds)
        return {"address": str(place), "seconds": seconds}

    def blocked(_: Request) -> Mapping[str, Any]:
        if not firewall.in_place():
            return {"in_place": False, "places": []}
        return {
            "in_place": True,
            "places": [{"address": str(each.place), "left_s": each.left_s} for each in firewall.unheard()],
        }

    return {
        "POST /block-address": BoxRoute(block, (LINES,)),
        "GET /blocked-addresses": BoxRoute(blocked, (WEB, KEEPER)),
    }


def never_blocked(settings: Settings, known: Mapping[str, Mapping[str, int]]) -> Iterator[Network]:
    """Whom the office cannot do without, and whatever else it calls its own."""
    yield from known_peers(settings, known)
    yield from (ipaddress.ip_network(each, strict=False) for each in settings.network.lan)
    yield from (ipaddress.ip_network(each) for each in routers())
    for log in settings.smdr:
        if log.listen is not None:
            yield from (place_of(address.partition("/")[0]) for address in log.listen.addresses if "/" not in address)
    yield from map(ipaddress.ip_network, ("127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/3", "::/64", "fe80::/10", "ff00::/8"))


def _place(request: Request) -> Network:
    try:
        return place_of(request.text("address", _LONGEST_ADDRESS))
    except ValueError as error:
        raise RequestRefused("That is not an IP address.") from error


def _seconds(request: Request) -> int:
    seconds = request.body.get("seconds") if isinstance(request.body, dict) else None
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 1 <= seconds <= LONGEST_S:
        raise RequestRefused(f"The request needs seconds from 1 to {LONGEST_S:.0f}.")
    return seconds


def _overlap(one: Network, other: Network) -> bool:
    return (
        one.version == other.version
        and int(one.network_address) <= int(other.broadcast_address)
        and int(other.network_address) <= int(one.broadcast_address)
    )
