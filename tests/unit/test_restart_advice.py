"""After settings were changed, a person is told which processes still work by the old ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware.cli.settings.restart_advice import READERS, processes_to_restart, restart_advice
from firmware.config.settings_model import OfficeSettings, RecorderSettings, Settings, SignInSettings, WebSettings
from firmware.core.home import Home


def line_that_announces(prompt: str) -> Settings:
    sip = {"trunks": [{"name": "bt", "host": "192.0.2.1"}], "office": {"host": "192.0.2.2"}}
    line = {"name": "main", "kind": "sip", "notice": {"inbound": prompt}, "sip": sip}
    return Settings.model_validate_json(json.dumps({"lines": [line]}))


BEFORE = line_that_announces("call-recorded")


def test_every_section_has_its_readers() -> None:
    assert set(READERS) == set(Settings.model_fields)


@pytest.mark.parametrize(
    ("changed", "restarted"),
    [
        ({"office": OfficeSettings(name="Another")}, ("opener", "keeper", "lines", "web")),
        (
            {"sign_in": SignInSettings(idle_minutes=7), "recorder": RecorderSettings(workers=1)},
            ("recorder", "opener"),
        ),
        ({"web": WebSettings(bind="127.0.0.1:8081", tls=False)}, ("web",)),
    ],
)
def test_only_those_that_read_what_was_changed_are_named(changed: dict[str, Any], restarted: tuple[str, ...]) -> None:
    assert processes_to_restart(BEFORE, BEFORE.model_copy(update=changed)) == restarted


def test_a_line_that_is_to_announce_something_else_needs_its_process_restarted() -> None:
    assert processes_to_restart(BEFORE, line_that_announces("another")) == ("lines",)


def test_where_the_old_settings_cannot_be_read_all_are_named() -> None:
    assert processes_to_restart(None, BEFORE) == ("recorder", "opener", "keeper", "lines", "web", "panel")
    without_lines = ("recorder", "opener", "keeper", "web", "panel")
    assert processes_to_restart(None, Settings()) == without_lines


def test_on_the_box_the_command_is_given_and_the_price_of_restarting_lines_is_told() -> None:
    said = restart_advice(Home(Path("/var/lib/earmark")), ("lines", "web"))
    assert "not in effect yet: restart lines and web." in said
    assert "systemctl restart earmark-lines earmark-web" in said
    assert "ends the calls that go on" in said


def test_nothing_is_said_of_calls_where_they_go_on(tmp_path: Path) -> None:
    said = restart_advice(Home(tmp_path), ("web",))
    assert "systemctl" not in said
    assert "calls" not in said


def office_with(*lines: object) -> Settings:
    return Settings.model_validate_json(json.dumps({"lines": lines}))


def test_a_line_that_was_changed_ends_no_calls_on_lines_of_another_kind() -> None:
    sip = {"trunks": [{"name": "bt", "host": "192.0.2.1"}], "office": {"host": "192.0.2.2"}}
    through = {"name": "main", "kind": "sip", "sip": sip}
    copies = {"name": "copies", "kind": "siprec", "siprec": {"clients": ["192.0.2.9"]}}
    both = office_with(through, copies)
    other = office_with(through, copies | {"mode": "always"})
    assert processes_to_restart(both, other) == ("lines-siprec",)
    assert processes_to_restart(office_with(through), both) == ("lines-siprec",)
    assert processes_to_restart(both, both.model_copy(update={"office": OfficeSettings(name="Another")})) == (
        *("opener", "keeper", "lines", "lines-siprec"),
        "web",
    )
    assert "a part is not recorded" in restart_advice(Home(Path("/var/lib/earmark")), ("lines-siprec",))
