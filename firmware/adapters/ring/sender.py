"""The lines' end of the hand-over: offers every ring to the recorder, again whenever that has restarted."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from firmware.adapters.control.peer_policy import PeerCredentials, peer_of, who_may_answer
from firmware.adapters.ring.packets import PROTOCOL, Packet, PeerGone, connect, receive, send
from firmware.adapters.ring.recorder_events import (
    RecorderConnected,
    RecorderEvent,
    RecorderFault,
    RecorderGone,
    RingDropped,
    RingFinished,
    RingTaken,
)
from firmware.adapters.ring.writer import RingWriter
from firmware.core.call_record import CallRecord

log = logging.getLogger(__name__)

#: How often to look for a recorder that is away. Its ring holds 20 s.
_RECONNECT_S = 0.25
#: Rings of finished calls kept while the recorder is away, in bytes; about 300 calls at 8 kHz.
MEMORY_BOUND = 200 * 1024 * 1024
#: Records of calls that were not recorded, kept while the recorder is away.
_MOST_UNRECORDED = 1000


_Step = Literal["hello", "ring", "update", "closed", "not_recorded"]


@dataclass
class _Held:
    ring: RingWriter
    record: CallRecord
    closed: bool = False


class RingSender:
    """Holds every ring that the recorder has not finished, and tells it of them.

    ``offer``, ``update``, ``closed`` and ``not_recorded`` may be called from any thread and never wait for the
    recorder; a thread of the sender's own does. ``on_event`` is called in that thread and must be quick.
    """

    def __init__(
        self,
        socket_path: Path,
        instance: str,
        on_event: Callable[[RecorderEvent], None] = lambda _event: None,
        memory_bound: int = MEMORY_BOUND,
        trusts: Callable[[PeerCredentials], bool] | None = None,
    ) -> None:
        """``trusts``: who may have what is said in calls; by default the recorder's user."""
        self._path: Final = socket_path
        self._instance: Final = instance
        self._on_event: Final = on_event
        self._memory_bound: Final = memory_bound
        self._trusts: Final = trusts or who_may_answer("earmark-recorder")
        self._state = threading.Condition()
        self._held: dict[str, _Held] = {}
        # Finished or given up while the call goes on: the writer would fault if its memory went away under it.
        self._still_written: dict[str, RingWriter] = {}
        self._unrecorded: dict[str, CallRecord] = {}
        self._outbox: deque[tuple[_Step, str]] = deque()
        self._connection: socket.socket | None = None
        self._greeted = False
        self._stopping = False
        self._wake_fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._wake_fd, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="ring-sender", daemon=True)

    @property
    def connected(self) -> bool:
        """Is a recorder there that has said hello?"""
        return self._greeted

    @property
    def unfinished(self) -> int:
        """How many recordings the recorder has not yet reported as safely on disk."""
        with self._state:
            return len(self._held)

    def start(self) -> None:
        """Begin to look for the recorder."""
        self._thread.start()

    def stop(self, linger_s: float = 2.0) -> None:
        """Give the recorder up to ``linger_s`` to finish what is closed, then let go of everything."""
        with self._state:
            self._state.wait_for(lambda: not self._unrecorded and not self._finishing, linger_s)
            self._stopping = True
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        self._disconnect()
        for recording_id in list(self._held):
            self._release(recording_id)
        for ring in self._still_written.values():
            ring.release()
        self._selector.close()
        os.close(self._wake_fd)

    def offer(self, record: CallRecord, ring: RingWriter) -> None:
        """Hand over a ring: it is sealed, and the sender's own, who releases it when the recording is finished."""
        ring.seal()
        with self._state:
            self._held[record.recording_id] = _Held(ring, record)
        self._note("ring", record.recording_id)

    def update(self, record: CallRecord) -> None:
        """Tell the recorder what is now known of a call. Not held any more: ignored."""
        self._remember(record, closed=False)
        self._note("update", record.recording_id)

    def closed(self, record: CallRecord) -> None:
        """Tell the recorder that the call is over. The ring must have been closed before."""
        self._remember(record, closed=True)
        with self._state:
            abandoned = self._still_written.pop(record.recording_id, None)
        if abandoned is not None:
            abandoned.release()
        self._note("closed", record.recording_id)

    def not_recorded(self, record: CallRecord) -> None:
        """Tell the recorder, for its list, of a call of which nothing was kept; when it is back, of the last 1,000."""
        with self._state:
            self._unrecorded[record.recording_id] = record
            while len(self._unrecorded) > _MOST_UNRECORDED:
                del self._unrecorded[next(iter(self._unrecorded))]
        self._note("not_recorded", record.recording_id)

    def acknowledged(self, recording_id: str) -> int | None:
        """Samples of a recording safely on disk; None when it is finished or unknown."""
        with self._state:
            held = self._held.get(recording_id)
            return held.ring.acknowledged() if held else None

    @property
    def _finishing(self) -> bool:
        """Whether calls that are over wait for the recorder."""
        return any(held.closed for held in self._held.values())

    # --- from here on: the sender's thread, except where a lock is taken ---

    def _remember(self, record: CallRecord, *, closed: bool) -> None:
        with self._state:
            held = self._held.get(record.recording_id)
            if held is not None:
                held.record = record
                held.closed = held.closed or closed

    def _note(self, step: _Step, recording_id: str) -> None:
        with self._state:
            self._outbox.append((step, recording_id))
        self._wake()

    def _wake(self) -> None:
        os.eventfd_write(self._wake_fd, 1)

    def _run(self) -> None:
        while not self._stopping:
            if self._connection is None:
                self._try_to_connect()
            self._keep_within_bound()
            self._flush()
            self._wait()

    def _try_to_connect(self) -> None:
        connection = connect(self._path)
        if connection is None:
            return
        if not self._trusts(peer_of(connection)):
            connection.close()  # tried again, and told on the health page as a recorder that is away
            return
        self._connection = connection
        self._selector.register(connection, selectors.EVENT_READ)
        with self._state:
            self._outbox.clear()
            self._outbox.append(("hello", ""))
            for recording_id, held in self._held.items():
                self._outbox.append(("ring", recording_id))
                if held.closed:
                    self._outbox.append(("closed", recording_id))
            self._outbox.extend(("not_recorded", recording_id) for recording_id in self._unrecorded)

    def _wait(self) -> None:
        for key, events in self._selector.select(_RECONNECT_S if self._connection is None else None):
            if key.fd == self._wake_fd:
                os.eventfd_read(self._wake_fd)
            elif events & selectors.EVENT_READ:
                self._receive()

    def _flush(self) -> None:
        while self._connection is not None:
            with self._state:
                if not self._outbox:
                    break
                step, recording_id = self._outbox[0]
                sent = self._send(self._connection, step, recording_id)
                if sent:
                    self._outbox.popleft()
            if sent is None:
                self._disconnect()
            elif not sent:
                break
        if self._connection is not None:
            interest = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outbox else 0)
            self._selector.modify(self._connection, interest)

    def _send(self, connection: socket.socket, step: _Step, recording_id: str) -> bool | None:
        """Send one step: True sent (or nothing to send), False later, None when the recorder is gone."""
        held, body = self._held.get(recording_id), self._body(step, recording_id)
        if body is None:
            return True
        try:
            return send(connection, body, held.ring.descriptors() if held and step == "ring" else ())
        except PeerGone:
            return None
        except ValueError as error:
            log.error("recording %s: %s; the recorder does not get it", recording_id, error)
            return True

    def _body(self, step: _Step, recording_id: str) -> dict[str, Any] | None:
        """What a step says; None when there is nobody left to say it of."""
        if step == "hello":
            return {"type": "hello", "instance": self._instance, "pid": os.getpid(), "protocol": PROTOCOL}
        held = self._held.get(recording_id)
        record = self._unrecorded.get(recording_id) if step == "not_recorded" else held.record if held else None
        return {"type": step, "recording_id": recording_id, "record": record.to_json()} if record else None

    def _receive(self) -> None:
        while self._connection is not None:
            try:
                packet = receive(self._connection)
            except PeerGone:
                self._disconnect()
                return
            except ValueError as error:
                log.error("the recorder sent something that is not understood: %s", error)
                continue
            if packet is None:
                return
            packet.close_descriptors()
            try:
                self._obey(packet)
            except ValueError as error:
                log.error("the recorder sent something that is not understood: %s", error)

    def _obey(self, packet: Packet) -> None:
        if packet.kind == "hello":
            self._greeted = True
            self._on_event(RecorderConnected(packet.number("pid")))
        elif packet.kind == "taken":
            self._on_event(RingTaken(packet.text("recording_id")))
        elif packet.kind == "fault":
            self._on_event(RecorderFault(packet.text("recording_id"), packet.text("text")))
        elif packet.kind == "finished":
            recording_id = packet.text("recording_id")
            with self._state:
                self._unrecorded.pop(recording_id, None)
            if self._release(recording_id):
                self._on_event(RingFinished(recording_id))
        else:
            raise ValueError(f"a packet of type '{packet.kind}'")

    def _disconnect(self) -> None:
        if self._connection is None:
            return
        self._selector.unregister(self._connection)
        self._connection.close()
        self._connection = None
        if self._greeted:
            self._greeted = False
            self._on_event(RecorderGone())

    def _keep_within_bound(self) -> None:
        dropped = []
        with self._state:
            waiting = {recording_id: held.ring.memory_bytes for recording_id, held in self._held.items() if held.closed}
            excess = sum(waiting.values()) - self._memory_bound
            for recording_id, size in waiting.items():
                if excess > 0:
                    dropped.append(recording_id)
                    excess -= size
        for recording_id in dropped:
            log.error("the recorder has been away too long: the rest of recording %s is lost", recording_id)
            self._release(recording_id)
            self._on_event(RingDropped(recording_id))

    def _release(self, recording_id: str) -> bool:
        with self._state:
            held = self._held.pop(recording_id, None)
            if held is not None and held.closed:
                held.ring.release()
            elif held is not None:
                self._still_written[recording_id] = held.ring
            self._state.notify_all()
        return held is not None
