"""Which processes hold or hear calls: as the settings name them, followed without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.main import cli
from firmware.config.lines_instances import instances_named
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.core.lines_instance import LINES_INSTANCES, LinesInstance, process_name


def lines(*kinds: str) -> dict[str, object]:
    return {"lines": [{"kind": kind} for kind in kinds]}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (lines("sip", "generator"), ("sip",)),
        (lines("siprec"), ("siprec",)),
        (lines("analogue", "sip", "sip"), ("sip", "analogue")),
        (lines("analogue") | {"smdr": [{}]}, ("analogue", "smdr")),
        ({}, ("sip",)),
    ],
)
def test_there_is_a_process_for_each_kind_of_line_and_for_nothing_else(
    document: dict[str, object], named: tuple[LinesInstance, ...]
) -> None:
    assert instances_named(document) == named


def test_no_two_share_a_name_or_a_socket(tmp_path: Path) -> None:
    assert len({process_name(each) for each in LINES_INSTANCES}) == len(LINES_INSTANCES)
    assert len({Home(tmp_path).lines_socket_of(each) for each in LINES_INSTANCES}) == len(LINES_INSTANCES)
    assert Home(tmp_path).lines_socket_of("sip") == Home(tmp_path).lines_socket


def test_who_follows_the_settings_sees_each_change_and_keeps_what_was_known_of_a_file_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    named = NamedInstances(home.settings_file)
    assert named() == ("sip",)
    store = SettingsFile(home.settings_file)
    store.replace(lines("siprec"))
    assert named() == ("siprec",)
    store.replace(lines("siprec", "analogue"))
    assert named() == ("siprec", "analogue")
    home.settings_file.write_text("{")
    assert named() == ("siprec", "analogue")
    home.settings_file.unlink()
    assert named() == ("siprec", "analogue")


def test_the_command_says_whether_a_process_is_needed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    SettingsFile(home.settings_file).replace(Settings().to_document())

    def needed(*only: str) -> int:
        return CliRunner().invoke(cli, ["--home", str(tmp_path), "lines", *only, "--needed"]).exit_code

    assert needed() == 0
    assert needed("--only", "siprec") == 1
