"""A burst of large messages that comes while the thread that answers SIP is busy: every one is answered."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.functional.calls.lines_alone import LinesAlone, wait_until

pytestmark = pytest.mark.functional

_LARGE_BYTES = 31_000
_ASKED_FOR_BYTES = 4 * 1024 * 1024
_LIMIT = Path("/proc/sys/net/core/rmem_max")
# What the kernel keeps without being asked: 6 large messages. Where net.core.rmem_max is as old kernels have it: 13.
_BURST, _BURST_WHERE_LIMITED = 50, 10


def _burst() -> int:
    generous = _LIMIT.exists() and int(_LIMIT.read_text()) >= _ASKED_FOR_BYTES
    return _BURST if generous else _BURST_WHERE_LIMITED


def _options(lines: LinesAlone, number: int) -> bytes:
    port, box = lines.ports.trunk, lines.ports.box
    head = (
        f"OPTIONS sip:127.0.0.1:{box} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKburst{number}\r\n"
        f"From: <sip:127.0.0.1:{port}>;tag=burst{number}\r\nTo: <sip:127.0.0.1:{box}>\r\n"
        f"Call-ID: burst{number}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\nSubject: "
    ).encode()
    return head + b"x" * (_LARGE_BYTES - len(head) - 4) + b"\r\n\r\n"


def _answered(source: socket.socket, numbers: set[str]) -> None:
    """Take what has come so far. The box's own questions to the trunk are passed over."""
    while True:
        try:
            answer = source.recv(65536)
        except BlockingIOError:
            return
        if answer.startswith(b"SIP/2.0 200"):
            numbers.update(line[9:].decode() for line in answer.split(b"\r\n") if line.startswith(b"Call-ID: "))


def test_every_large_message_of_a_burst_that_comes_while_the_box_is_busy_is_answered(tmp_path: Path) -> None:
    with LinesAlone(tmp_path / "home") as lines, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        assert lines.process is not None
        source.bind(("127.0.0.1", lines.ports.trunk))
        source.setblocking(False)
        asked = {f"burst{number}" for number in range(_burst())}
        answered: set[str] = set()

        def every_one() -> bool:
            _answered(source, answered)
            return answered == asked

        os.kill(lines.process.pid, signal.SIGSTOP)
        try:
            for number in range(len(asked)):
                source.sendto(_options(lines, number), lines.box)
        finally:
            os.kill(lines.process.pid, signal.SIGCONT)
        wait_until(every_one, 10, lambda: f"{len(asked)} answers; there are {len(answered)}")
