"""The recorder's end of the hand-over: listens, and turns packets into typed messages."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from firmware.adapters.control.peer_policy import PeerCredentials, peer_of, same_user
from firmware.adapters.control.socket_address import bind
from firmware.adapters.ring.packets import (
    PROTOCOL,
    RING_DESCRIPTORS,
    Packet,
    PeerGone,
    connect,
    new_socket,
    receive,
    send,
)
from firmware.adapters.store.durable_files import make_folders
from firmware.core.call_record import CallRecord
from firmware.core.errors import AddressInUse, StorageError

log = logging.getLogger(__name__)

_BACKLOG = 8


@dataclass(frozen=True)
class WriterArrived:
    """A lines process has introduced itself. ``writer`` names its connection in everything that follows."""

    writer: int
    instance: str
    pid: int


@dataclass(frozen=True)
class RingOffered:
    """A ring to record from. The receiver of this message owns both descriptors.

    After a reconnection every ring not yet finished is offered again, under the same ``record.recording_id``.
    """

    writer: int
    record: CallRecord
    ring_fd: int
    ack_fd: int


@dataclass(frozen=True)
class RecordUpdated:
    """What is known of a call has changed."""

    writer: int
    record: CallRecord


@dataclass(frozen=True)
class RingClosed:
    """The call is over, its ring closed and this its final record."""

    writer: int
    record: CallRecord


@dataclass(frozen=True)
class CallNotRecorded:
    """A call is over of which nothing was kept. Told again after a reconnection until it is reported as finished."""

    writer: int
    record: CallRecord


@dataclass(frozen=True)
class WriterGone:
    """The connection ended: its open rings belong to a process that died, or they will be offered again."""

    writer: int


WriterMessage = WriterArrived | RingOffered | RecordUpdated | RingClosed | CallNotRecorded | WriterGone


@dataclass
class _Writer:
    number: int
    connection: socket.socket
    outbox: deque[Mapping[str, Any]] = field(default_factory=deque)
    introduced: bool = False


class RingReceiver:
    """Listens at ``socket_path`` for lines processes. For one thread; nothing waits but ``poll``.

    Args:
        admits: who may hand rings over. The socket's folder says who may knock.

    Raises:
        AddressInUse: another recorder listens there.
        StorageError: the socket cannot be made there.
    """

    def __init__(
        self, socket_path: Path, admits: Callable[[PeerCredentials], bool] = same_user, mode: int = 0o666
    ) -> None:
        self._path: Final = socket_path
        self._admits: Final = admits
        self._listener = _listen(socket_path, mode)
        self._selector = selectors.EpollSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._writers: dict[int, _Writer] = {}
        self._next_number = 1

    def fileno(self) -> int:
        """A descriptor that is readable when ``poll`` has something to do."""
        return self._selector.fileno()

    def poll(self, timeout_s: float | None = 0) -> list[WriterMessage]:
        """What arrived, waiting up to ``timeout_s`` for the first of it (None: for ever)."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = self._selector.select(remaining)
            messages = [message for key, events in ready for message in self._attend(key.data, events)]
            if messages or not ready:
                return messages

    def taken(self, writer: int, recording_id: str) -> None:
        """Tell lines that the ring is mapped and its recording file open."""
        self._tell(writer, {"type": "taken", "recording_id": recording_id})

    def finished(self, writer: int, recording_id: str) -> None:
        """Tell lines that all of the recording is safely on disk: it may drop the ring."""
        self._tell(writer, {"type": "finished", "recording_id": recording_id})

    def fault(self, writer: int, recording_id: str, text: str) -> None:
        """Tell lines that a recording is not being made as it should."""
        self._tell(writer, {"type": "fault", "recording_id": recording_id, "text": text})

    def close(self) -> None:
        """Stop listening and leave every writer; each will come back to the next recorder by itself."""
        for writer in list(self._writers.values()):
            self._forget(writer)
        self._selector.close()
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def _attend(self, writer: _Writer | None, events: int) -> list[WriterMessage]:
        if writer is None:
            self._accept()
            return []
        if events & selectors.EVENT_WRITE:
            self._flush(writer)
        return self._receive(writer) if events & selectors.EVENT_READ else []

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            log.error("a lines process could not be let in: %s", error)
            return
        peer = peer_of(connection)
        if not self._admits(peer):
            log.warning("process %d, of user %d, may hand no rings over; turned away", peer.pid, peer.uid)
            connection.close()
            return
        connection.setblocking(False)
        writer = _Writer(self._next_number, connection)
        self._next_number += 1
        self._writers[writer.number] = writer
        self._selector.register(connection, selectors.EVENT_READ, writer)
        self._tell(writer.number, {"type": "hello", "pid": os.getpid()})

    def _receive(self, writer: _Writer) -> list[WriterMessage]:
        messages: list[WriterMessage] = []
        while writer.number in self._writers:
            try:
                packet = receive(writer.connection)
                if packet is None:
                    break
                message = _message(writer, packet)
            except PeerGone:
                self._forget(writer)
                messages.append(WriterGone(writer.number))
                break
            except ValueError as error:
                log.error("lines sent something that is not understood: %s", error)
                continue
            messages.append(message)
        return messages

    def _tell(self, number: int, body: Mapping[str, Any]) -> None:
        writer = self._writers.get(number)
        if writer is not None:  # one that has gone learns it again when its ring is offered anew
            writer.outbox.append(body)
            self._flush(writer)

    def _flush(self, writer: _Writer) -> None:
        try:
            while writer.outbox and send(writer.connection, writer.outbox[0]):
                writer.outbox.popleft()
        except PeerGone:
            writer.outbox.clear()  # reading finds the end too, after what was sent before it
        interest = selectors.EVENT_READ | (selectors.EVENT_WRITE if writer.outbox else 0)
        self._selector.modify(writer.connection, interest, writer)

    def _forget(self, writer: _Writer) -> None:
        del self._writers[writer.number]
        self._selector.unregister(writer.connection)
        writer.connection.close()


