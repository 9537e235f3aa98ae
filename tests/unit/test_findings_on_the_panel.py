"""Which of the box's findings the keeper tells the front panel: those that it hears from nobody else."""

from __future__ import annotations

import pytest

from firmware.cli.keeper.health import as_the_panel_hears_it, for_the_panel, is_fault_on_the_light
from firmware.core.health_check import Finding, Fix, known_as
from firmware.core.process_health import judge_processes

FIX = Fix("Look.")


@pytest.mark.parametrize(
    ("away", "told"), [("opener", True), ("box", True), ("recorder", False), ("lines", False), ("lines-siprec", False)]
)
def test_the_panel_hears_lines_and_recorder_itself_and_of_the_others_by_the_keeper(away: str, told: bool) -> None:
    (finding,) = judge_processes({"keeper": {"state": "ok"}, away: None})
    assert for_the_panel(finding) is told
    assert (finding.severity == "fault") is not told, "calls are held and recorded without the others"


def test_a_page_whose_certificate_cannot_be_seen_is_told_and_a_note_is_not() -> None:
    assert for_the_panel(Finding("certificate", "attention", "The page does not answer.", FIX))
    assert not for_the_panel(Finding("backup", "note", "There is none yet.", FIX))


def test_what_somebody_knows_of_a_line_is_what_the_panel_hears_of_it() -> None:
    words = "The modem does not answer. Look at its cable."
    line = {"name": "desk", "state": "degraded", "attention": [words]}
    (finding,) = judge_processes({"lines-analogue": {"state": "degraded", "lines": [line]}})
    assert as_the_panel_hears_it(finding.what) == known_as(words, "desk")


def test_the_light_s_fault_is_about_calls_and_not_about_the_page() -> None:
    assert is_fault_on_the_light(Finding("disk", "fault", "The data disk is full.", FIX))
    assert not is_fault_on_the_light(Finding("disk", "attention", "The data disk is 91% full.", FIX))
    assert not is_fault_on_the_light(Finding("certificate", "fault", "The page's certificate has ended.", FIX))
    assert not is_fault_on_the_light(Finding("backup", "fault", "The newest backup is 8 days old.", FIX))
