"""What the papers say of telling people and of card details is what the settings do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.compliance.never_recorded import NeverRecorded
from firmware.core.compliance.office_facts import LineFacts, OfficeFacts
from firmware.core.recording_decision import decision
from webui.compliance.printables import code_rows, printables

LINE = LineFacts("main", tells_called=True)
ON_DEMAND = (decision("on_demand", "line main"),)
FIRST = "You are told so before you are put through, or when we call you."


def paper(name: str, *lines: LineFacts, never: NeverRecorded | None = None) -> str:
    return str(printables(OfficeFacts(lines, never or NeverRecorded()), "Example Ltd")[name].blocks)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (LINE, FIRST),
        (replace(LINE, inbound=ON_DEMAND), "at the latest when a recording starts."),
        (replace(LINE, outbound=ON_DEMAND), "at the latest when a recording starts."),
        (replace(LINE, tells_callers=False), "[Say when and how people are told"),
        (replace(LINE, tells_called=False), "[Say when and how people are told"),
        (LineFacts("copy", speaks=False), "[Say when and how people are told"),
    ],
)
def test_the_website_promises_no_more_than_callers_hear(line: LineFacts, words: str) -> None:
    told = paper("website-wording", line)
    assert words in told
    assert (FIRST in told) == (words == FIRST)


def test_staff_are_told_where_it_is_left_to_them() -> None:
    assert "Callers are told before they are put through" in paper("staff-notice", LINE)
    told = paper("staff-notice", LINE, replace(LINE, name="quiet", tells_callers=False))
    assert "These lines play a notice to callers before they are put through: main" in told
    assert "On these lines not every caller is told; tell them at the start: quiet" in told
    wish = replace(LINE, inbound=ON_DEMAND)
    assert dict(code_rows(OfficeFacts((wish,))))["*44"].endswith("The caller is told.")
    silent = replace(wish, tells_started=False)
    assert dict(code_rows(OfficeFacts((silent,))))["*44"].endswith("Tell the caller where the box does not.")


def test_nobody_is_promised_a_pause_of_calls_that_cannot_be_paused() -> None:
    fixed = replace(LINE, outbound=(decision("always", "rule “sales”"),))
    for name in ("staff-notice", "reference-card"):
        assert "Take no card details on calls that cannot be paused: those of rule “sales”" in paper(name, fixed)
        assert "cannot be paused" not in paper(name, LINE)
    assert "the recording is paused: they are not kept" in paper("website-wording", LINE)
    assert "Please say no card details on the telephone" in paper("website-wording", fixed)


def test_a_telephone_for_private_calls_is_promised_with_its_exception() -> None:
    assert "These telephones are never recorded" in paper("staff-notice", LINE, never=NeverRecorded(("209",)))
    told = paper("staff-notice", LINE, never=NeverRecorded(("209",), but_emergencies=True))
    assert "only emergency calls are recorded there: 209" in told
