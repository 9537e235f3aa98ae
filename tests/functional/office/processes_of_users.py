"""All processes of an office, each as the user that it has on the box: how soon each is ready, what each takes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

from tests.functional.office.box_users import CLONE, INSIDE, BoxUsers

_READY_WITHIN_S = 180.0
#: Units with UMask=0002: what they make in the store, others write, too.
_UMASK = {"recorder": "0002", "opener": "0002", "keeper": "0002"}


class ProcessesOfUsers:
    """Use as a context manager. ``ready_s``: seconds from each one's start until it said that it is ready."""

    def __init__(self, users: BoxUsers, home: Path, logs: Path, names: Sequence[str]) -> None:
        self._users = users
        self._home = home
        self._logs = logs
        self._names = names
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._files: list[IO[bytes]] = []
        self.ready_s: dict[str, float] = {}

    def __enter__(self) -> Self:
        try:
            for name in self._names:
                self._start(name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._running.values()):
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        for file in self._files:
            file.close()

    def log(self, name: str) -> str:
        return (self._logs / f"{name}.log").read_text(errors="replace")

    def memory_kb(self) -> dict[str, int]:
        """What each takes, what it shares with others being counted in parts (proc(5), smaps_rollup: Pss)."""
        taken = {}
        for name, process in self._running.items():
            rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            taken[name] = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return taken

    def user_of(self, name: str) -> int:
        return Path(f"/proc/{self._running[name].pid}").stat().st_uid

    def _start(self, name: str) -> None:
        notices = self._home / "run" / f"ready-{name}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as hears:
            hears.bind(str(notices))
            notices.chmod(0o666)
            hears.settimeout(_READY_WITHIN_S)
            log = (self._logs / f"{name}.log").open("wb")
            self._files.append(log)
            command = [sys.executable, "-m", "firmware.cli.main", "--home", str(INSIDE), name]
            began = time.monotonic()
            self._running[name] = subprocess.Popen(
                self._users.as_process(name, *command, umask=_UMASK.get(name, "0027")),
                cwd=CLONE,
                env=os.environ
                | {
                    "EARMARK_HOME": str(INSIDE),
                    "NOTIFY_SOCKET": str(INSIDE / "run" / notices.name),
                    "MALLOC_ARENA_MAX": "2",
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "HOME": "/nonexistent",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                while b"READY=1" not in hears.recv(4096):
                    continue
            except TimeoutError:
                raise AssertionError(f"{name} is not ready: {self.log(name)[-3000:]}") from None
            self.ready_s[name] = time.monotonic() - began
        notices.unlink()
