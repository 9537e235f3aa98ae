"""A relay that loses and delays RTP on its way from a phone to the box, the same way on every run.

The phone's session description names the relay's outer port; what the box sends there reaches the phone untouched, and
what the phone sends back is lost with a probability and delayed by a constant and a uniform time. Packets may overtake
each other, unless ``in_order`` is set: then one that is late holds up those behind it, as a queue in a router does.
"""

from __future__ import annotations

import heapq
import random
import selectors
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Self

from tests.functional.instruments.rtp import Address, prefer_this_thread


@dataclass
class ImpairedRelay:
    """One thread between the box (``outer_port``) and a phone at ``phone``."""

    phone: Address
    loss: float = 0.0
    jitter_s: float = 0.0
    delay_s: float = 0.0
    in_order: bool = False
    seed: int = 1
    host: str = "127.0.0.1"
    passed: int = 0
    lost: int = 0
    delays_s: list[float] = field(default_factory=list)
    _delayed: list[tuple[float, int, bytes]] = field(default_factory=list)
    _box: Address | None = None
    _latest_due: float = 0.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._outer, self._inner = (self._bound() for _ in range(2))
        self.outer_port: int = self._outer.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="impairment", daemon=True)

    def _bound(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind((self.host, 0))
        bound.setblocking(False)
        return bound

    @property
    def mean_delay_s(self) -> float:
        """By how much the packets that came through were late on average."""
        return sum(self.delays_s) / len(self.delays_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2)
        self._outer.close()
        self._inner.close()

    def _run(self) -> None:
        prefer_this_thread()
        with selectors.DefaultSelector() as selector:
            selector.register(self._outer, selectors.EVENT_READ, self._from_box)
            selector.register(self._inner, selectors.EVENT_READ, self._from_phone)
            while not self._stop.is_set():
                due = self._delayed[0][0] - time.monotonic() if self._delayed else 0.1
                for key, _ in selector.select(max(due, 0)):
                    key.data()
                self._deliver()

    def _from_box(self) -> None:
        for datagram, source in _waiting(self._outer):
            self._box = source
            self._inner.sendto(datagram, self.phone)

    def _from_phone(self) -> None:
        for datagram, _ in _waiting(self._inner):
            if self._random.random() < self.loss:
                self.lost += 1
                continue
            self.passed += 1
            now = time.monotonic()
            due = now + self.delay_s + self._random.random() * self.jitter_s
            if self.in_order:
                due = self._latest_due = max(due, self._latest_due)
            self.delays_s.append(due - now)
            heapq.heappush(self._delayed, (due, self.passed, datagram))

    def _deliver(self) -> None:
        while self._delayed and self._delayed[0][0] <= time.monotonic():
            _, _, datagram = heapq.heappop(self._delayed)
            if self._box is not None:
                self._outer.sendto(datagram, self._box)


def _waiting(source: socket.socket) -> list[tuple[bytes, Address]]:
    """Every datagram that is there now. A refusal (the peer's port closed) reads as nothing."""
    found: list[tuple[bytes, Address]] = []
    while True:
        try:
            found.append(source.recvfrom(2048))
        except (BlockingIOError, ConnectionRefusedError):
            return found
