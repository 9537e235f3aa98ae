"""The process that does what needs root is asked how it is, where there is one."""

from __future__ import annotations

from pathlib import Path

from firmware.adapters.control.server import ControlServer
from firmware.adapters.settings.named_instances import NamedInstances
from firmware.cli.box.command import all_routes
from firmware.cli.box.routes import guarded
from firmware.cli.disk.composition import disk_door
from firmware.cli.health.checks import process_answers
from firmware.core.home import Home
from firmware.core.process_health import judge_processes


def test_it_is_missed_on_a_box_and_never_in_a_clone(tmp_path: Path) -> None:
    home = Home(tmp_path / "var")
    named = NamedInstances(home.settings_file)

    def wrong() -> list[str]:
        answers = {**process_answers(home, named), "recorder": {"state": "ok"}}
        return [each.subject for each in judge_processes(answers) if each.subject == "box"]

    assert wrong() == []
    home.box_socket.parent.mkdir(parents=True)
    assert wrong() == ["box"]
    with ControlServer(home.box_socket, guarded(all_routes(home, disk_door(home)), lambda token, act: "")):
        assert wrong() == []
