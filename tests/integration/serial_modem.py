"""A serial modem on a pseudo-terminal: answers commands, and says what it is told to say."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from types import TracebackType
from typing import Self


class SerialModem(threading.Thread):
    """``answer`` is its word to every command; None: it does not answer."""

    def __init__(self, answer: bytes | None = b"\r\nOK\r\n") -> None:
        super().__init__(daemon=True)
        self._ours, self._theirs = pty.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self.answer = answer
        self.commands: list[str] = []
        self._stopping = threading.Event()

    def say(self, *lines: str) -> None:
        self.send("".join(f"\r\n{line}\r\n" for line in lines).encode())

    def send(self, data: bytes) -> None:
        while data:
            _, writable, _ = select.select([], [self._ours], [], 0.5)
            if not writable:
                raise TimeoutError("nobody reads what the modem says")
            data = data[os.write(self._ours, data[:1024]) :]

    def run(self) -> None:
        waiting = b""
        while not self._stopping.is_set():
            readable, _, _ = select.select([self._ours], [], [], 0.05)
            if not readable:
                continue
            waiting += os.read(self._ours, 1024)
            *commands, waiting = waiting.split(b"\r")
            for command in commands:
                self.commands.append(command.decode())
                if self.answer is not None:
                    os.write(self._ours, self.answer)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.join()
        os.close(self._ours)
        os.close(self._theirs)
