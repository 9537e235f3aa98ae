"""What a line decides about receiving a caller: by the hour, by the menu, and by whom the call may reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.call.effects import Target
from firmware.core.call_record import Direction, Party
from firmware.core.call_tones import WarningTone, recorder_warning
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import LineNotices, NoticePlan, OptOut, OptOutNotices
from firmware.core.number_pattern import NumberPattern
from firmware.core.office_hours import OfficeHours, OpenSpan
from firmware.core.reception import PLAIN, LineReception, OutsideHours
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy, Rule

MENU = AttendantMenu("attendant-choices", (Choice("1", "201"), Choice("5", "205")), otherwise="210")
HOURS = OfficeHours(((OpenSpan.parse("09:00-17:30"),),) * 5 + ((), ()))
OPTING_OUT = OptOutNotices(OptOut("9", 3000, "not-recorded"), inbound="in-9", outbound="out-9")
NOON = LocalTime(0, 12 * 60, "2026-11-23")
NIGHT = LocalTime(0, 22 * 60, "2026-11-23")
LINE = Line(
    "main",
    RecordingPolicy("main", "always", extensions={"205": ExtensionMode("never", "205")}),
    LineNotices("in", "out", OPTING_OUT),
    "office",
    ("bt",),
    reception=LineReception("welcome", MENU, HOURS, OutsideHours("closed-hold", "299", menu=False)),
    warning_tone=WarningTone(recorder_warning(1400, -20), 15_000),
)


def request(direction: Direction = "inbound", dialled: str = "200") -> CallRequest:
    return CallRequest("c1", direction, Party("01632960123"), dialled)


def test_in_office_hours_a_caller_meets_greeting_notice_and_menu() -> None:
    plan = LINE.plan(request(), NOON, ())
    assert (plan.reception.greeting, plan.reception.menu) == ("welcome", MENU)
    assert plan.targets == (Target("office", "200"),)
    assert plan.receives


def test_outside_hours_another_greeting_is_heard_and_another_phone_rings() -> None:
    plan = LINE.plan(request(), NIGHT, ())
    assert (plan.reception.greeting, plan.reception.menu) == ("closed-hold", None)
    assert plan.targets == (Target("office", "299"),)
    assert plan.office_party == Party("299")


def test_outside_hours_the_menu_is_offered_where_the_office_wants_it() -> None:
    line = replace(LINE, reception=replace(LINE.reception, outside=OutsideHours("closed-hold")))
    assert line.plan(request(), NIGHT, ()).reception.menu == MENU
    ended = replace(LINE, reception=replace(LINE.reception, outside=OutsideHours("closed", put_through=False)))
    assert ended.plan(request(), NIGHT, ()).reception.menu is None


def test_without_office_hours_the_office_is_always_open() -> None:
    for reception in (replace(LINE.reception, hours=None), replace(LINE.reception, outside=None)):
        assert replace(LINE, reception=reception).plan(request(), NIGHT, ()).reception.greeting == "welcome"


def test_each_choice_is_recorded_by_the_rules_of_the_phone_that_it_reaches() -> None:
    decisions = LINE.plan(request(), NOON, ()).reception.decisions
    assert {number: decision.record for number, decision in decisions.items()} == {
        "201": True,
        "205": False,
        "210": True,
    }


def test_outside_hours_the_rules_of_the_phone_that_rings_then_hold() -> None:
    line = replace(LINE, reception=replace(LINE.reception, outside=OutsideHours("closed-hold", "205", menu=False)))
    plan = line.plan(request(), NIGHT, ())
    assert not plan.decision.record
    assert plan.notice is None


def test_a_caller_who_may_be_recorded_in_the_end_is_told_at_the_beginning() -> None:
    plan = LINE.plan(request(dialled="205"), NOON, ())
    assert not plan.decision.record
    assert plan.notice == NoticePlan("in-9", "far_party", "before_put_through", OPTING_OUT.opt_out)


def test_a_caller_whom_no_choice_leads_to_a_recorded_phone_is_told_nothing() -> None:
    never = RecordingPolicy("main", "never")
    assert replace(LINE, policy=never).plan(request(), NOON, ()).notice is None


@pytest.mark.parametrize(
    ("direction", "prompt", "moment"),
    [("inbound", "in-9", "before_put_through"), ("outbound", "out-9", "on_answer")],
)
def test_whoever_hears_the_notice_may_say_no_where_the_office_offers_it(
    direction: Direction, prompt: str, moment: str
) -> None:
    notice = LINE.plan(request(direction, "01632960999"), NOON, ()).notice
    assert notice is not None
    assert (notice.prompt, notice.moment, notice.opt_out) == (prompt, moment, OPTING_OUT.opt_out)


def test_a_direction_without_a_prompt_that_offers_an_opt_out_has_the_plain_notice() -> None:
    notices = replace(LINE.notices, opting_out=replace(OPTING_OUT, outbound=""))
    notice = replace(LINE, notices=notices).plan(request("outbound", "01632960999"), NOON, ()).notice
    assert notice == NoticePlan("out", "far_party", "on_answer")


def test_a_direction_without_a_notice_has_no_opt_out_either() -> None:
    line = replace(LINE, notices=replace(LINE.notices, outbound=""))
    assert line.plan(request("outbound", "01632960999"), NOON, ()).notice is None


@pytest.mark.parametrize("regulated", ["200", "201"])
def test_nobody_is_offered_what_a_regulated_call_forbids(regulated: str) -> None:
    rule = Rule(name="advice", mode="always", retention_class="regulated", extensions=(NumberPattern(regulated),))
    policy = replace(LINE.policy, rules=(rule,))
    notice = replace(LINE, policy=policy).plan(request(), NOON, ()).notice
    assert notice == NoticePlan("in", "far_party", "before_put_through")


def test_a_rule_that_wants_no_notice_has_none() -> None:
    rule = Rule(name="friends", mode="always", notice=False)
    line = replace(LINE, policy=RecordingPolicy("main", "always", (rule,)), reception=LineReception())
    plan = line.plan(request(), NOON, ())
    assert plan.notice is None
    assert not plan.receives


def test_who_calls_out_is_not_received() -> None:
    assert LINE.plan(request("outbound", "01632960999"), NIGHT, ()).reception is PLAIN


@pytest.mark.parametrize("dialled", ["999", "112", "18000"])
def test_an_emergency_call_has_no_reception_notice_or_warning_tone(dialled: str) -> None:
    plan = LINE.plan(request("outbound", dialled), NIGHT, ())
    assert plan.emergency
    assert (plan.reception, plan.notice, plan.warning_tone, plan.receives) == (PLAIN, None, None, False)
    assert LINE.plan(request("outbound", "01632960999"), NIGHT, ()).warning_tone == LINE.warning_tone
