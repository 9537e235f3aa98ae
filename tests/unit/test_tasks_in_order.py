"""The order of the list of what is to be done, and what comes next in a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from firmware.core.case_clock import CaseKind, Wait
from firmware.core.data_case import CaseCall, WhoseCalls
from webui.cases.case_desk import ShownCase, ShownPaper
from webui.tasks.case_steps import next_step
from webui.tasks.task import Task, by_due_day, how_late

TODAY = date(2026, 11, 22)
CASE = ShownCase(
    "c", "SAR-1", CaseKind.SUBJECT_ACCESS, "Jo", "all", TODAY, True, None, (), False, "", WhoseCalls(), "dora",
    None, "", None, "open", "waits", 0, (),
)  # fmt: skip
BUNDLE = ShownPaper("p", "bundle", "copy.zip", datetime(2026, 11, 22, tzinfo=UTC), "dora", "0" * 64, 1)


def task(what: str, days: int | None) -> Task:
    return Task("Case", what, "", "Look", "/", None if days is None else TODAY + timedelta(days=days))


def test_what_is_overdue_comes_first_then_day_by_day_and_at_last_what_has_no_day() -> None:
    days = by_due_day(
        [task("never", None), task("soon", 3), task("late", -1), task("now", 0), task("later", -9)], TODAY
    )
    assert [(day.heading.partition(",")[0], [each.what for each in day.tasks]) for day in days] == [
        ("Overdue", ["later", "late"]),
        ("Today", ["now"]),
        ("Wednesday 25 November", ["soon"]),
        ("No day is named", ["never"]),
    ]
    assert [day.late for day in days] == [True, False, False, False]
    assert by_due_day([], TODAY) == []


def test_how_late_something_is_reads_as_people_say_it() -> None:
    said = [how_late(TODAY - timedelta(days=days), TODAY) for days in (-1, 0, 1, 2)]
    assert said == ["", "", "1 day overdue", "2 days overdue"]


def test_each_stand_of_a_case_has_a_next_step() -> None:
    proved = replace(CASE, proved_on=TODAY)
    found, taken = CaseCall("1" * 32), CaseCall("2" * 32, "included")
    stands = [
        (CASE, "Note the proof"),
        (replace(proved, waits=(Wait(TODAY),)), "Note the answer"),
        (proved, "Find calls"),
        (replace(proved, calls=(found, taken)), "Decide on calls"),
        (replace(proved, calls=(taken,)), "Make the copy"),
        (replace(proved, calls=(taken,), papers=(BUNDLE,)), "Close"),
        (replace(proved, calls=(taken,), kind=CaseKind.ERASURE), "Erase"),
        (replace(proved, calls=(taken,), kind=CaseKind.RESTRICTION), "Restrict"),
        (replace(proved, calls=(taken,), kind=CaseKind.OBJECTION), "Answer"),
        (replace(proved, kind=CaseKind.COMPLAINT), "Answer"),
    ]
    for case, step in stands:
        what, said = next_step(case)
        assert said == step
        assert "Jo" in what or case.calls == (found, taken)
    assert next_step(replace(proved, calls=(found, found)))[0] == "Look through 2 calls found for Jo"
