"""Debian's rtpengine in user space: forwards a call's media and sends a copy of it, driven by its ng control protocol.

The protocol is bencode (BEP 3) over UDP, each message after a cookie: rtpengine's README, "The ng Control Protocol".
"""

from __future__ import annotations

import subprocess
import time
import uuid
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from typing import Any, Self

from tests.functional.instruments.sipp import AHEAD

_PATIENCE_S = 5.0


class RtpEngine:
    """One daemon. Use as a context manager: it is ended, by its id, on the way out."""

    def __init__(self, folder: Path, control_port: int, media_ports: tuple[int, int]) -> None:
        self._folder = folder
        self._control = ("127.0.0.1", control_port)
        self._media_ports = media_ports
        self._socket = socket(AF_INET, SOCK_DGRAM)
        self._socket.settimeout(0.5)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        first, last = self._media_ports
        command = [
            *AHEAD,
            "rtpengine",
            "--foreground",
            "--log-stderr",
            "--table=-1",
            "--interface=127.0.0.1",
            f"--listen-ng={self._control[0]}:{self._control[1]}",
            f"--port-min={first}",
            f"--port-max={last}",
        ]
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "rtpengine.log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            try:
                if self.ask(command="ping")["result"] == "pong":
                    return self
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(0.05)
        raise TimeoutError(f"rtpengine does not answer: {(self._folder / 'rtpengine.log').read_text()[-500:]}")

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a command, wait for its answer. Keys with a hyphen are written with an underscore.

        Raises:
            RuntimeError: it was refused.
        """
        cookie = uuid.uuid4().hex[:12].encode()
        message = {key.replace("_", "-"): value for key, value in request.items()}
        self._socket.sendto(cookie + b" " + bencoded(message), self._control)
        data = self._socket.recv(65535)
        while not data.startswith(cookie):
            data = self._socket.recv(65535)
        answer, _ = _bdecoded(data[len(cookie) + 1 :], 0)
        if answer.get("result") == "error":
            raise RuntimeError(f"rtpengine: {answer.get('error-reason')}")
        return dict(answer)


def bencoded(value: Any) -> bytes:
    match value:
        case str():
            raw = value.encode()
            return str(len(raw)).encode() + b":" + raw
        case int():
            return f"i{value}e".encode()
        case list():
            return b"l" + b"".join(map(bencoded, value)) + b"e"
        case dict():
            return b"d" + b"".join(bencoded(key) + bencoded(each) for key, each in value.items()) + b"e"
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _bdecoded(data: bytes, at: int) -> tuple[Any, int]:
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    if kind in (b"l", b"d"):
        found, at = [], at + 1
        while data[at : at + 1] != b"e":
            each, at = _bdecoded(data, at)
            found.append(each)
        return (dict(zip(found[::2], found[1::2], strict=True)) if kind == b"d" else found), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    return data[colon + 1 : end].decode(errors="replace"), end
