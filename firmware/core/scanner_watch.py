"""Who knocks too often without being known is not heard for a while, and longer each time it goes on.

Scanners ask dozens of times a second; a telephone system that is set up wrongly asks a few times a minute, and is to
hear why it is refused. What is known of such places is bounded, and forgotten after a day.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: So many refused requests within a minute are a scanner's.
MOST_A_MINUTE = 30
FIRST_S = 60.0
LONGEST_S = 86_400.0
FORGOTTEN_AFTER_S = 86_400.0
MOST_PLACES = 4096
_WINDOW_S = 60.0
_SITE_BITS = 64


def place_of(address: str) -> Network:
    """What one customer has: an IPv4 address, or an IPv6 /64. An IPv4 address mapped into IPv6 is one of IPv4.

    Raises:
        ValueError: it is no address.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return ipaddress.ip_network((found, _SITE_BITS if found.version == 6 else 32), strict=False)


@dataclass
class _Place:
    began_s: float
    requests: int = 0
    times: int = 0
    until_s: float = 0.0
    seen_s: float = 0.0


class ScannerWatch:
    """Counts refused requests by place. One thread; times are monotonic seconds."""

    def __init__(self) -> None:
        self._places: OrderedDict[Network, _Place] = OrderedDict()

    def __len__(self) -> int:
        """How many places are known of."""
        return len(self._places)

    def refused(self, place: Network, requests: int, now_s: float) -> float:
        """For how long the place is not to be heard from now on; 0 where nothing changes."""
        known = self._known(place, now_s)
        known.seen_s = now_s
        if now_s < known.until_s:
            return 0.0
        if now_s - known.began_s >= _WINDOW_S:
            known.began_s, known.requests = now_s, 0
        known.requests += requests
        if known.requests < MOST_A_MINUTE:
            return 0.0
        for_s = min(LONGEST_S, FIRST_S * 2.0 ** min(known.times, 16))
        known.times += 1
        known.until_s = known.began_s = now_s + for_s
        known.requests = 0
        return for_s

    def unheard(self, now_s: float) -> dict[Network, float]:
        """The places that are not heard, and for how long yet."""
        return {place: known.until_s - now_s for place, known in self._places.items() if known.until_s > now_s}

    def forgive(self, place: Network) -> bool:
        """Start afresh with a place. False: nothing was known of it."""
        return self._places.pop(place, None) is not None

    def _known(self, place: Network, now_s: float) -> _Place:
        known = self._places.get(place)
        if known is None or (now_s >= known.until_s and now_s - max(known.seen_s, known.until_s) > FORGOTTEN_AFTER_S):
            known = self._places[place] = _Place(now_s)
        self._places.move_to_end(place)
        while len(self._places) > MOST_PLACES:
            self._places.popitem(last=False)
        return known
