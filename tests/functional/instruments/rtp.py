"""RTP packets (RFC 3550 section 5.1) and a phone's media side that speaks and hears G.711.

``RtpPhone`` is one thread with absolute deadlines on ``time.monotonic``: it sends a packet every 20 ms from the moment
it knows where to (the box's first packet tells it, as symmetric RTP does), silence until told to speak, and keeps what
it hears.
"""

from __future__ import annotations

import contextlib
import os
import random
import selectors
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np

from tests.functional.instruments.g711 import LAWS, PAYLOAD_TYPES, Law, Pcm, decode, encode
from tests.functional.instruments.speech import RATE_HZ

FRAME = 160  # samples: 20 ms
FRAME_S = FRAME / RATE_HZ
_HEADER = struct.Struct("!BBHII")
Address = tuple[str, int]
#: Events 0 to 15 (RFC 4733 section 3.2).
EVENT_KEYS = "0123456789*#ABCD"
_FRAMES_BETWEEN_KEYS = 3
#: Real-time priority of what measures; what is measured has less (sched(7)).
AHEAD_OF_ALL = 8


@dataclass(frozen=True)
class RtpPacket:
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def pack(self) -> bytes:
        second = self.payload_type | (0x80 if self.marker else 0)
        return _HEADER.pack(0x80, second, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.ssrc) + self.payload

    @classmethod
    def parse(cls, datagram: bytes) -> Self | None:
        """The packet, or None where the datagram is no RTP version 2 (RTCP has payload types 72 to 76)."""
        if len(datagram) < _HEADER.size or datagram[0] >> 6 != 2 or 72 <= datagram[1] & 0x7F <= 76:
            return None
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(datagram)
        start = _HEADER.size + 4 * (first & 0x0F)
        return cls(second & 0x7F, sequence, timestamp, ssrc, datagram[start:], bool(second & 0x80))


@dataclass(frozen=True)
class Arrival:
    """A packet and when it was there, in seconds of ``time.monotonic``."""

    at: float
    packet: RtpPacket


@dataclass(frozen=True)
class Timeline:
    """Samples and the monotonic time of the first: what was on the wire, laid out as time."""

    pcm: Pcm
    starts_at: float

    def seconds(self) -> float:
        return len(self.pcm) / RATE_HZ


def timeline(arrivals: list[Arrival]) -> Timeline:
    """Lay G.711 packets out by their RTP timestamps; what never came is silence.

    Sample 0's time is the earliest that any packet allows, that is, the delivery without queueing.
    """
    heard = [one for one in arrivals if one.packet.payload_type in LAWS]
    if not heard:
        raise ValueError("no G.711 packet was heard")
    base = heard[0].packet.timestamp
    offsets = [_signed32(one.packet.timestamp - base) for one in heard]
    first = min(offsets)
    length = max(offset - first + len(one.packet.payload) for offset, one in zip(offsets, heard, strict=True))
    pcm = np.zeros(length, np.int16)
    for offset, one in zip(offsets, heard, strict=True):
        payload = one.packet.payload
        pcm[offset - first : offset - first + len(payload)] = decode(payload, LAWS[one.packet.payload_type])
    starts_at = min(one.at - (offset - first) / RATE_HZ for offset, one in zip(offsets, heard, strict=True))
    return Timeline(pcm, starts_at)


def _signed32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value & 0x80000000 else value


def prefer_this_thread() -> None:
    """Ask the kernel to run this thread first: a late instrument measures itself. Goes on without the right to."""
    with contextlib.suppress(PermissionError):
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(threading.get_native_id(), policy, os.sched_param(AHEAD_OF_ALL))


def back_in_line() -> None:
    """The thread's ordinary place again."""
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_OTHER, os.sched_param(0))


