"""The addresses of peers that the settings name by name, kept for when a name server is silent.

A provider's name gives other addresses from day to day and a few of them at a time, and calls come from any of them. So
an address stays known for a month after it was last seen; and the last ones that a name had stay for ever, since a name
that gives nothing is more likely a name server that is broken than a provider that is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

#: Name → address → when it was last seen, seconds since 1970.
Remembered = Mapping[str, Mapping[str, int]]

KEPT_S = 30 * 86_400
MOST_OF_A_NAME = 64


def remember(before: Remembered, found: Mapping[str, Iterable[str]], now_s: int) -> dict[str, dict[str, int]]:
    """What is known from now on of the names in ``found``; a name with nothing found keeps what it had.

    A clock that was set back makes nothing older: what was seen "later" than now counts as seen now.
    """
    known: dict[str, dict[str, int]] = {}
    for name, addresses in found.items():
        seen = {address: min(at_s, now_s) for address, at_s in before.get(name, {}).items()}
        fresh = dict.fromkeys(addresses, now_s)
        if fresh:
            seen = {address: at_s for address, at_s in seen.items() if now_s - at_s < KEPT_S}
        newest = sorted({**seen, **fresh}.items(), key=lambda each: (-each[1], each[0]))
        known[name] = dict(newest[:MOST_OF_A_NAME])
    return known
