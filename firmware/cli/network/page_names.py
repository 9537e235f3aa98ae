"""By which names and addresses people open the page."""

from __future__ import annotations

from firmware.adapters.keys.own_places import own_addresses, own_names


def page_names(named: tuple[str, ...]) -> tuple[str, ...]:
    """Those that the office has named, or else all of this machine that others can use."""
    machine = [name for name in own_names() if name != "localhost"]
    addresses = [str(address) for address in own_addresses() if not address.is_loopback]
    return named or (*machine, *addresses)
