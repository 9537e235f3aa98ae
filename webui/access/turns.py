"""How many pass phrases are checked at once."""

from __future__ import annotations

import ipaddress
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from webui.errors import TooBusy

#: Each costs the opener a second and 64 MB; more would only wait, and hold our threads.
MOST_AT_ONCE = 4
#: So that one machine in the network, whatever it asks for, leaves some for the others. The box itself is not counted.
MOST_OF_ONE_ADDRESS = 2


class Turns:
    """Shared by everything that makes the opener check a pass phrase or put a key under one. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self) -> Iterator[None]:
        """For whoever made the request that is being answered.

        Raises:
            TooBusy: all are taken.
        """
        address = request.remote_addr or ""
        self._take(address)
        try:
            yield
        finally:
            self._give_back(address)

    def _take(self, address: str) -> None:
        with self._lock:
            too_many = self._taken[address] >= MOST_OF_ONE_ADDRESS and not _is_the_box(address)
            if too_many or self._taken.total() >= MOST_AT_ONCE:
                raise TooBusy("Several people are signing in at this moment.", "Wait a few seconds and try again.")
            self._taken[address] += 1

    def _give_back(self, address: str) -> None:
        with self._lock:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]


def _is_the_box(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
