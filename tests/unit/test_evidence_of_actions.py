"""Whatever is asked of a call, and what became of it, is evidence: once, and without a name in the line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from firmware.core.call_record import Asker, How
from firmware.core.errors import ActionRefused
from firmware.core.events import (
    ActionRequested,
    KeyPressed,
    MediaReady,
)
from firmware.core.evidence_chain import ChainEnd
from firmware.core.feature_code import KeyWay
from tests.unit.controlled_office import OTHER, PAGE, Office


def _told(entered: list[tuple[str, Mapping[str, str], Mapping[str, Any]]]) -> list[tuple[str, str, str]]:
    return [(kind, subject.get("call", "none"), subject["how"]) for kind, subject, _ in entered]


@pytest.mark.parametrize("way", ["event", "info", "audible"])
def test_each_code_keyed_in_a_call_is_evidence(way: KeyWay) -> None:
    office = Office("on_demand")
    office.call_in()
    for code in ("*44", "*48", "*49", "*46", "*47", "*49"):
        office.clock.now_s += 5
        office.happens("c1", *(KeyPressed(1, key, 80, way) for key in code))
    assert _told(office.entered) == [
        ("call-recording-asked", "c1", "code"),
        ("call-paused", "c1", "code"),
        ("call-resumed", "c1", "code"),
        ("call-reminder-played", "c1", "code"),
        ("call-told-by-staff", "c1", "code"),
        ("call-resumed", "c1", "code"),
    ]
    assert all(detail == {"how": "code", "who": "201", "way": way} for _, _, detail in office.entered)
    assert {subject["recording"] for _, subject, _ in office.entered} == {office.view()["recording_id"]}


@pytest.mark.parametrize("how", ["page", "desk", "api", "panel"])
def test_what_is_asked_from_outside_the_call_is_evidence_once_and_names_nobody_in_the_line(how: How) -> None:
    office = Office()
    office.call_in()
    who = Asker(how, "Ann 07700 900123")
    office.asked(lambda: office.control.ask("c1", "pause", who))
    office.asked(lambda: office.control.ask("c1", "resume", who))
    office.asked(lambda: office.control.ask_extension("201", "pause", who))
    assert _told(office.entered) == [(kind, "c1", how) for kind in ("call-paused", "call-resumed", "call-paused")]
    for number, (kind, subject, detail) in enumerate(office.entered):
        assert detail == {"how": how, "who": "Ann 07700 900123"}
        line, _ = ChainEnd(number).follow(datetime(2026, 3, 1, tzinfo=UTC), kind, subject)
        assert "Ann" not in line
        assert "201" not in line


def test_a_code_dialled_while_the_caller_is_on_hold_is_evidence_also_when_it_is_refused() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", MediaReady(1, held=True))
    office.dial("*48")
    office.dial("*44", call_id="code2")
    office.dial("*48", OTHER, "code3")
    assert _told(office.entered) == [
        ("call-paused", "c1", "code"),
        ("call-recording-asked", "c1", "code"),
        ("call-action-refused", "none", "code"),
    ]
    assert office.entered[0][2]["way"] == "call"


def test_a_pause_that_ends_by_itself_is_evidence_with_its_time() -> None:
    office = Office()
    office.call_in()
    office.happens("c1", ActionRequested("pause", PAGE))
    office.clock.now_s += 200
    office.supervisor.turn()
    assert _told(office.entered) == [("call-paused", "c1", "page"), ("call-resumed", "c1", "automatic")]
    assert office.entered[1][1]["at"] > office.entered[0][1]["at"]


def test_a_recording_that_could_not_be_started_is_refused_in_the_evidence() -> None:
    office = Office("on_demand", ring_fails=True)
    office.call_in()
    with pytest.raises(ActionRefused):
        office.asked(lambda: office.control.ask("c1", "start", PAGE))
    assert _told(office.entered) == [("call-action-refused", "c1", "page")]
