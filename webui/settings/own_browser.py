"""Whether settings would shut out the browser that sends them: whoever did that could not undo it on the page."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import replace

from webui.settings.drawing import Path
from webui.settings.settings_desk import Judged
from webui.translation import gettext as _


def looked_at(judged: Judged, address: str) -> Judged:
    """The same, and a mistake where it changes the office's networks to some that ``address`` is not in."""
    if "network" not in judged.sections:
        return judged
    return replace(judged, mistakes={**judged.mistakes, **shut_out(judged.lan, address)})


def shut_out(lan: Iterable[str], address: str) -> dict[Path, str]:
    """A mistake beside the office's networks, where ``address`` is in none of them."""
    try:
        here = ipaddress.ip_address(address)
        networks = list(_networks(lan))
    except ValueError:
        return {}  # whoever judges the settings says what is wrong with them
    if here.is_loopback or any(here in network for network in networks):
        return {}
    return {("network", "lan"): _("would shut out this browser, whose address is {address}").format(address=address)}


def _networks(typed: Iterable[str]) -> Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return (ipaddress.ip_network(each, strict=False) for each in typed)
