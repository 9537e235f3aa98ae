"""The door of the SIP side, in C: strangers are turned away before they cost anything (see ``peer_gate.h``)."""

from __future__ import annotations

import ctypes
import ipaddress
from collections.abc import Iterable
from typing import Any, Final, Self

from firmware.core.errors import LineError
from firmware.native.recorder_port import load_library

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Stands for every address beyond those that are told apart.
OTHERS = "other addresses"
_ROOM = 256
_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2
_MAPPED_BITS = 96


class NetworkC(ctypes.Structure):
    """A network as the C has it."""

    _fields_ = (("address", ctypes.c_uint8 * 16), ("prefix", ctypes.c_uint32))


class _Refusals(ctypes.Structure):
    address: Any
    requests: int
    _fields_ = (("address", ctypes.c_uint8 * 16), ("requests", ctypes.c_uint64))


class PeerGate:
    """Requests from outside some networks get 403, whatever they ask. One per process.

    All methods are for the thread that polls the library, while it is up; close the gate before ``libDestroy``.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library: Final = library

    @classmethod
    def open(cls, networks: Iterable[Network]) -> Self:
        """Let in only these networks, dialogs of ours, and servers that we ourselves turned to.

        Raises:
            NativeBuildError: the C cannot be compiled or loaded here.
            LineError: the library does not take it.
        """
        library = load_library()
        known = [NetworkC((ctypes.c_uint8 * 16)(*address), prefix) for address, prefix in map(mapped, networks)]
        status = library.peer_gate_open((NetworkC * len(known))(*known), len(known)) or library.return_path_open()
        if status:
            raise LineError(f"The SIP library does not take the gate against strangers (status {status}).")
        return cls(library)

    def refused(self) -> list[tuple[str, int]]:
        """Who was refused since the last time, and how many requests."""
        refusals, others = (_Refusals * _ROOM)(), ctypes.c_uint64()
        told = int(self._library.peer_gate_refused(refusals, _ROOM, ctypes.byref(others)))
        found = [(_readable(bytes(one.address)), int(one.requests)) for one in refusals[:told]]
        return [*found, (OTHERS, others.value)] if others.value else found

    def no_longer_answer(self, network: Network, for_s: float) -> None:
        """Nothing that comes from there for so long; 0 ends it. Peers, registered phones, whoever is in a call, and a
        few emergency calls a second from where phones may be, are answered all the same.
        """
        address, prefix = mapped(network)
        self._library.unheard_add(ctypes.byref(NetworkC((ctypes.c_uint8 * 16)(*address), prefix)), int(1000 * for_s))

    def close(self) -> None:
        """Let everybody in again."""
        self._library.return_path_close()
        self._library.peer_gate_close()


def mapped(network: Network) -> tuple[bytes, int]:
    """An IPv6 address of 16 octets, or an IPv4 one mapped into it, and how many bits of it count."""
    if network.version == 6:
        return network.network_address.packed, network.prefixlen
    return _MAPPED + network.network_address.packed, _MAPPED_BITS + network.prefixlen


def _readable(address: bytes) -> str:
    found = ipaddress.IPv6Address(address)
    return str(found.ipv4_mapped or found)
