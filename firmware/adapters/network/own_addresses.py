"""Which addresses are this machine's own."""

from __future__ import annotations

import socket


def is_own_address(address: str) -> bool:
    """Whether it is one of this machine's, on whichever of its networks: only these can be bound to (bind(2)). Nothing
    is sent.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
