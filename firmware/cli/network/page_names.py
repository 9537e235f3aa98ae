"""By which names and addresses people open the page."""

from __future__ import annotations

from firmware.adapters.keys.own_places import own_addresses, own_names
from firmware.config.network_address import split_host_port
from firmware.config.settings_model import Settings


def host_names(settings: Settings) -> tuple[str, ...]:
    """Those that the office has named."""
    return tuple(split_host_port(name)[0] for name in settings.web.host_names)


def page_names(settings: Settings) -> tuple[str, ...]:
    """Those, or else all of this machine that others can use."""
    machine = [name for name in own_names() if name != "localhost"]
    addresses = [str(address) for address in own_addresses() if not address.is_loopback]
    return host_names(settings) or (*machine, *addresses)
