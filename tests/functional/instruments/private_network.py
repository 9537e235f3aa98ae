"""A network of its own with nothing but loopback: what is sent to any other address goes nowhere. Needs root.

For messages that name hosts of the wide world: whoever answers them can reach nobody from here.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

Made = TypeVar("Made")


class PrivateNetwork:
    """A network name space (network_namespaces(7)) while the context is open; ``under`` starts a command in it."""

    def __init__(self) -> None:
        self.name = f"earmark-{os.getpid()}-{os.urandom(3).hex()}"

    @property
    def under(self) -> tuple[str, ...]:
        return ("ip", "netns", "exec", self.name)

    def __enter__(self) -> Self:
        _run("ip", "netns", "add", self.name)
        _run("ip", "-n", self.name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        _run("ip", "netns", "delete", self.name)

    def joined_with(self, other: PrivateNetwork, ours: str, theirs: str) -> None:
        """A wire between the two, with an address and prefix at each end."""
        end = os.urandom(4).hex()
        _run(
            "ip",
            "-n",
            self.name,
            "link",
            "add",
            f"a{end}",
            "type",
            "veth",
            "peer",
            "name",
            f"b{end}",
            "netns",
            other.name,
        )
        for network, interface, address in ((self, f"a{end}", ours), (other, f"b{end}", theirs)):
            _run("ip", "-n", network.name, "address", "add", address, "dev", interface, *_no_waiting(address))
            _run("ip", "-n", network.name, "link", "set", interface, "up")

    def inside(self, make: Callable[[], Made]) -> Made:
        """What ``make`` gives when it is called inside. A socket works from any thread out here."""
        made: list[Made] = []

        def enter_and_make() -> None:
            with (Path("/run/netns") / self.name).open() as space:
                _set_network(space.fileno())
            made.append(make())

        thread = threading.Thread(target=enter_and_make)  # a name space belongs to a thread; this one ends here
        thread.start()
        thread.join()
        if not made:
            raise OSError(f"it could not be made in {self.name}")
        return made[0]

    def udp_socket(self, port: int) -> socket.socket:
        """A UDP socket inside, bound to ``port`` of its loopback."""

        def make() -> socket.socket:
            inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            inside.bind(("127.0.0.1", port))
            return inside

        return self.inside(make)


def _no_waiting(address: str) -> tuple[str, ...]:
    """Nobody else has it: an IPv6 address need not be asked for first (RFC 4862 section 5.4)."""
    return ("nodad",) if ":" in address else ()


def _set_network(descriptor: int) -> None:
    """setns(2); Python has it from 3.12 on."""
    clone_newnet = 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, clone_newnet):
        raise OSError(ctypes.get_errno(), "setns")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