@dataclass
class RtpPhone:
    """The media side of one phone. ``speak`` and ``heard`` may be used from any thread."""

    law: Law = "PCMA"
    host: str = "127.0.0.1"
    port: int = 0
    peer: Address | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    _pending: list[tuple[float, Pcm]] = field(default_factory=list)
    _sent: list[Arrival] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, self.port))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._sequence, self._speech, self._next = 0, np.zeros(0, np.int16), 0.0
        self._events: list[list[tuple[int, bytes]]] = []
        self._event_began, self._pause = 0, 0
        self._phase_s = random.random() * FRAME_S  # a real phone's clock has nothing to do with the box's
        self._thread = threading.Thread(target=self._run, name=f"rtp-{self.port}", daemon=True)

    def __enter__(self) -> Self:
        """The caller's thread goes ahead, too: it shares the interpreter's lock with the phone."""
        prefer_this_thread()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2)
        self._socket.close()
        back_in_line()

    def speak(self, pcm: Pcm, at: float | None = None) -> None:
        """Say ``pcm`` from monotonic time ``at`` on (the frame that is then due); silence before and after."""
        with self._lock:
            self._pending.append((time.monotonic() if at is None else at, pcm))

    def press(self, key: str, payload_type: int, length_ms: int = 100) -> None:
        """Press a telephone key: an RFC 4733 event in place of sound, its end told three times (section 2.5.1.4)."""
        event, last = EVENT_KEYS.index(key), max(1, length_ms // 20)
        durations = [*((FRAME * place, 0) for place in range(1, last)), *[(FRAME * last, 0x80)] * 3]
        payloads = [bytes([event, end | 10]) + duration.to_bytes(2, "big") for duration, end in durations]
        with self._lock:
            self._events.append([(payload_type, payload) for payload in payloads])

    def spoken(self) -> Timeline:
        """What was sent, laid out as time: the first sample at the moment its packet left."""
        return timeline(self.sent_packets())

    def sent_packets(self) -> list[Arrival]:
        """Every packet sent so far and when it left."""
        with self._lock:
            return list(self._sent)

    def heard(self) -> Timeline:
        return timeline(list(self.arrivals))

    def wait_for_media(self, timeout_s: float) -> None:
        """Wait until the far end's first packet came.

        Raises:
            TimeoutError: none came.
        """
        until = time.monotonic() + timeout_s
        while not self.arrivals:
            if time.monotonic() > until:
                raise TimeoutError(f"no RTP came to port {self.port} in {timeout_s} s")
            self._stop.wait(0.01)

    def longest_gap_s(self, since: float = 0.0) -> float:
        """The longest time between two packets heard after ``since``."""
        times = [one.at for one in self.arrivals if one.at >= since]
        return max((later - sooner for sooner, later in pairwise(times)), default=0.0)

    def _run(self) -> None:
        prefer_this_thread()
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            while not self._stop.is_set():
                due = self._next - time.monotonic() if self.peer and self._next else 0.1
                if selector.select(max(due, 0)):
                    self._hear()
                self._send_what_is_due()

    def _hear(self) -> None:
        while True:
            try:
                datagram, source = self._socket.recvfrom(2048)
            except BlockingIOError:
                return
            now = time.monotonic()
            if packet := RtpPacket.parse(datagram):
                self.arrivals.append(Arrival(now, packet))
                self.peer = self.peer or source
                self._next = self._next or now + self._phase_s

    def _send_what_is_due(self) -> None:
        if self.peer is None:
            return
        self._next = self._next or time.monotonic() + self._phase_s
        while (now := time.monotonic()) >= self._next:
            frame = self._frame(self._next)
            packet = self._event_packet() or RtpPacket(
                PAYLOAD_TYPES[self.law], self._sequence, self._sequence * FRAME, self.port, encode(frame, self.law)
            )
            self._put(packet.pack())
            with self._lock:
                self._sent.append(Arrival(now, packet))
            self._sequence += 1
            self._next += FRAME_S

    def _event_packet(self) -> RtpPacket | None:
        """The next packet of a key that is down; between two keys there is sound for a while."""
        with self._lock:
            if self._pause or not self._events:
                self._pause = max(0, self._pause - 1)
                return None
            begins = not self._event_began
            self._event_began = self._event_began or self._sequence * FRAME
            payload_type, payload = self._events[0].pop(0)
            packet = RtpPacket(payload_type, self._sequence, self._event_began, self.port, payload, begins)
            if not self._events[0]:
                self._events.pop(0)
                self._event_began, self._pause = 0, _FRAMES_BETWEEN_KEYS
            return packet

    def _put(self, datagram: bytes) -> None:
        if self.peer is None:
            return
        try:
            self._socket.sendto(datagram, self.peer)
        except ConnectionRefusedError:
            return  # the far end closed its port: the call is over

    def _frame(self, due: float) -> Pcm:
        with self._lock:
            while self._pending and self._pending[0][0] <= due + FRAME_S / 2:
                self._speech = self._pending.pop(0)[1]
        frame, self._speech = self._speech[:FRAME], self._speech[FRAME:]
        return np.concatenate([frame, np.zeros(FRAME - len(frame), np.int16)]) if len(frame) < FRAME else frame
