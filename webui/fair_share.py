"""Something of which there are only so many at once, and not all of them for one machine of the network."""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter


class FairShare:
    """Any thread. The box itself may have all of it: who is on it needs no page to harm it.

    Args:
        most_of_one: for one address.
        most_at_once: for all together.
    """

    def __init__(self, most_of_one: int, most_at_once: int) -> None:
        self._most_of_one = most_of_one
        self._most_at_once = most_at_once
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """False: there is none left, or none left for this address. What was taken is to be given back."""
        with self._lock:
            too_many = self._taken[address] >= self._most_of_one and not is_the_box(address)
            if too_many or self._taken.total() >= self._most_at_once:
                return False
            self._taken[address] += 1
            return True

    def give_back(self, address: str) -> None:
        with self._lock:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]


def is_the_box(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
