"""A network of its own with nothing but loopback: what is sent to any other address goes nowhere. Needs root.

For messages that name hosts of the wide world: whoever answers them can reach nobody from here.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import Self


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

    def udp_socket(self, port: int) -> socket.socket:
        """A UDP socket inside, bound to ``port`` of its loopback. It works from any thread out here."""
        made: list[socket.socket] = []

        def enter_and_make() -> None:
            with (Path("/run/netns") / self.name).open() as space:
                _set_network(space.fileno())
            inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            inside.bind(("127.0.0.1", port))
            made.append(inside)

        thread = threading.Thread(target=enter_and_make)  # a name space belongs to a thread; this one ends here
        thread.start()
        thread.join()
        if not made:
            raise OSError(f"no socket could be made in {self.name}")
        return made[0]


def _set_network(descriptor: int) -> None:
    """setns(2); Python has it from 3.12 on."""
    clone_newnet = 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, clone_newnet):
        raise OSError(ctypes.get_errno(), "setns")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
