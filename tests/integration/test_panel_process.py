"""``earmark panel`` as a process, between real control sockets: the light is true within two seconds."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.control.event_feed import Event
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.settings_model import PanelSettings, Settings
from firmware.core.errors import MissingComponent, SettingsError
from firmware.core.home import Home
from tests.integration.panel_bench import Beating


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


def test_a_machine_without_pins_says_so_instead_of_pretending(home: Home) -> None:
    settings = Settings(panel=PanelSettings(kind="gpio"))
    SettingsFile(home.settings_file).replace(settings.to_document())
    panel = Panel(home)
    said, complaint = panel.process.communicate(timeout=20)
    assert (panel.process.returncode, said) == (MissingComponent.exit_code, "")
    assert "pins cannot be used" in complaint
    assert "--simulated" in complaint


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
