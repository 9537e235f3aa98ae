"""The lines process by itself, with a line between test phones, and the rings it offers caught by the test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from firmware.adapters.control.client import ControlClient
from firmware.adapters.ring.reader import RingReader
from firmware.adapters.ring.receiver import CallNotRecorded, RingClosed, RingOffered, RingReceiver
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.settings_model import Settings
from firmware.core.call_record import CallRecord
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.lines_instance import LinesInstance
from tests.functional.calls.sip_phone import SipPhone, Transport
from tests.functional.instruments.crowd import Stopwatch
from tests.functional.office.ports import NoFreePorts, Ports, claimed
from tests.functional.office.processes import PRECEDENCE

_READY_S = 60.0


@cache
def own_ports() -> Ports:
    """A block of ports that this test run has to itself until it ends."""
    for base in range(2000, 10_000, 1000):
        if claimed(base):
            return Ports(base)
    raise NoFreePorts("every block of test ports is claimed by another test run")


@dataclass
class CaughtRing:
    """A ring as the recorder would get it, and its record as last told."""

    reader: RingReader
    record: CallRecord
    closed: bool = False

    def channel(self, number: int) -> npt.NDArray[np.int16]:
        """All of one channel's samples that are still in the ring."""
        start, end = self.reader.oldest_intact(), self.reader.readable(0)
        block = self.reader.block(number, start, end - start)
        return np.frombuffer(bytes(block), np.int16)


class RingCatcher:
    """Stands where the recorder stands: takes every ring that is offered, and is done with it once its call is over.

    Lines waits for a recorder that is not done yet before it ends. What was caught stays with the test.
    """

    def __init__(self, socket_path: Path) -> None:
        self._receiver = RingReceiver(socket_path)
        self.rings: dict[str, CaughtRing] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ring-catcher", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._receiver.close()
        for ring in self.rings.values():
            ring.reader.close()

    def wait_for(self, count: int = 1, closed: bool = False, timeout_s: float = 10) -> list[CaughtRing]:
        wait_until(
            lambda: sum(ring.closed or not closed for ring in list(self.rings.values())) >= count,
            timeout_s,
            f"{count} rings{' closed' if closed else ''}",
        )
        return list(self.rings.values())

    def forget(self) -> None:
        """Let go of every ring caught so far. Its call must be over."""
        for ring in self.wait_for(len(self.rings), closed=True):
            ring.reader.close()
        self.rings.clear()

    def _run(self) -> None:
        while not self._stop.is_set():
            for message in self._receiver.poll(0.05):
                if isinstance(message, RingOffered):
                    reader = RingReader(message.ring_fd, message.ack_fd)
                    self.rings[message.record.recording_id] = CaughtRing(reader, message.record)
                elif isinstance(message, RingClosed):
                    ring = self.rings[message.record.recording_id]
                    ring.record, ring.closed = message.record, True
                if isinstance(message, RingClosed | CallNotRecorded):
                    self._receiver.finished(message.writer, message.record.recording_id)


@dataclass
class LinesAlone:
    """``earmark lines`` in a folder of its own. Use as a context manager."""

    root: Path
    ports: Ports = field(default_factory=own_ports)
    sip: Mapping[str, Any] = field(default_factory=dict)
    line: Mapping[str, Any] = field(default_factory=dict)
    trunk: Mapping[str, Any] = field(default_factory=dict)
    more_trunks: tuple[Mapping[str, Any], ...] = ()
    office: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, Any] = field(default_factory=dict)
    under: tuple[str, ...] = ()
    only: LinesInstance = "sip"
    process: subprocess.Popen[bytes] | None = None

    @property
    def home(self) -> Home:
        return Home(self.root)

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.home.lines_socket_of(self.only))

    @property
    def box(self) -> tuple[str, int]:
        return "127.0.0.1", self.ports.box

    def settings(self) -> Settings:
        """One line; without a notice unless ``line`` names one. ``sections`` are those beside it, such as rules."""
        trunk = {"name": "first", "host": f"127.0.0.1:{self.ports.trunk}", **self.trunk}
        trunk.setdefault("addresses", [trunk["host"]])
        office = {"host": f"127.0.0.1:{self.ports.office}", **self.office}
        office.setdefault("addresses", [office["host"]])
        sip = {
            "bind": f"127.0.0.1:{self.ports.box}",
            "rtp_ports": self.ports.box_media,
            "trunks": [trunk, *(dict(more) for more in self.more_trunks)],
            "office": office,
            **self.sip,
        }
        line = {"name": "main", "kind": "sip", "notice": {"inbound": "", "outbound": ""}, **self.line, "sip": sip}
        return Settings.model_validate_json(_json({"lines": [line], **self.sections}))

    def prepare(self) -> None:
        for folder in (self.home.state, self.home.run, self.home.prompts):
            folder.mkdir(parents=True, exist_ok=True)
        SettingsFile(self.home.settings_file).replace(self.settings().to_document())

    def start(self) -> Self:
        self.prepare()
        return self.start_again()

    def start_again(self) -> Self:
        environment = os.environ | {"EARMARK_HOME": str(self.root), "PYTHONPATH": str(Path(__file__).parents[3])}
        with (self.root / "lines.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *PRECEDENCE["lines"],
                    *self.under,
                    sys.executable,
                    "-m",
                    "firmware.cli.main",
                    "--log-level",
                    "debug",
                    "lines",
                    "--only",
                    self.only,
                ],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(self._there, _READY_S, lambda: f"lines to be ready; it says:\n{self.log()}")
        except BaseException:
            self.kill()  # nobody else would: it holds ports that the next test wants
            raise
        return self

    def _there(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"lines ended with {self.process.returncode}:\n{self.log()}")
        try:
            self.control.get("/health")
        except EarmarkError:
            return False
        return True

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.stop()

    def stop(self) -> int:
        """End it as systemd would; its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def log(self) -> str:
        return (self.root / "lines.log").read_text(errors="replace")

    def calls(self) -> list[dict[str, Any]]:
        return list(self.control.get("/calls")["calls"])

    def stopwatch(self, since: float) -> Stopwatch:
        """How long something takes it, counted from a moment of ``time.monotonic``."""
        assert self.process is not None
        return Stopwatch(self.process.pid, since)

    def wait_for_state(self, state: str, timeout_s: float = 15) -> dict[str, Any]:
        wait_until(lambda: any(call["state"] == state for call in self.calls()), timeout_s, f"a call to be {state}")
        return next(call for call in self.calls() if call["state"] == state)

    def wait_until_quiet(self, timeout_s: float = 10) -> None:
        wait_until(lambda: not self.calls(), timeout_s, "every call to end")

    def trunk_phone(self, transport: Transport = "udp") -> SipPhone:
        return SipPhone(self.box, self.ports.trunk, transport)

    def office_phone(self, transport: Transport = "udp") -> SipPhone:
        return SipPhone(self.box, self.ports.office, transport)


def wait_until(condition: Callable[[], bool], timeout_s: float, what: str | Callable[[], str]) -> None:
    """Raises TimeoutError when it does not come true in time."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {timeout_s} s in vain for {what() if callable(what) else what}")
        time.sleep(0.02)


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document)
