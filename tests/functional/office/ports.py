"""Blocks of ports that nobody else uses at the moment, below the kernel's own range for outgoing connections."""

from __future__ import annotations

import contextlib
import random
import socket
from dataclasses import dataclass

_LOWEST, _HIGHEST, _BLOCK = 10_000, 32_000, 500
_CLAIMS: dict[int, socket.socket] = {}
_NAMED = 100  # the ports with names of their own come first


class NoFreePorts(RuntimeError):
    """No block of ports is free."""


@dataclass(frozen=True)
class Ports:
    """One office's share: ``size`` ports from ``base`` on. RTP ports are even (RFC 3550 section 11)."""

    base: int
    size: int = _BLOCK

    @property
    def box(self) -> int:
        return self.base

    @property
    def trunk(self) -> int:
        return self.base + 10

    @property
    def second_trunk(self) -> int:
        """Another port that the trunk may call from."""
        return self.base + 14

    @property
    def office(self) -> int:
        return self.base + 20

    @property
    def stranger(self) -> int:
        """An address that is no peer of the line."""
        return self.base + 30

    @property
    def web(self) -> int:
        return self.base + 40

    def control(self, port: int) -> int:
        """A control port for the program at ``port``."""
        return port + 5

    @property
    def office_media(self) -> int:
        return self.base + 50

    @property
    def far_media(self) -> int:
        """A quarter of the block from here on: four ports for each caller."""
        return self.base + _NAMED

    @property
    def box_range(self) -> tuple[int, int]:
        return self.base + _NAMED + self.size // 4, self.base + self.size - 1

    @property
    def box_media(self) -> str:
        return "{}-{}".format(*self.box_range)


def free_ports(size: int = _BLOCK) -> Ports:
    """A block of which a spread of ports can be bound, by UDP and by TCP. ``size`` is a multiple of 500.

    Raises:
        NoFreePorts: none of 200 blocks is free.
    """
    for _ in range(200):
        base = random.randrange(_LOWEST, _HIGHEST - size + 1, _BLOCK)
        parts = range(base, base + size, _BLOCK)
        if all(claimed(part) for part in parts) and _are_free(base, size):
            return Ports(base, size)
    raise NoFreePorts("no block of ports is free: another program holds very many")


def claimed(base: int) -> bool:
    """Keep the block to this process until it ends, so that two test runs in one network do not meet in it.

    The claim is an abstract socket (unix(7)): like the ports it belongs to the network namespace, and leaves no file.
    """
    if base in _CLAIMS:
        return True
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0earmark-test-ports-{base}")
    except OSError:
        claim.close()
        return False
    _CLAIMS[base] = claim
    return True


def _are_free(base: int, size: int) -> bool:
    return all(_is_free(base + offset) for offset in (*range(50), *range(_NAMED, size, 50)))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                continue
            return False
    return True
