"""A name server of the test's own, so that peers can be found by name on one machine."""

from __future__ import annotations

import os
import socket
import threading


class TinyNameServer:
    """Answers SRV and A questions from a table (RFC 1035, RFC 2782), at a loopback address of its own (as root)."""

    def __init__(self) -> None:
        self.address = f"127.53.{os.getpid() >> 8 & 0xFF}.{os.getpid() & 0xFF}"
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, 53))
        self._socket.settimeout(0.1)
        self._stop = threading.Event()
        self.targets: list[tuple[int, str, int]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> TinyNameServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                data, source = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            self._socket.sendto(self._answer(data), source)

    def _answer(self, question: bytes) -> bytes:
        name, end = _read_name(question, 12)
        kind = int.from_bytes(question[end : end + 2], "big")
        asked = question[12 : end + 4]
        answers = []
        if kind == 33 and name.startswith("_sip._udp"):
            for priority, host, port in self.targets:
                body = priority.to_bytes(2, "big") + bytes([0, 1]) + port.to_bytes(2, "big") + _name(host)
                answers.append(b"\xc0\x0c" + bytes([0, 33, 0, 1, 0, 0, 0, 60]) + len(body).to_bytes(2, "big") + body)
        elif kind == 1:
            answers.append(b"\xc0\x0c" + bytes([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]))
        code = 0x8580 if answers else 0x8583
        counts = bytes([0, 1]) + len(answers).to_bytes(2, "big") + bytes(4)
        return question[:2] + code.to_bytes(2, "big") + counts + asked + b"".join(answers)


def _read_name(packet: bytes, place: int) -> tuple[str, int]:
    labels = []
    while packet[place]:
        length = packet[place]
        labels.append(packet[place + 1 : place + 1 + length].decode())
        place += length + 1
    return ".".join(labels), place + 1


def _name(host: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in host.split(".")) + b"\0"
