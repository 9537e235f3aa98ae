"""Whether the page still answers: it connects to itself now and then, and a worker must take that up.

A thread that only says that it runs would go on saying so while every worker hangs.
"""

from __future__ import annotations

import contextlib
import socket
import time

_EVERY_S = 5.0
_CONNECTS_WITHIN_S = 1.0


class Pulse:
    """``beat`` is for the main thread, ``felt`` for any.

    Args:
        lasts_s: how long one that was felt counts.
    """

    def __init__(self, lasts_s: float = 30.0) -> None:
        self._lasts_s = lasts_s
        self._felt_s = time.monotonic()
        self._next_s = 0.0

    def felt(self) -> None:
        """A worker has just taken up a connection, whoever's it was."""
        self._felt_s = time.monotonic()

    def beat(self, address: tuple[str, int]) -> bool:
        """Connect, if it is time to, and say whether a connection was taken up lately."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + _EVERY_S
            with contextlib.suppress(OSError), socket.create_connection(address, _CONNECTS_WITHIN_S):
                pass
        return now_s - self._felt_s < self._lasts_s
