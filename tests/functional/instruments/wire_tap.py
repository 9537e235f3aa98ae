"""Hears every RTP packet on the loopback interface, whoever sent it: what sipp and baresip really put on the wire.

A packet socket (packet(7)) sees each loopback datagram twice; the outgoing copy is left out. Needs CAP_NET_RAW.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

from tests.functional.instruments.rtp import Arrival, RtpPacket, Timeline, prefer_this_thread, timeline

_ETH_P_IP = 0x0800
_UDP = 17
_LOOPBACK_HEADER = 14


class WireTap:
    """Arrivals by (source port, destination port) while the context is open."""

    def __init__(self) -> None:
        self._streams: dict[tuple[int, int], list[Arrival]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire-tap", daemon=True)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind(("lo", _ETH_P_IP))
        self._socket.setblocking(False)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2)
        self._socket.close()

    def sent_from(self, port: int) -> Timeline:
        """What the phone at ``port`` sent, over every place it sent to.

        Raises:
            ValueError: it sent no G.711.
        """
        return self._laid_out(lambda source, _: source == port)

    def sent_from_block(self, base: int, width: int = 40) -> Timeline:
        """As ``sent_from``, for a phone that chooses one of the ports from ``base`` on."""
        return self._laid_out(lambda source, _: base <= source < base + width)

    def sent_to(self, port: int) -> Timeline:
        return self._laid_out(lambda _, target: target == port)

    def _laid_out(self, wanted: Callable[[int, int], bool]) -> Timeline:
        mine = [list(arrivals) for ports, arrivals in list(self._streams.items()) if wanted(*ports)]
        return timeline(sorted((one for arrivals in mine for one in arrivals), key=lambda one: one.at))

    def _run(self) -> None:
        prefer_this_thread()
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            while not self._stop.is_set():
                if selector.select(0.2):
                    self._drain()

    def _drain(self) -> None:
        while True:
            try:
                frame, address = self._socket.recvfrom(4096)
            except BlockingIOError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                self._note(frame[_LOOPBACK_HEADER:])

    def _note(self, datagram: bytes) -> None:
        header = (datagram[0] & 0x0F) * 4
        if datagram[9] != _UDP:
            return
        source, target = struct.unpack_from("!HH", datagram, header)
        if packet := RtpPacket.parse(datagram[header + 8 :]):
            self._streams.setdefault((source, target), []).append(Arrival(time.monotonic(), packet))
