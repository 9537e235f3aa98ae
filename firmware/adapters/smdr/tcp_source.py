"""A PBX's call log over TCP: the PBX connects to the box, or the box to the PBX."""

from __future__ import annotations

import ipaddress
import logging
import selectors
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from firmware.adapters.smdr.source import Received, SourceGone

_LOG = logging.getLogger(__name__)
_WAIT_S = 0.5
_CONNECT_S = 5.0
_AT_ONCE = 16_384
_BYTES_PER_S = 256_000  # more than any PBX logs; a flood waits in its own connection
_MOST_CONNECTIONS = 4
_IDLE_PROBES = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 15), (socket.TCP_KEEPCNT, 4))

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class TcpListener:
    """``LogSource``: PBXs connect, from the addresses that may, a few at once: a PBX that restarted comes again before
    its old connection is known to be dead."""

    def __init__(self, host: str, port: int, peers: Sequence[Network]) -> None:
        self._host, self._port, self._peers = host, port, tuple(peers)

    @property
    def shown(self) -> str:
        return f"TCP port {self._port} of the box"

    @contextmanager
    def opened(self, stop: threading.Event) -> Iterator[Iterator[Received]]:
        with ExitStack() as stack:
            try:
                family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
                door = stack.enter_context(socket.create_server((self._host, self._port), family=family))
            except OSError as error:
                words = f"TCP port {self._port} of the box cannot be opened: {error.strerror}. Choose another in bind."
                raise SourceGone(words) from error
            door.setblocking(False)
            chosen = stack.enter_context(selectors.DefaultSelector())
            chosen.register(door, selectors.EVENT_READ)
            yield self._received(door, chosen, stop)

    def _received(
        self, door: socket.socket, chosen: selectors.BaseSelector, stop: threading.Event
    ) -> Iterator[Received]:
        try:
            while not stop.is_set():
                for key, _ in chosen.select(_WAIT_S):
                    if key.fileobj is door:
                        self._let_in(door, chosen)
                    elif isinstance(key.fileobj, socket.socket):
                        content = _read(key.fileobj)
                        yield Received(key.fd, content)
                        if not content:
                            chosen.unregister(key.fileobj)
                            key.fileobj.close()
                        stop.wait(len(content) / _BYTES_PER_S)
        finally:
            for key in list((chosen.get_map() or {}).values()):
                if isinstance(key.fileobj, socket.socket) and key.fileobj is not door:
                    key.fileobj.close()

    def _let_in(self, door: socket.socket, chosen: selectors.BaseSelector) -> None:
        try:
            connection, (address, *_) = door.accept()
        except OSError:  # gone again
            return
        known = ipaddress.ip_address(address.partition("%")[0])
        known = getattr(known, "ipv4_mapped", None) or known
        if not any(known in peer for peer in self._peers if peer.version == known.version):
            _LOG.warning("%s wanted to bring a call log and is not among the PBX's addresses", known)
            connection.close()
            return
        if len(chosen.get_map() or {}) > _MOST_CONNECTIONS:
            _LOG.warning("more than %d connections of a call log at once; one turned away", _MOST_CONNECTIONS)
            connection.close()
            return
        _keep_alive(connection)
        chosen.register(connection, selectors.EVENT_READ)


class TcpCaller:
    """``LogSource``: the box connects to the PBX."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    @property
    def shown(self) -> str:
        return f"TCP port {self._port} of {self._host}"

    @contextmanager
    def opened(self, stop: threading.Event) -> Iterator[Iterator[Received]]:
        try:
            connection = socket.create_connection((self._host, self._port), _CONNECT_S)
        except OSError as error:
            raise SourceGone(self._words(error.strerror or "it does not answer")) from error
        with connection, selectors.DefaultSelector() as chosen:
            _keep_alive(connection)
            chosen.register(connection, selectors.EVENT_READ)
            yield self._received(connection, chosen, stop)

    def _received(
        self, connection: socket.socket, chosen: selectors.BaseSelector, stop: threading.Event
    ) -> Iterator[Received]:
        while not stop.is_set():
            if not chosen.select(_WAIT_S):
                continue
            content = _read(connection)
            yield Received(0, content)
            if not content:
                raise SourceGone(self._words("it ended the connection"))
            stop.wait(len(content) / _BYTES_PER_S)

    def _words(self, why: str) -> str:
        return f"The PBX at {self._host}, port {self._port}, is not there: {why}. It is tried again by itself."


def _read(connection: socket.socket) -> bytes:
    """Empty: the connection is over."""
    try:
        return connection.recv(_AT_ONCE)
    except BlockingIOError:  # nothing after all: told as nothing new would end it
        return b"\x00"
    except OSError:
        return b""


def _keep_alive(connection: socket.socket) -> None:
    """A PBX that lost its power says nothing; by probes it is known in two minutes."""
    connection.setblocking(False)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _IDLE_PROBES:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
