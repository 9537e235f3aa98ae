"""The generator's telephones make real calls over loopback.

The two telephones call each other directly here: where the lines process would listen, the other telephone does. Calls
through the lines process itself are in tests/functional.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.settings_model import Settings
from firmware.core.errors import AddressInUse, LineError, NotSetUp, ServiceAway
from firmware.core.home import Home


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ports() -> dict[str, int]:
    return {"trunk": _free_port(), "office": _free_port()}


@pytest.fixture
def home(tmp_path: Path, ports: dict[str, int]) -> Home:
    """A home whose line, for inbound calls, is a piece of wire: it listens where the office does."""
    home = Home(tmp_path / "home")
    for folder in (home.state, home.run):
        folder.mkdir(parents=True, mode=0o700)
    _settle(home, ports, "127.0.0.1")
    return home


@dataclass
class Lines:
    """The control socket of a lines process: what it says of calls, and how often it was asked."""

    calls: list[dict[str, str | None]] = field(default_factory=list)
    asked: int = 0
    notice_ends_after: int = 0

    def answer(self, _: Request) -> dict[str, object]:
        self.asked += 1
        state = "notice" if self.asked < self.notice_ends_after else "connected"
        return {"calls": [call | {"state": state} for call in self.calls]}


@pytest.fixture
def lines(home: Home) -> Iterator[Lines]:
    lines = Lines()
    with ControlServer(home.lines_socket, {"GET /calls": lines.answer}):
        yield lines


def _settle(home: Home, ports: dict[str, int], trunk_host: str) -> None:
    SettingsFile(home.settings_file).replace(
        Settings.model_validate_json(
            json.dumps(
                {
                    "lines": [
                        {
                            "name": "main",
                            "kind": "sip",
                            "sip": {
                                "bind": f"127.0.0.1:{ports['office']}",
                                "trunks": [{"name": "made-up", "host": f"{trunk_host}:{ports['trunk']}"}],
                                "office": {"host": f"127.0.0.1:{ports['office']}"},
                            },
                        },
                        {
                            "name": "demo",
                            "kind": "generator",
                            "generator": {"call_s": 1.0, "pause_s": 0.0, "simultaneous": 2},
                        },
                    ]
                }
            )
        ).to_document()
    )


def _generator(home: Home, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "generator", *arguments]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _run(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    with _generator(home, *arguments) as process:
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _call(far_party: str, office_party: str, direction: str = "inbound") -> dict[str, str | None]:
    return {
        "call_id": "7",
        "recording_id": "0123",
        "direction": direction,
        "far_party": far_party,
        "office_party": office_party,
    }


def test_one_call_is_made_with_audio_both_ways_and_reported_as_json(home: Home, lines: Lines) -> None:
    lines.calls = [_call("07700900456", "01632960111"), _call("07700900457", "01632960111") | {"call_id": "8"}]
    done = _run(home, "call", "--seconds", "3", "--from", "07700900456", "--to", "01632960111", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["caller"], report["called"], report["direction"]) == ("07700900456", "01632960111", "inbound")
    assert 2.9 < report["talked_s"] < 3.5
    # 50 packets a second each way (RFC 3551, 20 ms): all of them but a few at the edges.
    assert report["far_party_packets"] > 130
    assert report["office_packets"] > 130
    assert report["sip_call_id"]
    assert (report["call_id"], report["recording_id"]) == ("7", "0123")


def test_nobody_talks_into_the_notice(home: Home, lines: Lines) -> None:
    lines.calls = [_call("07700900123", "01632960100")]
    lines.notice_ends_after = 12
    report = json.loads(_run(home, "call", "--seconds", "1", "--json").stdout)
    # Ringing takes one second, then the lines process is asked each fifth of a second.
    assert 2.8 < report["connected_after_s"] < 5


def test_a_report_for_people_names_the_recording(home: Home, lines: Lines) -> None:
    lines.calls = [_call("withheld", "01632960100")]
    done = _run(home, "call", "--seconds", "1.2", "--withheld")
    assert done.returncode == 0, done.stderr
    assert "inbound call from 07700900123 to 01632960100" in done.stdout
    assert "recording 0123" in done.stdout


@pytest.mark.usefixtures("lines")
def test_the_demonstration_keeps_making_calls_until_it_is_stopped(home: Home) -> None:
    # The piece of wire carries inbound calls only: outbound ones come back to the telephone that made them.
    with _generator(home, "run") as process:
        assert process.stderr is not None
        ended = [line for _, line in zip(range(2), process.stderr, strict=False)]
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
        assert process.wait(timeout=20) == 0
    assert len(ended) == 2
    assert "the generator made" in rest


def test_without_the_lines_process_the_error_says_how_to_start_it(home: Home) -> None:
    done = _run(home, "call")
    assert done.returncode == ServiceAway.exit_code
    assert "earmark lines" in done.stderr


@pytest.mark.usefixtures("lines")
def test_an_address_in_use_is_named(home: Home, ports: dict[str, int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", ports["trunk"]))
        done = _run(home, "call")
    assert done.returncode == AddressInUse.exit_code
    assert f"127.0.0.1:{ports['trunk']}" in done.stderr


@pytest.mark.usefixtures("lines")
def test_a_real_trunk_is_never_called(home: Home, ports: dict[str, int]) -> None:
    _settle(home, ports, "192.0.2.7")
    done = _run(home, "call")
    assert done.returncode == LineError.exit_code
    assert "real telephones" in done.stderr


def test_without_settings_the_error_says_how_to_set_up(tmp_path: Path) -> None:
    done = _run(Home(tmp_path), "call")
    assert done.returncode == NotSetUp.exit_code
    assert not os.listdir(tmp_path)
