"""A small process supervisor: what systemd is on the box, this is in a clone.

It starts processes, learns from their ``READY=1`` datagrams (sd_notify(3)) when they work, starts again any that ends,
and stops them all in the reverse order. One thread, no polling: it sleeps until a process ends, a datagram comes, or a
restart is due. A process that keeps ending before it was ready is started again more and more slowly.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firmware.core.errors import ServiceAway, StartFailed

RESTART_AFTER_S = 0.2
SLOWEST_RESTART_S = 5.0
STOP_WITHIN_S = 10.0
_DATAGRAM_BYTES = 4096

Report = Callable[[str], None]


@dataclass(frozen=True)
class ProcessSpec:
    """One process to keep running: its name, its command, and the file that takes what it writes (or the terminal)."""

    name: str
    command: tuple[str, ...]
    log_file: Path | None = None


@dataclass
class _Kept:
    """A process as it is now. ``child`` is ``None`` while it waits to be started again."""

    spec: ProcessSpec
    notices: socket.socket
    child: subprocess.Popen[bytes] | None = None
    pidfd: int = -1
    ready: bool = False
    was_ever_ready: bool = False
    start_at_s: float = 0.0
    delay_s: float = RESTART_AFTER_S
    status: str = ""
    restarts: int = 0


class Supervisor:
    """Keeps processes running. Everything happens in the thread that calls it.

    Args:
        specs: in the order to start; they stop in the reverse order.
        environment: the environment of every process; ``NOTIFY_SOCKET`` is added.
        report: takes one line for a person whenever something happens to a process after start-up.
    """

    def __init__(self, specs: Sequence[ProcessSpec], environment: Mapping[str, str], report: Report) -> None:
        self._environment = dict(environment)
        self._report = report
        self._selector = selectors.DefaultSelector()
        self._sockets = tempfile.TemporaryDirectory(prefix="earmark-notify-")
        self._kept = {spec.name: _Kept(spec, self._listen(spec.name)) for spec in specs}
        self._stopping = False

    # -- what the caller does -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start every process; they come up side by side."""
        for kept in self._kept.values():
            self._start(kept)

    def wait_until_ready(self, timeout_s: float, on_ready: Report = lambda name: None) -> None:
        """Wait until every process has said that it is ready. ``on_ready`` is told the name of each as it comes.

        Raises:
            StartFailed: one ended before it was ready; the message holds the last lines of its log.
            ServiceAway: one is still not ready after ``timeout_s`` seconds.
        """
        told: set[str] = set()
        deadline_s = time.monotonic() + timeout_s
        while waiting := [name for name, kept in self._kept.items() if not kept.ready]:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                raise ServiceAway(f"Not ready after {timeout_s:.0f} s: {', '.join(waiting)}.", self._where_logs_are())
            self.attend(left_s)
            self._fail_if_one_gave_up()
            for name, kept in self._kept.items():
                if kept.ready and name not in told:
                    told.add(name)
                    on_ready(name)

    def attend(self, timeout_s: float | None = None) -> None:
        """Deal with whatever happens next: an end, a datagram, a restart that is due; or return after ``timeout_s``."""
        due_s = min((kept.start_at_s for kept in self._kept.values() if kept.child is None), default=None)
        until_due_s = None if due_s is None or self._stopping else max(0.0, due_s - time.monotonic())
        waits = [wait for wait in (timeout_s, until_due_s) if wait is not None]
        for key, _ in self._selector.select(min(waits) if waits else None):
            act: Callable[[], None] = key.data
            act()
        self._start_those_due()

    def wake_on(self, descriptor: int, act: Callable[[], None]) -> None:
        """Have :meth:`attend` call ``act`` whenever ``descriptor`` can be read (a signal pipe, for one)."""
        self._selector.register(descriptor, selectors.EVENT_READ, act)

    def stop(self) -> None:
        """Ask every process to end, last started first; end by force what has not ended in time. Safe to call twice."""
        self._stopping = True
        for kept in reversed(self._kept.values()):
            self._stop(kept)
            kept.notices.close()
        self._selector.close()
        self._sockets.cleanup()

    def pid(self, name: str) -> int | None:
        """The process's id, or ``None`` while it is down."""
        child = self._kept[name].child
        return child.pid if child else None

    def restarts(self, name: str) -> int:
        """How often a process was started again."""
        return self._kept[name].restarts

    # -- one process ----------------------------------------------------------------------------------------------

    def _start(self, kept: _Kept) -> None:
        self._drop_stale_notices(kept)
        environment = self._environment | {"NOTIFY_SOCKET": str(self._socket_path(kept.spec.name))}
        log_file = kept.spec.log_file
        with contextlib.nullcontext() if log_file is None else log_file.open("ab") as log:
            kept.child = _spawn(kept.spec.command, environment, log)
        kept.pidfd = os.pidfd_open(kept.child.pid)
        self._selector.register(kept.pidfd, selectors.EVENT_READ, lambda: self._ended(kept))

    def _ended(self, kept: _Kept) -> None:
        """Take note of an end, and when to start again: soon, unless it never was ready this time."""
        assert kept.child is not None
        code = kept.child.wait()
        self._forget(kept)
        kept.delay_s = RESTART_AFTER_S if kept.ready else min(kept.delay_s * 2, SLOWEST_RESTART_S)
        kept.ready = False
        kept.start_at_s = time.monotonic() + kept.delay_s
        if kept.was_ever_ready:
            log = f" Its log: {kept.spec.log_file}" if kept.spec.log_file else ""
            self._report(f"{kept.spec.name} ended ({_ending(code)}); starting it again.{log}")

    def _start_those_due(self) -> None:
        if self._stopping:
            return
        for kept in self._kept.values():
            if kept.child is None and kept.start_at_s <= time.monotonic():
                kept.restarts += 1
                self._start(kept)

    def _stop(self, kept: _Kept) -> None:
        if kept.child is None:
            return
        kept.child.terminate()
        try:
            kept.child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._report(f"{kept.spec.name} did not stop within {STOP_WITHIN_S:.0f} s; ending it by force.")
            kept.child.kill()
            kept.child.wait()
        self._forget(kept)

    def _forget(self, kept: _Kept) -> None:
        self._selector.unregister(kept.pidfd)
        os.close(kept.pidfd)
        kept.child, kept.pidfd = None, -1

    # -- what processes say ---------------------------------------------------------------------------------------

    def _socket_path(self, name: str) -> Path:
        return Path(self._sockets.name) / name

    def _listen(self, name: str) -> socket.socket:
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        notices.bind(str(self._socket_path(name)))
        notices.setblocking(False)
        self._selector.register(notices, selectors.EVENT_READ, lambda: self._told(name))
        return notices

    @staticmethod
    def _drop_stale_notices(kept: _Kept) -> None:
        """What the process before it still said must not count for the next one."""
        with contextlib.suppress(BlockingIOError):
            while True:
                kept.notices.recv(_DATAGRAM_BYTES)

    def _told(self, name: str) -> None:
        kept = self._kept[name]
        with contextlib.suppress(BlockingIOError):
            message = kept.notices.recv(_DATAGRAM_BYTES).decode(errors="replace")
            for line in message.splitlines():
                key, _, value = line.partition("=")
                if key == "STATUS":
                    kept.status = value
                elif line == "READY=1" and kept.child is not None:
                    self._now_ready(kept)

    def _now_ready(self, kept: _Kept) -> None:
        if kept.was_ever_ready and not kept.ready:
            self._report(f"{kept.spec.name} is back.")
        kept.ready = kept.was_ever_ready = True
        kept.delay_s = RESTART_AFTER_S

    # -- words ----------------------------------------------------------------------------------------------------

    def _fail_if_one_gave_up(self) -> None:
        for kept in self._kept.values():
            if kept.child is None and not kept.was_ever_ready:
                raise StartFailed(
                    f"The {kept.spec.name} process ended before it was ready:\n{_last_lines(kept.spec.log_file)}",
                )

    def _where_logs_are(self) -> str:
        folders = sorted({str(kept.spec.log_file.parent) for kept in self._kept.values() if kept.spec.log_file})
        return f"What they say is in {', '.join(folders)}." if folders else "What they say is above."


def _spawn(command: Sequence[str], environment: Mapping[str, str], log: IO[bytes] | None) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that Ctrl-C reaches the supervisor alone and it can stop in order.

    ``setpriv --pdeathsig`` has the kernel end it when the supervisor itself is killed.
    """
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", *command],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _ending(code: int) -> str:
    """How a process ended, in words."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _last_lines(log_file: Path | None, count: int = 12) -> str:
    if log_file is None:
        return "    (its words are above)"
    lines = log_file.read_text(errors="replace").splitlines()[-count:]
    return "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"
