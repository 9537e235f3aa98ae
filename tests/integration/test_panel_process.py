"""``earmark panel`` as a process, between real control sockets: the light is true within two seconds."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware.adapters.control.event_feed import Event, EventFeed
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.settings_model import Settings
from firmware.core.errors import SettingsError
from firmware.core.home import Home

HEARTBEATS_S = 0.2


@dataclass
class Beating:
    """A process's control socket, with heartbeats while it lives."""

    socket_path: Path
    heartbeat: dict[str, object]
    feed: EventFeed = field(init=False)
    calls: list[Event] = field(default_factory=list)
    asked: list[tuple[str, str, object]] = field(default_factory=list)

    def __enter__(self) -> Beating:
        self._ended = threading.Event()
        self.feed = EventFeed(lambda: list(self.calls))
        answers = {"POST /calls/{call_id}/{action}": self._ask}
        self._server = ControlServer(self.socket_path, answers, feed=self.feed)
        self._server.start()
        self._thread = threading.Thread(target=self._beat)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._server.stop()

    def _ask(self, request: Request) -> dict[str, object]:
        self.asked.append((request.parameters["call_id"], request.parameters["action"], request.body))
        return {"call": {}}

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEATS_S):
            self.feed.publish("heartbeat", self.heartbeat)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for folder in (home.run, home.data, home.state):
        folder.mkdir(mode=0o700)
    return home


@pytest.fixture
def lines(home: Home) -> Beating:
    return Beating(home.lines_socket, {"state": "working", "lines": [], "recorder_connected": True})


@pytest.fixture
def recorder(home: Home) -> Beating:
    return Beating(home.recorder_socket, {"state": "ok"})


class Panel:
    """The process and what it said: one line for each change of state."""

    def __init__(self, home: Home, *arguments: str) -> None:
        command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "panel", *arguments]
        self.process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=1)

    def until(self, state: str, within_s: float) -> None:
        """Wait for the panel to show a state."""
        assert self.process.stdout is not None
        until_s = time.monotonic() + within_s
        while (left_s := until_s - time.monotonic()) > 0:
            if select.select([self.process.stdout], [], [], left_s)[0]:
                line = os.read(self.process.stdout.fileno(), 4096).decode()
                assert line, "the panel ended"
                if line.rstrip().endswith(f"front panel: {state}"):
                    return
        raise AssertionError(f"{state} was not shown within {within_s} s")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        _, self.log = self.process.communicate(timeout=10)
        return self.process.returncode


@pytest.fixture
def simulated(home: Home) -> Iterator[Panel]:
    panel = Panel(home, "--simulated")
    try:
        yield panel
    finally:
        if panel.process.poll() is None:
            panel.process.kill()
            panel.process.communicate()


def test_the_light_shows_fault_when_the_recorder_dies_and_recovers_with_it(
    lines: Beating, recorder: Beating, simulated: Panel
) -> None:
    with lines:
        with recorder:
            simulated.until("idle", 8)
        simulated.until("fault", 3.5)
        with recorder:
            simulated.until("idle", 3)
    simulated.until("fault", 3.5)
    assert simulated.stop() == 0
    assert "The recorder process has been silent" in simulated.log


def test_calls_in_progress_are_known_from_the_start(lines: Beating, recorder: Beating, simulated: Panel) -> None:
    lines.calls = [Event("call", {"call_id": "1", "state": "connected", "recording": True})]
    with lines, recorder:
        simulated.until("recording", 8)
        lines.calls.clear()
        lines.feed.publish("call", {"call_id": "1", "state": "ended", "recording": False})
        lines.heartbeat["recorder_connected"] = False
        simulated.until("fault", 3)


def test_a_box_without_a_panel_says_so_instead_of_pretending(home: Home) -> None:
    SettingsFile(home.settings_file).replace(Settings().to_document())
    panel = Panel(home)
    _, complaint = panel.process.communicate(timeout=20)
    assert panel.process.returncode == SettingsError.exit_code
    assert "--simulated" in complaint


def test_on_a_terminal_the_light_is_drawn_on_one_line_and_enter_presses_the_button(
    home: Home, lines: Beating, recorder: Beating
) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "panel", "--simulated"]
    paused = {"call_id": "1", "line": "main", "state": "connected", "recording": True, "actions": ["pause"]}
    lines.calls = [Event("call", paused)]
    with lines, recorder:
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, text=True)
        os.close(theirs)
        drawn = _read_until(ours, "recording", 10)
        os.write(ours, b"\n")
        assert process.stderr is not None
        pressed = next(line for line in process.stderr if "the button was pressed" in line)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    os.close(ours)
    assert process.returncode == 0
    assert "\n" not in drawn
    assert re.search(r"pressed for 0\.[1-9] s: pause, 1 of 1 calls", pressed)
    assert lines.asked == [("1", "pause", {"how": "panel", "who": ""})]


def _read_until(terminal: int, mark: str, within_s: float) -> str:
    text, until_s = "", time.monotonic() + within_s
    while mark not in text and (left_s := until_s - time.monotonic()) > 0:
        if select.select([terminal], [], [], left_s)[0]:
            text += os.read(terminal, 4096).decode()
    assert mark in text
    return text


def test_lines_of_another_kind_are_followed_without_a_restart(
    home: Home, lines: Beating, recorder: Beating, simulated: Panel
) -> None:
    siprec = Beating(home.lines_socket_of("siprec"), {"state": "working", "lines": [], "recorder_connected": True})
    with recorder:
        with lines:
            simulated.until("idle", within_s=5)
            SettingsFile(home.settings_file).replace({"lines": [{"kind": "siprec"}]})
            simulated.until("fault", within_s=8)
        # The process of SIP lines is gone for good, and nobody misses it.
        with siprec:
            simulated.until("idle", within_s=5)
            siprec.feed.publish("call", {"call_id": "s", "state": "connected", "recording": True})
            simulated.until("recording", within_s=5)
        simulated.until("fault", within_s=5)
    assert simulated.stop() == 0
