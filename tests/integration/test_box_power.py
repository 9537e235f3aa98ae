"""What the button on the box may have it do: switch off, and set the network back. Nothing recorded is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_command import Done
from firmware.cli.box.power import power_routes
from firmware.cli.box.routes import guarded
from firmware.cli.panel.power import BoxPower
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.errors import EarmarkError
from firmware.core.home import Home

STRANGER = PeerCredentials(1, 64_999, 0)


class Box:
    """The root process's socket with the panel's routes, on a machine whose commands are written down."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ran: list[tuple[str, ...]] = []
        self.code = 0
        self.entered: list[Any] = []

    def command(self, *words: str, package: str = "") -> Done:
        self.ran.append(words)
        return Done(self.code, "", "no such unit" if self.code else "")

    def take_entry(self, request: Request) -> dict[str, int]:
        self.entered.append((request.body["kind"], request.body["subject"]))
        return {"line": len(self.entered)}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    home = Home(tmp_path)
    for folder in (home.run, home.state):
        folder.mkdir(mode=0o700)
    box = Box(home)
    answers = guarded(power_routes(home, box.command), lambda token, act: "")
    with ControlServer(home.box_socket, answers):
        yield box


@pytest.fixture
def recorder(box: Box) -> Iterator[None]:
    with ControlServer(box.home.recorder_socket, {"POST /evidence": box.take_entry}):
        yield


@pytest.mark.usefixtures("recorder")
def test_a_hold_switches_the_box_off_in_the_usual_way_and_leaves_evidence(box: Box) -> None:
    BoxPower(ControlClient(box.home.box_socket)).shut_down()
    assert box.ran == [("systemctl", "--no-block", "poweroff")]
    assert box.entered == [("box-act", {"act": "power-off", "how": "panel"})]


def test_a_box_whose_recorder_is_dead_can_be_switched_off(box: Box, caplog: pytest.LogCaptureFixture) -> None:
    BoxPower(ControlClient(box.home.box_socket)).shut_down()
    assert box.ran
    assert "could not be entered in the evidence" in caplog.text


def test_a_shutdown_that_fails_is_said_to_whoever_asked(box: Box) -> None:
    box.code = 1
    with pytest.raises(EarmarkError, match="no such unit"):
        BoxPower(ControlClient(box.home.box_socket)).shut_down()


@pytest.mark.usefixtures("recorder")
def test_a_network_reset_opens_the_page_to_every_private_network_and_touches_nothing_else(box: Box) -> None:
    document = {
        "office": {"name": "Rowan"},
        "web": {"bind": "192.0.2.7:9443", "host_names": ["box.example"]},
        "network": {"lan": ["192.0.2.0/24"]},
        "prompts": {"ours": "ours.wav"},
    }
    store = SettingsFile(box.home.settings_file)
    store.replace(document)
    before = load_settings(store)
    BoxPower(ControlClient(box.home.box_socket)).reset_network()
    after = load_settings(store)
    assert after.web.bind == "0.0.0.0:9443"
    assert after.network == Settings().network
    assert (after.web.host_names, after.prompts, after.office) == (before.web.host_names, before.prompts, before.office)
    assert box.ran == [
        ("systemctl", "--no-block", "try-restart", "systemd-networkd.service", "earmark-web.service"),
    ]
    assert box.entered == [("box-act", {"act": "reset-network", "how": "panel"})]


def test_a_page_without_tls_stays_on_this_machine(box: Box) -> None:
    store = SettingsFile(box.home.settings_file)
    store.replace({"web": {"tls": False, "bind": "127.0.0.1:8080"}})
    BoxPower(ControlClient(box.home.box_socket)).reset_network()
    assert load_settings(store).web.bind == "127.0.0.1:8080"


@pytest.mark.parametrize("route", ["POST /power-off", "POST /network-reset"])
def test_nobody_but_the_panel_may_ask(box: Box, route: str) -> None:
    answer = guarded(power_routes(box.home, box.command), lambda token, act: "")[route]
    with pytest.raises(RequestRefused):
        answer(Request("POST", route.partition(" ")[2], STRANGER))
    assert box.ran == []
    assert os.geteuid() != STRANGER.uid
