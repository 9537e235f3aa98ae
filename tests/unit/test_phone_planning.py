"""Which phones ring for a call, whose wish about recording counts, and what a phone may not dial."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.barring import Barring, DearKind
from firmware.core.call import CallPlan
from firmware.core.call_record import Party
from firmware.core.leg import Target
from firmware.core.line import CallRequest, Line
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import LineNotices
from firmware.core.office_phones import NOT_REGISTERED, OfficePhones, RingGroup
from firmware.core.phone_planning import barred, transfer_targets, with_phones
from firmware.core.reception import LineReception
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy

NUMBERS = PhoneNumbers("GB")
NOON = LocalTime(0, 12 * 60, "2026-11-23")
SALES = RingGroup(("201", "202"), frozenset({"+441632960001", "600"}))
POLICY = RecordingPolicy(
    "main", "pausable", extensions={"204": ExtensionMode("never", "204"), "205": ExtensionMode("always", "205")}
)
LINE = Line(
    "main",
    POLICY,
    LineNotices("in", "out"),
    "office",
    ("bt",),
    "9",
    number_form=NUMBERS.normalise,
    phones=OfficePhones(("201", "202", "204", "205"), (SALES,)),
    barring=Barring(NUMBERS.dear_kind),
    outside_number=lambda dialled: NUMBERS.outside_number(dialled, "9"),
)
HERE = {"201": ("desk", "soft"), "202": ("two",), "204": ("hr",), "205": ("five",)}


def planned(request: CallRequest, line: Line = LINE, here: dict[str, tuple[str, ...]] | None = None) -> CallPlan:
    return with_phones(line, line.plan(request, NOON, line.trunks), request, NOON, HERE if here is None else here)


def incoming(number: str, line: Line = LINE, here: dict[str, tuple[str, ...]] | None = None) -> CallPlan:
    return planned(CallRequest("c1", "inbound", Party("07700900123"), number), line, here)


def dialled(number: str, by: str = "201", line: Line = LINE) -> CallPlan:
    return planned(CallRequest("c1", "outbound", Party(by), number, allowed=frozenset()), line)


def phones_of(plan: CallPlan) -> list[str]:
    return [target.phone for target in plan.targets]


def test_a_group_rings_every_phone_of_its_extensions_at_once() -> None:
    plan = incoming("01632960001")
    assert phones_of(plan) == ["desk", "soft", "two"]
    assert [target.beside for target in plan.targets] == [False, True, True]


def test_a_group_in_turn_rings_one_extension_after_the_other() -> None:
    in_turn = replace(LINE, phones=OfficePhones(("201", "202"), (replace(SALES, turn_ms=15_000),)))
    plan = incoming("01632960001", in_turn)
    assert [(target.phone, target.beside) for target in plan.targets] == [
        ("desk", False),
        ("soft", True),
        ("two", False),
    ]
    assert {target.ring_ms for target in plan.targets} == {15_000}


def test_a_number_nobody_thought_of_rings_everybody_or_the_group_without_numbers() -> None:
    assert phones_of(incoming("01632960999")) == ["desk", "soft", "two", "hr", "five"]
    assert LINE.phones is not None
    front = replace(LINE.phones, groups=(SALES, RingGroup(("202",))))
    assert phones_of(incoming("01632960999", replace(LINE, phones=front))) == ["two"]


def test_beside_an_exchange_only_what_is_a_phones_rings_phones() -> None:
    assert LINE.phones is not None
    both = replace(LINE, phones=replace(LINE.phones, exchange=True), extensions=frozenset({"301"}))
    assert phones_of(incoming("201", both)) == ["desk", "soft"]
    assert incoming("01632960999", both).targets == (Target("office", "01632960999"),)
    assert dialled("301", line=both).targets == (Target("office", "301"),)


def test_phones_that_are_not_there_are_left_out_as_long_as_another_is() -> None:
    assert phones_of(incoming("01632960001", here={"202": ("two",)})) == ["two"]
    assert phones_of(incoming("201", here={})) == [NOT_REGISTERED]


def test_extensions_call_each_other_without_a_trunk_and_without_a_notice() -> None:
    plan = dialled("202")
    assert plan.targets == (Target("office", "202", phone="two"),)
    assert (plan.direction, plan.office_party, plan.far_party) == ("outbound", Party("201"), Party("202"))
    assert plan.notice is None
    assert phones_of(dialled("600")) == ["desk", "soft", "two"]


@pytest.mark.parametrize(
    ("by", "to", "mode"),
    [("201", "202", "pausable"), ("201", "204", "never"), ("204", "201", "never"), ("201", "205", "always")],
)
def test_a_call_inside_is_recorded_as_the_extension_with_a_wish_of_its_own_has_it(by: str, to: str, mode: str) -> None:
    assert dialled(to, by).decision.mode == mode


def test_of_two_wishes_the_one_that_records_less_counts() -> None:
    assert dialled("205", "204").decision.mode == "never"


def test_a_call_to_an_extension_that_is_never_recorded_is_told_nothing() -> None:
    never = replace(LINE, phones=OfficePhones(("204",), (RingGroup(("204",), frozenset({"+441632960009"})),)))
    plan = incoming("01632960009", never)
    assert plan.decision.mode == "never"
    assert plan.notice is None


def test_in_a_group_whoever_answers_decides_and_the_caller_is_told_if_anybody_records() -> None:
    mixed = replace(LINE, phones=OfficePhones(("201", "204"), (RingGroup(("204", "201"), frozenset({"600"})),)))
    plan = incoming("600", mixed)
    assert {extension: each.mode for extension, each in plan.phone_decisions.items()} == {
        "204": "never",
        "201": "pausable",
    }
    assert plan.notice is not None


def test_a_menu_leads_to_phones() -> None:
    menu = LineReception(menu=AttendantMenu("menu", (Choice("1", "202"), Choice("2", "600"))))
    plan = incoming("01632960001", replace(LINE, reception=menu))
    assert plan.reception.targets["202"] == (Target("office", "202", phone="two"),)
    assert [target.phone for target in plan.reception.targets["600"]] == ["desk", "soft", "two"]


def test_what_a_phone_dials_for_an_outside_line_does_not_go_to_the_trunk() -> None:
    assert dialled("901632960123").targets == (Target("bt", "01632960123"),)
    assert dialled("01632960123").targets == (Target("bt", "01632960123"),)


@pytest.mark.parametrize(
    "number",
    [
        *("09066660123", "9 0906 666 0123", "118500", "08712001234", "07012345678", "14109066660123", "+33140000000"),
        *("09066660123#", "0033140000000#", "*67*09066660123", "*6709066660123", "128009066660123", "189909066660123"),
        *("9,09066660123", "0,033140000000", "w0033140000000", "004400449066660123"),
    ],
)
def test_dear_numbers_are_barred_unless_allowed(number: str) -> None:
    request = CallRequest("c1", "outbound", Party("201"), number.replace(" ", ""), allowed=frozenset())
    kind = barred(LINE, request)
    assert kind in ("premium", "international")
    dear: frozenset[DearKind] = frozenset({"premium", "international"})
    assert not barred(LINE, replace(request, allowed=dear))
    assert not barred(replace(LINE, barring=Barring(NUMBERS.dear_kind, dear)), request)
    assert not barred(LINE, replace(request, allowed=None)), "an exchange bars by itself"


@pytest.mark.parametrize(
    "number", ["999", "9999", "112", "18000", "202", "600", "01632960123", "*31*07700900123", "0800123456", "101"]
)
def test_what_is_not_dear_is_not_barred_and_an_emergency_call_never(number: str) -> None:
    assert not barred(LINE, CallRequest("c1", "outbound", Party("201"), number, allowed=frozenset()))


def test_an_emergency_call_of_a_phone_goes_to_every_trunk_as_ever() -> None:
    plan = dialled("9999")
    assert plan.emergency
    assert plan.targets == (Target("bt", "999"),)


def test_a_transfer_goes_to_phones_or_out_but_not_to_a_dear_number() -> None:
    def to(number: str) -> tuple[Target, ...]:
        return transfer_targets(LINE, number, True, LINE.trunks, {}, HERE)

    assert [target.phone for target in to("201")] == ["desk", "soft"]
    assert to("901632960123") == (Target("bt", "01632960123"),)
    assert to("09066660123") == ()
    assert to("999") == (Target("bt", "999"),)
