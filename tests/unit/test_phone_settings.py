"""The settings of phones that register with the box, and how one is added by command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.main import cli
from firmware.config.line_settings import SipLine
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.home import Home

SECRET = "correct-horse-battery"
DESK = {"extension": "201", "password": SECRET}


def settings(sip: dict[str, Any], second: dict[str, Any] | None = None) -> Settings:
    lines = [
        {
            "name": name,
            "kind": "sip",
            "sip": {"bind": f"127.0.0.1:{port}", "trunks": [{"name": "bt", "host": "sip.example"}], **each},
        }
        for name, port, each in (("main", 5060, sip), ("other", 5070, second))
        if each is not None
    ]
    return Settings.model_validate_json(json.dumps({"lines": lines}))


@pytest.mark.parametrize(
    ("sip", "why"),
    [
        ({}, "needs an office"),
        ({"phones": [{**DESK, "password": "short"}]}, "is too short"),
        ({"phones": [{**DESK, "extension": "999"}]}, "emergency number"),
        ({"phones": [DESK, DESK]}, "two phones are called '201'"),
        ({"phones": [DESK], "groups": [{"name": "g", "extensions": ["202"]}]}, "no phone has that extension"),
        ({"phones": [DESK], "groups": [{"name": "g", "extensions": ["201"], "numbers": ["112"]}]}, "emergency number"),
        ({"phones": [DESK], "groups": [{"name": "g", "extensions": ["201"], "numbers": ["201"]}]}, "extension"),
        (
            {"phones": [DESK], "groups": [{"name": name, "extensions": ["201"]} for name in ("a", "b")]},
            "two groups name no number",
        ),
        ({"phones": [DESK], "registrar": {"networks": ["anywhere"]}}, "not an IP address or network"),
    ],
)
def test_a_mistake_in_the_phones_is_named(sip: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(sip)


def test_phones_of_two_lines_cannot_sign_in_alike() -> None:
    with pytest.raises(ValidationError, match="two phones are called '201'"):
        settings({"phones": [DESK]}, {"phones": [DESK]})
    settings({"phones": [DESK]}, {"phones": [{**DESK, "user": "201-second"}]})


def test_a_line_of_phones_alone_is_exported_and_taken_back_and_its_passwords_are_never_shown() -> None:
    made = settings({"phones": [DESK]})
    assert settings_from_toml(settings_to_toml(made, reveal=True), "x.toml") == made
    assert SECRET not in settings_to_toml(made, reveal=False) + repr(made)


def test_a_phone_is_added_with_a_password_of_its_own_and_what_to_enter_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    store = SettingsFile(home.settings_file)
    store.replace(settings({"phones": [DESK]}).to_document())
    outcome = CliRunner().invoke(cli, ["--home", str(tmp_path), "phones", "add", "202", "--name", "Sales"])
    assert outcome.exit_code == 0, outcome.output
    (line,) = load_settings(store).lines
    assert isinstance(line, SipLine)
    added = line.sip.phones[-1]
    assert (added.extension, added.name, added.signs_in_as) == ("202", "Sales", "202")
    password = added.password.get_secret_value()
    assert len(password) == 24
    assert f"password  {password}" in outcome.output
    assert "restart lines" in outcome.output
    again = CliRunner().invoke(cli, ["--home", str(tmp_path), "phones", "add", "202"])
    assert again.exit_code != 0
