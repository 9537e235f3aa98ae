"""Whoever looks whether the box is well, and falls silent: checks that hang, a front panel whose program has ended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.routes import Request
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.keeper.health import KeeperHealth
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from tests.hand_set_clock import HandSetClock
from tests.integration.recorder_at_work import eventually


class NoEvidence:
    def enter(self, kind: str, subject: object, detail: object = None) -> int:
        raise AssertionError("nothing is to be entered")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.state.mkdir()
    home.smart_reports.mkdir(parents=True)
    SettingsFile(home.settings_file).replace(Settings().to_document())
    return home


def test_checks_that_do_not_come_round_have_the_keeper_end_so_that_it_is_started_anew(home: Home) -> None:
    clock, report = HandSetClock(), home.smart_reports / "sda.json"
    os.mkfifo(report)  # whoever reads it waits
    health = KeeperHealth(home, clock, NoEvidence(), lambda: {"state": "ok"}, lambda: True)
    health.start()
    try:
        clock.now_s += 120
        assert health.failure is None, "a slow machine is no hanging one"
        clock.now_s += 120
        assert isinstance(health.failure, TimeoutError)
    finally:
        report.write_text("{}")
    eventually(lambda: health.failure is None, 20, "the round that came to its end is not seen")
    health.stop()


def test_a_front_panel_that_is_dark_because_its_program_ended_is_found(home: Home) -> None:
    SettingsFile(home.settings_file).replace({"panel": {"kind": "gpio"}})
    listens = [True]
    health = KeeperHealth(home, SystemClock(), NoEvidence(), lambda: {"state": "ok"}, lambda: listens[0])
    findings = health.routes()["GET /findings"]
    asked = Request("GET", "/findings", PeerCredentials(os.getpid(), os.getuid(), os.getgid()))

    def missing() -> dict[str, str]:
        """Programs that are not there, and how bad that is."""
        told = findings(asked)["findings"]
        return {each["subject"]: each["severity"] for each in told if each["check"] == "processes"}

    health.start()
    try:
        eventually(missing, 10, "nobody looks")
        assert "panel" not in missing()
        listens[0] = False
        eventually(lambda: missing().get("panel") == "attention", 20, "nobody is told")
    finally:
        health.stop()
