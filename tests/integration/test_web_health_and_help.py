"""The health page tells what is wrong and what to do; the help page tells who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.core.access_policy import Action, Role, may
from tests.integration.web_office import ADMINISTRATOR, WebOffice, web_office
from webui.health.process_states import line_facts, recorder_facts


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path) as made:
        yield made


def test_a_healthy_box_says_so_and_shows_its_room_and_lines(office: WebOffice) -> None:
    text = office.signed_in(ADMINISTRATOR).get("/health").text
    for words in ("Everything is working.", "412.0 GB", "Line main"):
        assert words in text


def test_a_process_that_is_away_is_named_with_what_to_do(office: WebOffice) -> None:
    office.lines.stop()
    text = office.signed_in(ADMINISTRATOR).get("/health").text
    assert "Not answering: Lines." in text
    assert "earmark lines" in text


def test_a_worried_line_says_what_a_person_should_do() -> None:
    line = {"name": "main", "state": "degraded", "registered": False, "attention": ["The trunk refuses the password."]}
    facts = dict(line_facts({"lines": [line], "recorder_connected": False, "calls": 2}))
    assert facts["Line main"] == "degraded, not registered; The trunk refuses the password."
    assert "unrecorded" in facts["Recorder"]


def test_recordings_under_way_are_counted_and_never_named() -> None:
    recordings = [
        {"recording_id": "secret", "sealed_ms": 5, "behind_ms": 900},
        {"recording_id": "b", "behind_ms": 1200},
    ]
    facts = dict(recorder_facts({"recordings": recordings, "free_bytes": 10**9, "lost_samples": 160}))
    assert facts["Recordings under way"] == "2"
    assert facts["Sealed up to"] == "1.2 seconds ago"
    assert facts["Sound lost since start"] == "160 samples"
    assert "secret" not in str(facts)


def test_the_help_page_shows_every_cell_of_the_table_of_roles(office: WebOffice) -> None:
    text = office.signed_in(ADMINISTRATOR).get("/help").text
    table = text.partition("<tbody>")[2].partition("</tbody>")[0]
    for action in Action:
        row = table.partition(f'<th scope="row">{str(action).capitalize()}</th>')[2].partition("</tr>")[0]
        cells = [part.partition("<")[0] for part in row.split('">')[1:]]
        assert cells == ["Yes" if may(role, action) else "No" for role in Role]
