"""Which processes hold or hear calls: as the settings name them, followed without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.adapters.settings.named_instances import NamedInstances
from firmware.adapters.settings.needed import main
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.config.lines_instances import instances_named
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
        ({}, ()),
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


@pytest.mark.parametrize(
    ("settings", "needed"),
    [
        ({}, set()),
        (lines("sip", "siprec"), {"lines", "lines-siprec"}),
        ({"smdr": [{}], "panel": {"kind": "gpio"}}, {"lines-smdr", "panel"}),
        ({"panel": {"kind": "none"}}, set()),
    ],
)
def test_systemd_is_told_which_processes_are_needed(
    settings: dict[str, object], needed: set[str], tmp_path: Path
) -> None:
    home = Home(tmp_path)
    home.state.mkdir()
    SettingsFile(home.settings_file).replace(settings)
    asked = (*map(process_name, LINES_INSTANCES), "panel")
    assert {process for process in asked if main(process, str(tmp_path)) == 0} == needed


def test_a_process_whose_settings_cannot_be_read_starts_and_says_so(tmp_path: Path) -> None:
    assert main("lines", str(tmp_path)) == 0
