"""Requests of phones that are no peer of anybody's, handed to whoever knows their passwords (see ``registrar.h``)."""

from __future__ import annotations

import ctypes
import ipaddress
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from firmware.core.errors import LineError
from firmware.native.peer_gate import Network, NetworkC, mapped
from firmware.native.recorder_port import load_library

_LOG = logging.getLogger(__name__)
_TAKER = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_uint,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_uint,
)
_PASSES, _PASSES_PHONE, _IGNORES, _KEPT = 0, 1, 2, 1000
_SERVER_ERROR = 500
Transport = Literal["udp", "tcp", "tls"]
_TRANSPORTS: tuple[Transport, ...] = ("udp", "tcp", "tls")


@dataclass(frozen=True)
class Source:
    """Where a request came from, as the transport saw it."""

    address: str
    port: int
    transport: Transport

    @property
    def host_port(self) -> str:
        """As pjsip writes it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """A final answer. ``known``: to somebody who knows a password; a retransmission gets the same one again."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    known: bool = False


#: What becomes of a request: an answer, or it goes on to pjsua as a peer's or a phone's, or nobody answers.
Outcome = Answer | Literal["peer's", "phone's", "ignored"]
#: Takes the whole message and where it came from.
Taker = Callable[[str, Source], Outcome]


class _Phone(ctypes.Structure):
    _fields_ = (("address", ctypes.c_uint8 * 16), ("port", ctypes.c_uint32))


class PhoneRequests:
    """Requests from outside any dialog go to ``taker``. One per process.

    All methods are for the thread that polls the library, while it is up; close before ``libDestroy``.
    """

    def __init__(self, library: ctypes.CDLL, held: Any) -> None:
        self._library: Final = library
        self._held = held  # the C keeps only its address

    @classmethod
    def open(cls, networks: Iterable[Network], taker: Taker) -> Self:
        """Let phones in from these networks, and hand over what they ask.

        Raises:
            NativeBuildError: the C cannot be compiled or loaded here.
            LineError: the library does not take it.
        """
        library = load_library()
        held = _TAKER(lambda *request: _taken(taker, *request))
        known = [NetworkC((ctypes.c_uint8 * 16)(*address), prefix) for address, prefix in map(mapped, networks)]
        status = library.registrar_open((NetworkC * len(known))(*known), len(known), held)
        if status:
            raise LineError(f"The SIP library does not take what lets phones register (status {status}).")
        return cls(library, held)

    def vouch(self, places: Iterable[tuple[str, int]]) -> None:
        """These are the addresses and ports of all registered phones."""
        phones = [_Phone((ctypes.c_uint8 * 16)(*_plain(address)), port) for address, port in places]
        self._library.registrar_vouch((_Phone * len(phones))(*phones), len(phones))

    def close(self) -> None:
        """No phone is let in any more."""
        self._library.registrar_close()


def _taken(
    taker: Taker, message: int, length: int, address: bytes, port: int, transport: int, headers: int, room: int
) -> int:
    try:
        source = Source(address.decode(), port, _TRANSPORTS[transport])
        outcome = taker(ctypes.string_at(message, length).decode(errors="replace"), source)
        match outcome:
            case "peer's":
                return _PASSES
            case "phone's":
                return _PASSES_PHONE
            case "ignored":
                return _IGNORES
            case Answer():
                return _answer(outcome, headers, room)
    except Exception:  # noqa: BLE001 - a root: C called us, and nobody above catches anything
        _LOG.exception("a phone's request was not understood")
        return _SERVER_ERROR


def _answer(answer: Answer, headers: int, room: int) -> int:
    lines = "".join(f"{name}: {value}\n" for name, value in answer.headers).encode() + b"\0"
    if len(lines) > room:
        return _SERVER_ERROR
    ctypes.memmove(headers, lines, len(lines))
    return answer.status + (_KEPT if answer.known else 0)


def _plain(address: str) -> bytes:
    found, _ = mapped(ipaddress.ip_network(address))
    return found
