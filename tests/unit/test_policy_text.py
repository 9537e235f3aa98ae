"""What is told of a call's reception, notices and recording before there is a call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.cli.policy.text import as_json, as_text, explained
from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.barring import Barring
from firmware.core.call_record import Direction, Party
from firmware.core.call_tones import WarningTone, recorder_warning
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import LineNotices, OptOut, OptOutNotices
from firmware.core.office_hours import OfficeHours
from firmware.core.office_phones import OfficePhones, RingGroup
from firmware.core.reception import LineReception, OutsideHours
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy, Rule

NOON = LocalTime(0, 12 * 60, "2026-11-23")
CLOSED = OfficeHours(((),) * 7, {})
POLICY = RecordingPolicy("main", "pausable", extensions={"206": ExtensionMode("never", "206")})
LINE = Line("main", POLICY, LineNotices("told-in", "told-out"), "office", ("bt",), start_notice="starting")


def text_of(line: Line, direction: Direction = "inbound", dialled: str = "202") -> str:
    return as_text(explained(line, CallRequest("", direction, Party("01632960123"), dialled), NOON))


def test_a_notice_with_an_opt_out_is_told_with_its_key() -> None:
    offered = OptOutNotices(OptOut("9"), inbound="say-no-in", outbound="say-no-out")
    line = replace(LINE, notices=replace(LINE.notices, opting_out=offered))
    assert "the caller hears “say-no-in” before being put through, and may press 9" in text_of(line)
    assert "the person called hears “say-no-out” on answering" in text_of(line, "outbound", "01632960124")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule("x", "never"), "none: nothing is recorded."),
        (Rule("x", "on_demand"), "none: nothing is recorded yet; “starting” is heard when it starts."),
        (Rule("x", "always", notice=False), "none: rule “x” has notice = false."),
    ],
)
def test_why_there_is_no_notice_is_told(rule: Rule, why: str) -> None:
    assert f"Notice       {why}" in text_of(replace(LINE, policy=replace(POLICY, rules=(rule,))))


def test_a_line_without_notices_is_said_to_have_none() -> None:
    assert "none: the line has none for inbound calls." in text_of(replace(LINE, notices=LineNotices()))


def test_a_warning_tone_is_told_where_the_call_is_recorded() -> None:
    line = replace(LINE, warning_tone=WarningTone(recorder_warning(1400, -20.0), 15_000))
    assert "Tone         both hear one every 15 seconds while it is recorded." in text_of(line)
    assert "Tone" not in text_of(line, dialled="206")
    assert "Tone" not in text_of(line, "outbound", "999")


def test_a_menu_is_told_with_what_is_done_where_it_leads() -> None:
    menu = AttendantMenu("choices", (Choice("1", "202"), Choice("2", "206")))
    said = text_of(replace(LINE, reception=LineReception("good-day", menu)))
    assert "Greeting     the caller first hears “good-day”." in said
    assert "to 202       recorded; the office can pause and resume it (line main)." in said
    assert "to 206       not recorded, and nobody can start it (extension 206)." in said


def test_outside_office_hours_the_number_that_the_call_goes_to_decides() -> None:
    reception = LineReception(hours=CLOSED, outside=OutsideHours("night", number="206"))
    assert "Decided by   extension 206: never recorded." in text_of(replace(LINE, reception=reception))


def test_a_call_that_is_not_put_through_is_told_to_be_so_and_nothing_else() -> None:
    line = replace(LINE, reception=LineReception(hours=CLOSED, outside=OutsideHours("closed", put_through=False)))
    said = text_of(line)
    assert "The call is  not put through: the caller hears “closed”, and it ends." in said
    assert "Notice" not in said
    found = as_json(explained(line, CallRequest("", "inbound", Party("01632960123"), "202"), NOON))
    assert (found["put_through"], found["outcomes"]) == (False, [])


@pytest.mark.parametrize(
    ("direction", "dialled"), [("inbound", "202"), ("inbound", "206"), ("outbound", "01632960124"), ("outbound", "999")]
)
def test_what_is_told_is_what_a_call_would_meet(direction: Direction, dialled: str) -> None:
    request = CallRequest("c1", direction, Party("01632960123"), dialled)
    plan = LINE.plan(request, NOON, ())
    ((outcome, notice),) = explained(LINE, request, NOON).outcomes
    assert (outcome.decision, notice) == (plan.decision, plan.notice)


def test_where_registered_phones_ring_what_each_would_do_is_told() -> None:
    phones = OfficePhones(("202", "206"), (RingGroup(("202", "206"), frozenset({"600"})),))
    line = replace(LINE, phones=phones, barring=Barring(lambda number: "premium" if number == "0906" else None))
    told = text_of(line, dialled="600")
    assert "at 202       recorded; the office can pause and resume it (line main)." in told
    assert "at 206       not recorded, and nobody can start it (extension 206)." in told
    inside = as_text(explained(line, CallRequest("", "outbound", Party("202"), "206"), NOON))
    assert "none: colleagues are not told by a notice" in inside
    assert "barred for registered phones that may not dial premium numbers" in text_of(line, "outbound", "0906")
    assert "barred" not in text_of(line, "outbound", "999")
