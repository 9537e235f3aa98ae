"""A network that only one test process sees: loopback and nothing else.

Tests that run side by side may then take the same ports, whatever else runs on the machine keeps its own, and no test
can dial a real network even by mistake. It takes root: without it tests share the machine's network as it is.
"""

from __future__ import annotations

import ctypes
import os
import subprocess

_CLONE_NEWNET = 0x40000000  # unshare(2); os.unshare came with Python 3.12


def enter_own_network() -> None:
    """Move this thread, and what it starts from now on, into a new network namespace. Call it first of all.

    Raises:
        OSError: the kernel does not allow it (a container without the right).
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(_CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"no network namespace of the tests' own: {os.strerror(number)}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
