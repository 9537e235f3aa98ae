"""The health page tells what is wrong and what to do; the help page tells who may do what."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import ControlServer
from firmware.core.access_policy import TABLE, Action, Role, may
from tests.integration.web_office import ADMINISTRATOR, WebOffice
from webui.health.lines_states import line_facts
from webui.health.process_states import ask, recorder_facts
from webui.help.role_table import role_table
from webui.wording import sentence


def test_a_healthy_box_says_so_and_shows_its_room_and_lines(office: WebOffice) -> None:
    text = office.signed_in(ADMINISTRATOR).get("/health").text
    for words in ("Everything is working.", "412.0 GB", "Line main"):
        assert words in text


def test_a_process_that_is_away_is_named_with_what_to_do(office: WebOffice) -> None:
    office.lines.stop()
    text = office.signed_in(ADMINISTRATOR).get("/health").text
    assert "Not answering: Lines." in text
    assert "earmark lines" in text


def test_a_line_s_state_and_registration_are_shown() -> None:
    line = {"name": "main", "state": "degraded", "registered": False, "attention": ["The trunk refuses the password."]}
    facts = dict(line_facts({"lines": [line], "recorder_connected": False, "calls": 2}))
    assert facts["Line main"] == "degraded, not registered"
    assert "unrecorded" in facts["Recorder"]


@pytest.mark.parametrize(
    ("answer", "state", "troubles"),
    [
        ({"state": "recording", "attention": []}, "well", ()),
        ({"state": "fault", "attention": ["The disk is full."]}, "attention", ("The disk is full.",)),
        ({"state": "starting"}, "attention", ("It says of itself: starting.",)),
        (
            {"state": "working", "lines": [{"name": "main", "attention": ["The trunk refuses the password."]}]},
            "attention",
            ("Line main: The trunk refuses the password.",),
        ),
    ],
)
def test_what_a_process_finds_wrong_with_itself_is_shown_word_for_word(
    tmp_path: Path, answer: dict[str, Any], state: str, troubles: tuple[str, ...]
) -> None:
    with ControlServer(tmp_path / "x.sock", {"GET /health": lambda request: answer}):
        found = ask("X", "does something", ControlClient(tmp_path / "x.sock"), lambda told: ())
    assert (found.state, found.troubles) == (state, troubles)


def test_recordings_under_way_are_counted_and_never_named() -> None:
    recordings = [
        {"recording_id": "secret", "sealed_ms": 5, "behind_ms": 900},
        {"recording_id": "b", "behind_ms": 1200},
    ]
    facts = dict(recorder_facts({"recordings": recordings, "free_bytes": 10**9, "lost_samples": 160}))
    assert facts["Recordings under way"] == "2"
    assert facts["Sealed up to"] == "1.2 seconds ago"
    assert facts["Sound lost in these"] == "160 samples"
    assert "secret" not in str(facts)


def test_calls_that_wait_for_the_data_disk_are_counted() -> None:
    assert dict(recorder_facts({"spooled": 2}))["Waiting in the spool"] == "2 calls"
    assert "Waiting in the spool" not in dict(recorder_facts({"spooled": 0}))


def test_the_table_of_roles_shows_every_cell_of_the_policy(office: WebOffice) -> None:
    table = unescape(office.signed_in(ADMINISTRATOR).get("/help/roles").text).partition("<table")[2]
    for action in Action:
        row = table.partition(f'<th scope="row">{sentence(str(action))}<')[2].partition("</tr>")[0]
        assert TABLE[action].meaning in row
        cells = re.findall(r'data-role="([^"]+)">(Yes|No)<', row)
        assert cells == [(role.shown, "Yes" if may(role, action) else "No") for role in Role], action


def test_every_action_stands_in_one_group_of_the_table() -> None:
    rows = [row.name for group in role_table() for row in group.rows]
    assert sorted(rows) == sorted(sentence(str(action)) for action in Action)
    assert len(role_table()) == 7
