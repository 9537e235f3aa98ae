"""What a line decides about a new call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.core.call.effects import Target
from firmware.core.call_record import Direction, Party
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import LocalTime, TimeOfWeek
from firmware.core.notice_plan import LineNotices
from firmware.core.party_number import UNAVAILABLE, WITHHELD
from firmware.core.reception import PLAIN
from firmware.core.recording_decision import decision
from firmware.core.recording_policy import RecordingPolicy, Rule

LINE = Line("main", RecordingPolicy("main", "always"), LineNotices("in", "out"), "office", ("bt", "backup"), "9")
CALLER = Party("01632960123")
NOON = LocalTime(0, 12 * 60, "2026-11-23")


def request(direction: Direction, dialled: str | None) -> CallRequest:
    return CallRequest("c1", direction, CALLER, dialled)


def test_an_inbound_call_goes_to_the_office_with_its_notice() -> None:
    plan = LINE.plan(request("inbound", "01632960001"), NOON, LINE.trunks)
    assert plan.targets == (Target("office", "01632960001"),)
    assert plan.notice is not None
    assert (plan.far_party, plan.office_party) == (CALLER, Party("01632960001"))


def test_a_line_says_how_long_its_calls_ring() -> None:
    assert replace(LINE, no_answer_ms=30_000).plan(request("inbound", "1"), NOON, LINE.trunks).no_answer_ms == 30_000
    assert LINE.plan(request("inbound", "1"), NOON, LINE.trunks).no_answer_ms > 180_000


def test_an_outbound_call_goes_by_every_trunk_in_order() -> None:
    plan = LINE.plan(request("outbound", "01632960001"), NOON, LINE.trunks)
    assert plan.targets == (Target("bt", "01632960001"), Target("backup", "01632960001"))
    assert plan.far_party == Party("01632960001")


def test_a_trunk_that_lost_its_registration_is_tried_last_not_never() -> None:
    plan = LINE.plan(request("outbound", "01632960001"), NOON, {"backup"})
    assert [target.peer for target in plan.targets] == ["backup", "bt"]


def test_a_trunk_with_several_servers_is_tried_at_each_before_the_next_trunk() -> None:
    plan = LINE.plan(request("outbound", "1"), NOON, LINE.trunks, {"bt": ("a:5060", "b:5060")})
    assert [(target.peer, target.server) for target in plan.targets] == [
        ("bt", "a:5060"),
        ("bt", "b:5060"),
        ("backup", ""),
    ]


@pytest.mark.parametrize("dialled", ["999", "9999", "112", "9112", "18000", "918000"])
def test_an_emergency_call_has_no_notice_and_is_sent_without_the_prefix(dialled: str) -> None:
    plan = LINE.plan(request("outbound", dialled), NOON, set())
    assert plan.emergency
    assert plan.notice is None
    assert {target.number for target in plan.targets} <= {"999", "112", "18000"}
    assert len(plan.targets) == 2


def test_a_caller_who_dials_in_with_an_emergency_number_is_an_ordinary_caller() -> None:
    assert not LINE.plan(request("inbound", "999"), NOON, LINE.trunks).emergency


def test_a_call_to_nobody_goes_nowhere() -> None:
    plan = LINE.plan(request("inbound", None), NOON, LINE.trunks)
    assert plan.targets == ()
    assert plan.office_party.presentation == "unavailable"


def test_the_plan_says_which_rule_decided() -> None:
    assert LINE.plan(request("inbound", "1"), NOON, ()).decision.decided_by == "line main: always recorded"


def test_the_facts_of_an_inbound_call() -> None:
    facts = LINE.facts(request("inbound", "202"), NOON)
    assert (facts.line, facts.direction, facts.local, facts.call_id) == ("main", "inbound", NOON, "c1")
    assert (facts.extension, facts.far_number, facts.far_presentation) == ("202", "01632960123", "available")


def test_the_facts_of_an_outbound_call() -> None:
    facts = LINE.facts(CallRequest("c1", "outbound", Party("202"), "01632 960123"), NOON)
    assert (facts.extension, facts.far_number, facts.emergency) == ("202", "01632960123", False)


@pytest.mark.parametrize("caller", [WITHHELD, UNAVAILABLE])
def test_a_caller_without_a_number_stays_without_one(caller: Party) -> None:
    facts = LINE.facts(CallRequest("c1", "inbound", caller, "202"), NOON)
    assert (facts.far_number, facts.far_presentation) == (None, caller.presentation)


def test_a_party_that_is_nobody_is_unavailable_to_rules() -> None:
    assert LINE.facts(request("outbound", None), NOON).far_presentation == "unavailable"
    nobody = LINE.facts(CallRequest("c1", "inbound", Party(None), None), NOON)
    assert (nobody.far_presentation, nobody.extension) == ("unavailable", None)


def test_rules_know_numbers_in_one_form_and_without_the_outside_prefix() -> None:
    line = replace(
        LINE, number_form=lambda number, outside_prefix="": f"{number} without {outside_prefix or 'nothing'}"
    )
    outbound = line.facts(CallRequest("c1", "outbound", Party("202"), "901632960123"), NOON)
    assert (outbound.extension, outbound.far_number) == ("202 without nothing", "901632960123 without 9")
    inbound = line.facts(request("inbound", "9202"), NOON)
    assert (inbound.extension, inbound.far_number) == ("9202 without nothing", "01632960123 without nothing")


def test_a_rule_decides_about_the_call_of_its_hour() -> None:
    night = Rule("night", "never", when=TimeOfWeek(frozenset(), 22 * 60, 6 * 60))
    line = replace(LINE, policy=RecordingPolicy("main", "always", (night,)))
    assert line.plan(request("inbound", "202"), NOON, ()).decision.record
    midnight = replace(NOON, minute=0)
    assert line.plan(request("inbound", "202"), midnight, ()).decision.decided_by == "rule “night”: never recorded"


@pytest.mark.parametrize("dialled", ["999", "01632960001"])
def test_no_decision_can_have_a_notice_played_in_an_emergency_call(dialled: str) -> None:
    facts = LINE.facts(request("outbound", dialled), NOON)
    notice = LINE.notice(decision("always", "whoever", notice=True), PLAIN, facts)
    assert (notice is None) == facts.emergency == (dialled == "999")


def test_rules_neither_delay_nor_announce_an_emergency_call() -> None:
    told = Rule("told", "always", notice=True)
    line = replace(LINE, policy=RecordingPolicy("main", "never", (told,), emergency_mode="always"))
    plan = line.plan(CallRequest("c1", "outbound", Party("202"), "9999"), NOON, ())
    assert (plan.notice, plan.decision.decided_by) == (None, "emergency calls: always recorded")
