"""``earmark line test`` where nobody answers, and for a line of the network whose process is a control socket."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.main import cli
from firmware.config.toml_settings import settings_from_toml
from firmware.core.home import Home

_SETTINGS = """[[lines]]
name = "main"
kind = "sip"
[lines.sip]
trunks = [{ name = "provider", host = "sip.example.com" }]
office = { host = "192.0.2.10" }

[[lines]]
name = "wire"
kind = "analogue"
[lines.analogue]
device = "hw:1"
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "office")
    home.state.mkdir(parents=True)
    home.run.mkdir()
    SettingsFile(home.settings_file).replace(settings_from_toml(_SETTINGS, "office.toml").to_document())
    return home


def tried(home: Home, line: str, patience: int = 3) -> tuple[int, str]:
    words = ["--home", str(home.root), "line", "test", line, "--patience", str(patience)]
    done = CliRunner().invoke(cli, words)
    return done.exit_code, done.output


def test_a_line_that_nobody_knows_is_named_with_those_that_are(home: Home) -> None:
    status, shown = tried(home, "mian")
    assert status == 11
    assert "There is no line mian." in shown
    assert "The settings name: main, wire." in shown


def test_a_process_that_does_not_run_is_named_with_how_it_is_started(home: Home) -> None:
    status, shown = tried(home, "wire")
    assert status == 41
    assert "does not answer" in shown


class _SipLines:
    """A process with one line: a call in, then one out, each looked at a few times before it is over."""

    def __init__(self, registered: bool) -> None:
        self._registered = registered
        self._looks = itertools.count()

    def routes(self) -> Mapping[str, Any]:
        return {"GET /health": self._health, "GET /calls": self._calls}

    def _health(self, _: Request) -> dict[str, Any]:
        attention = [] if self._registered else ["Trunk provider refuses the password."]
        line = {"name": "main", "kind": "sip", "state": "working", "registered": self._registered}
        return {"lines": [{**line, "attention": attention}], "recorder_connected": True}

    def _calls(self, _: Request) -> dict[str, Any]:
        look = next(self._looks)
        if look in (0, 1):
            return {"calls": [_call("1", "inbound", recording=look == 1)]}
        return {"calls": [_call("2", "outbound", recording=False)] if look == 3 else []}


def _call(call_id: str, direction: str, recording: bool) -> dict[str, Any]:
    party = {"far_party": "01632960123", "line": "main"}
    return {"call_id": call_id, "direction": direction, "recording": recording, **party}


def test_a_line_of_the_network_is_tried_with_a_call_each_way(home: Home) -> None:
    with ControlServer(home.lines_socket_of("sip"), _SipLines(registered=True).routes()):
        status, shown = tried(home, "main")
    assert status == 1  # the call out was not recorded
    assert "ok    registered" in shown
    assert "an inbound call with …123" in shown
    assert "an outbound call with …123" in shown
    assert shown.count("it was recorded") == shown.count("it was not recorded") == 1
    assert "960" not in shown


def test_a_trunk_that_is_not_registered_is_named_and_what_is_wrong(home: Home) -> None:
    with ControlServer(home.lines_socket_of("sip"), _SipLines(registered=False).routes()):
        status, shown = tried(home, "main", patience=1)
    assert status == 1
    assert "Trunk provider refuses the password." in shown
    assert "not registered with every trunk" in shown
