"""The product's processes, kept running in a thread as systemd keeps them on the box; killed on request, by id."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from firmware.adapters.supervision.supervisor import ProcessSpec, Supervisor

#: The machine of tests/vm may be without hardware virtualisation: a tenth as fast as this one.
PATIENCE = 10.0 if os.environ.get("EARMARK_VM") else 1.0
READY_WITHIN_S = 60.0 * PATIENCE
#: What CPUWeight=1000 and 500 in their units come to (sched(7)). Without the right, nice goes on as it is.
PRECEDENCE = {"lines": ("nice", "-n", "-10"), "recorder": ("nice", "-n", "-7")}


class Processes:
    """Runs ``earmark NAME`` for each name. ``start`` returns when all are ready; ``stop`` ends what was started."""

    def __init__(
        self,
        names: tuple[str, ...],
        environment: Mapping[str, str],
        logs: Path,
        commands: Mapping[str, tuple[str, ...]],
    ) -> None:
        logs.mkdir(exist_ok=True)
        self.logs = logs
        specs = [ProcessSpec(name, commands.get(name, _command(name)), logs / f"{name}.log") for name in names]
        self.reports: list[str] = []
        self._supervisor = Supervisor(specs, environment, self.reports.append)
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)

    def pid(self, name: str) -> int:
        """The id of a process that runs now.

        Raises:
            LookupError: it is down.
        """
        pid = self._supervisor.pid(name)
        if pid is None:
            raise LookupError(f"{name} is down")
        return pid

    def kill(self, name: str, with_signal: signal.Signals = signal.SIGKILL) -> int:
        """Kill one process at once, without any warning, and return the id it had."""
        pid = self.pid(name)
        os.kill(pid, with_signal)
        return pid

    @contextmanager
    def stopped(self, *names: str) -> Iterator[None]:
        """Stop processes where they are, as a power cut or a hanging disk does, and let them go on afterwards."""
        pids = [self.kill(name, signal.SIGSTOP) for name in names]
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    def wait_for_another(self, name: str, than: int, timeout_s: float) -> float:
        """Wait until ``name`` runs under another id; return how long that took."""
        started = time.monotonic()
        wait_until(lambda: self._supervisor.pid(name) not in (None, than), timeout_s, f"{name} to be started again")
        return time.monotonic() - started

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text(errors="replace")

    def _run(self) -> None:
        try:
            self._supervisor.start()
            self._supervisor.wait_until_ready(READY_WITHIN_S)
            self._ready.set()
            while not self._stop.is_set():
                self._supervisor.attend(0.1)
        except BaseException as failure:  # noqa: BLE001 - the thread's root: start() raises it in the test's thread
            self._failure = failure
        finally:
            self._supervisor.stop()
            self._ready.set()


def lines_command() -> tuple[str, ...]:
    """What starts the lines process, for a test that starts it in a place of its own."""
    return _command("lines")


def in_detail(*names: str) -> dict[str, tuple[str, ...]]:
    """What starts processes that log all there is to log."""
    return {name: _command(name, "--log-level", "debug") for name in names}


def _command(name: str, *options: str) -> tuple[str, ...]:
    return (*PRECEDENCE.get(name, ()), sys.executable, "-m", "firmware.cli.main", *options, name)


def wait_until(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Look every 20 ms until ``condition`` holds.

    Raises:
        TimeoutError: it did not hold within ``timeout_s``, of a machine as fast as the tests are used to; the message
            names ``what`` was waited for.
    """
    within_s = timeout_s * PATIENCE
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {within_s:g} s in vain for {what}")
        time.sleep(0.02)
