"""An office whose telephone system only sends copies of calls: no SIP line, and a box that is whole all the same."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import ServiceAway
from firmware.core.home import Home

SETTINGS = """
[web]
tls = false
bind = "127.0.0.1:{web}"
[panel]
kind = "simulated"
[[lines]]
name = "copies"
kind = "siprec"
notice_given_by = "the PBX"
[lines.siprec]
bind = "127.0.0.1:{sip}"
transports = ["udp"]
clients = ["127.0.0.1"]
"""


def free_port(kind: socket.SocketKind) -> int:
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(home: Home, *words: str) -> list[str]:
    return [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), *words]


def eventually(true: Callable[[], bool], what: str, within_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.1)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Home]:
    """All processes of such an office, kept running as systemd does on the box."""
    home = Home(tmp_path / "office")
    subprocess.run(command(home, "init", "--demo"), check=True, capture_output=True)
    ports = {"web": free_port(socket.SOCK_STREAM), "sip": free_port(socket.SOCK_DGRAM)}
    told = subprocess.run(
        command(home, "settings", "import", "-"),
        input=SETTINGS.format(**ports),
        text=True,
        capture_output=True,
        check=True,
    )
    assert "lines-siprec" in told.stdout
    demo = command(home, "demo", "--no-call", "--port", str(ports["web"]))
    process = subprocess.Popen(demo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not said or "] Ready" not in said[-1]:
            said.append(process.stdout.readline())
            assert said[-1], "".join(said)
        yield home
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def shown(home: Home) -> str:
    """What the front panel shows."""
    states = [line for line in (home.root / "log" / "panel.log").read_text().splitlines() if "front panel: " in line]
    return states[-1].rpartition(": ")[2] if states else ""


def health(home: Home) -> dict[str, Any] | None:
    try:
        return ControlClient(home.lines_socket_of("siprec")).get("/health")
    except ServiceAway:
        return None


def test_a_box_with_copies_alone_is_whole_and_a_process_that_hangs_is_a_fault_until_it_is_back(box: Home) -> None:
    assert not (box.root / "log" / "lines.log").exists(), "there is no SIP line to run a process for"
    eventually(lambda: shown(box) in ("idle", "needs attention"), f"the panel shows {shown(box)!r}")
    calm = shown(box)
    doctor = subprocess.run(command(box, "doctor", "--json"), capture_output=True, text=True, check=False)
    amiss = [each["what"] for each in json.loads(doctor.stdout)["findings"] if each["verdict"] != "ok"]
    assert not [what for what in amiss if "program" in what], "no process is missed that this office does not have"
    assert subprocess.run(command(box, "calls"), capture_output=True, text=True, check=True).stdout == (
        "No call is in progress.\n"
    )
    before = health(box)
    assert before is not None
    assert before["recorder_connected"]
    assert before["notice_given_by"] == {"copies": "the PBX"}
    hung = pid_of_lines(box)
    os.kill(hung, signal.SIGSTOP)
    eventually(lambda: shown(box) == "fault", "nobody noticed that it stands still")
    os.kill(hung, signal.SIGKILL)
    eventually(lambda: shown(box) == calm and health(box) is not None, "it is not back")
    assert pid_of_lines(box) != hung


def pid_of_lines(home: Home) -> int:
    """Of the process that hears copies: the one whose command line says so."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            words = (entry / "cmdline").read_bytes().split(b"\0") if (entry / "cmdline").exists() else []
            if str(home.root).encode() in words and b"siprec" in words:
                return int(entry.name)
    raise AssertionError("it does not run")
