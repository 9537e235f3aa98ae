"""The packets by which lines hands its rings to the recorder: one JSON object each, descriptors beside it.

A SOCK_SEQPACKET socket keeps packets whole and in order, and tells each side when the other one is gone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from firmware.adapters.control.socket_address import socket_address
from firmware.core.call_record import CallRecord

PROTOCOL = 1
PACKET_LIMIT = 60_000
#: A ring and its acknowledgement page.
RING_DESCRIPTORS = 2
#: Room for more than there should be, so that a surplus is received and closed rather than left hanging.
_DESCRIPTOR_LIMIT = 8


@dataclass(frozen=True)
class Packet:
    """One packet as received. Whoever takes it owns the descriptors."""

    kind: str
    body: Mapping[str, Any]
    descriptors: tuple[int, ...] = ()

    def close_descriptors(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)

    def text(self, key: str) -> str:
        """Raises ValueError when that key holds no text."""
        value = self.body.get(key)
        if not isinstance(value, str):
            raise ValueError(f"'{self.kind}' lacks '{key}'")
        return value

    def number(self, key: str) -> int:
        """Raises ValueError when that key holds no whole number."""
        value = self.body.get(key)
        if not isinstance(value, int):
            raise ValueError(f"'{self.kind}' lacks '{key}'")
        return value

    def record(self) -> CallRecord:
        """The call's record. Raises ValueError when there is none, or not a whole one."""
        document = self.body.get("record")
        if not isinstance(document, dict):
            raise ValueError(f"'{self.kind}' lacks 'record'")
        try:
            return CallRecord.from_json(document)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"'{self.kind}' carries an incomplete record: {error}") from error


class PeerGone(Exception):
    """The other end has closed its socket, or died."""


def new_socket() -> socket.socket:
    """A non-blocking socket for either end."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)


def connect(path: Path) -> socket.socket | None:
    """A connection to who listens at ``path``; None when nobody does, or it is too busy now."""
    connection = new_socket()
    try:
        with socket_address(path) as address:
            connection.connect(address)
    except OSError:
        connection.close()
        return None
    return connection


def send(connection: socket.socket, body: Mapping[str, Any], descriptors: Sequence[int] = ()) -> bool:
    """Send one packet whole; False when the socket takes none just now.

    Raises:
        PeerGone: nobody is there any more.
        ValueError: the packet would be too long.
    """
    packet = orjson.dumps(body)
    if len(packet) > PACKET_LIMIT:
        raise ValueError(f"a '{body.get('type')}' packet of {len(packet)} bytes is too long")
    try:
        socket.send_fds(connection, [packet], list(descriptors), socket.MSG_NOSIGNAL)
    except BlockingIOError:
        return False
    except OSError as error:
        raise PeerGone(str(error)) from error
    return True


def receive(connection: socket.socket) -> Packet | None:
    """The next packet; None when there is none just now.

    Raises:
        PeerGone: the other end has gone, and everything it sent has been received.
        ValueError: what came is no packet of ours. Its descriptors are closed; the next one may be received.
    """
    try:
        data, descriptors, flags, _ = socket.recv_fds(
            connection, PACKET_LIMIT, _DESCRIPTOR_LIMIT, socket.MSG_CMSG_CLOEXEC
        )
    except BlockingIOError:
        return None
    except OSError as error:
        raise PeerGone(str(error)) from error
    if not data and not descriptors:
        raise PeerGone("closed")
    whole = not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
    body = _object(data) if whole else None
    if body is None:
        for descriptor in descriptors:
            os.close(descriptor)
        raise ValueError("a packet that is no JSON object with a type, or was cut short")
    return Packet(body["type"], body, tuple(descriptors))


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("type"), str) else None