def _message(writer: _Writer, packet: Packet) -> WriterMessage:
    if packet.kind == "ring":
        return _offer(writer, packet)
    packet.close_descriptors()
    if packet.kind == "hello":
        if packet.number("protocol") != PROTOCOL:
            raise ValueError(f"a lines process of protocol {packet.number('protocol')}, this recorder knows {PROTOCOL}")
        writer.introduced = True
        return WriterArrived(writer.number, packet.text("instance"), packet.number("pid"))
    if packet.kind == "update":
        return RecordUpdated(writer.number, packet.record())
    if packet.kind == "closed":
        return RingClosed(writer.number, packet.record())
    if packet.kind == "not_recorded":
        return CallNotRecorded(writer.number, packet.record())
    raise ValueError(f"a packet of type '{packet.kind}'")


def _offer(writer: _Writer, packet: Packet) -> RingOffered:
    try:
        record = packet.record()
        if not writer.introduced:
            raise ValueError("a ring from a process that has not said who it is")
        if len(packet.descriptors) != RING_DESCRIPTORS:
            raise ValueError(f"a ring with {len(packet.descriptors)} descriptors")
    except ValueError:
        packet.close_descriptors()
        raise
    return RingOffered(writer.number, record, *packet.descriptors)


def _listen(path: Path, mode: int) -> socket.socket:
    other = connect(path)
    if other is not None:
        other.close()
        raise AddressInUse(f"Another recorder listens at {path}.", "Stop it first.")
    listener = new_socket()
    try:
        make_folders(path.parent)
        path.unlink(missing_ok=True)
        bind(listener, path, mode)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StorageError(
            f"The socket {path} cannot be made: {error.strerror}.",
            "Check that its folder is there, can be written, and belongs to the user this process runs as.",
        ) from error
    return listener
