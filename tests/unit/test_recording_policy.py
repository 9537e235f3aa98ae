"""Which calls are recorded, who is told, and that the record says why."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call_record import Direction, Presentation
from firmware.core.local_time import LocalTime, TimeOfWeek
from firmware.core.notice_plan import LineNotices, NoticePlan, plan_notice
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_policy import (
    CallFacts,
    Decision,
    ExtensionMode,
    Outcome,
    RecordingMode,
    RecordingPolicy,
    Rule,
)
from firmware.core.recording_rule import drawn

DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
NOTICES = LineNotices(inbound="call-recorded", outbound="call-recorded-outbound")
RECORDED = Decision(True, "always", "line main: always recorded")
NOT_RECORDED = Decision(False, "never", "line main: never recorded")


NOON = LocalTime(0, 12 * 60, "2026-11-23")


def facts(direction: Direction = "inbound", *, emergency: bool = False) -> CallFacts:
    return CallFacts("main", direction, NOON, emergency)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_that_always_records_says_so(direction: Direction) -> None:
    assert RecordingPolicy("main", "always").decide(facts(direction)) == RECORDED


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_set_to_never_records_nothing(direction: Direction) -> None:
    policy = RecordingPolicy("main", "never")
    assert policy.decide(facts(direction)) == NOT_RECORDED
    assert not policy.decide(facts(direction, emergency=True)).record


def test_callers_are_told_before_they_are_put_through() -> None:
    plan = plan_notice("inbound", NOTICES, RECORDED, emergency=False)
    assert plan == NoticePlan("call-recorded", "far_party", "before_put_through")


def test_people_called_are_told_when_they_answer() -> None:
    plan = plan_notice("outbound", NOTICES, RECORDED, emergency=False)
    assert plan == NoticePlan("call-recorded-outbound", "far_party", "on_answer")


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_no_notice_delays_an_emergency_call(direction: Direction) -> None:
    assert plan_notice(direction, NOTICES, RECORDED, emergency=True) is None


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_nobody_is_told_of_a_recording_that_is_not_made(direction: Direction) -> None:
    assert plan_notice(direction, NOTICES, NOT_RECORDED, emergency=False) is None


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_line_without_notices_plays_none(direction: Direction) -> None:
    assert plan_notice(direction, LineNotices(), RECORDED, emergency=False) is None


# -- rules ------------------------------------------------------------------------------------------------------------

NUMBERS = st.sampled_from(["+441632960123", "+441632960205", "+33140000000", "202", "205", "206"])
PATTERNS = st.lists(
    st.builds(NumberPattern, NUMBERS)
    | st.builds(NumberPattern, st.sampled_from(["+44", "+4416", "20"]), st.just(True)),
    max_size=2,
).map(tuple)
MODES: st.SearchStrategy[RecordingMode] = st.sampled_from(get_args(RecordingMode))
SPANS = st.builds(TimeOfWeek, st.frozensets(st.integers(0, 6)), st.integers(0, 1439), st.integers(0, 1440))
RULES = st.builds(
    Rule,
    name=st.text(max_size=5),
    mode=MODES,
    direction=st.none() | st.sampled_from(DIRECTIONS),
    lines=st.frozensets(st.sampled_from(["main", "other"])),
    extensions=PATTERNS,
    numbers=PATTERNS,
    presentation=st.none() | st.sampled_from(get_args(Presentation)),
    when=st.none() | SPANS,
    share=st.sampled_from([1.0, 1.0, 0.5, 0.0]),
    notice=st.booleans(),
)
POLICIES = st.builds(
    RecordingPolicy,
    line=st.just("main"),
    mode=MODES,
    rules=st.lists(RULES, max_size=5).map(tuple),
    extensions=st.dictionaries(NUMBERS, st.builds(ExtensionMode, MODES, NUMBERS), max_size=2),
    emergency_mode=st.none() | MODES,
)


@st.composite
def any_call(draw: st.DrawFn, emergency: bool | None = False) -> CallFacts:
    presentation = draw(st.sampled_from(get_args(Presentation)))
    return CallFacts(
        line=draw(st.sampled_from(["main", "other"])),
        direction=draw(st.sampled_from(DIRECTIONS)),
        local=draw(st.builds(LocalTime, st.integers(0, 6), st.integers(0, 1439), st.just("2026-11-23"))),
        emergency=draw(st.booleans()) if emergency is None else emergency,
        extension=draw(st.none() | NUMBERS),
        far_number=draw(NUMBERS) if presentation == "available" else None,
        far_presentation=presentation,
        call_id=draw(st.uuids().map(str)),
    )


def applies(rule: Rule, call: CallFacts) -> bool:
    return rule.consider(call)[0] == "applies"


@given(POLICIES, any_call())
def test_the_first_rule_that_applies_decides(policy: RecordingPolicy, call: CallFacts) -> None:
    first = next((rule for rule in policy.rules if applies(rule, call)), None)
    own = policy.extensions.get(call.extension or "")
    decision = policy.decide(call)
    if first is not None:
        assert decision == first.decision
    elif own is not None:
        assert decision == own.decision
    else:
        assert (decision.mode, decision.decided_by.split(":")[0]) == (policy.mode, "line main")


@given(POLICIES, any_call(emergency=None))
def test_a_policy_always_decides_and_says_by_what(policy: RecordingPolicy, call: CallFacts) -> None:
    decision = policy.decide(call)
    assert decision.record == (decision.mode in ("always", "pausable"))
    assert decision.decided_by
    assert decision == policy.decide(call)


@given(POLICIES, any_call(emergency=None))
def test_what_is_explained_is_what_is_decided(policy: RecordingPolicy, call: CallFacts) -> None:
    steps = policy.explain(call)
    applied = [step for step in steps if step.applied]
    assert [step.rule for step in applied] == [policy.decide(call).decided_by]
    after = steps[steps.index(applied[0]) + 1 :]
    assert all(step.verdict == "not asked" for step in after)
    assert all(step.why for step in steps)
    assert policy.outcomes(call) == (Outcome(1.0, policy.decide(call)),)


@given(POLICIES, any_call(), st.integers(0, 4))
def test_what_comes_after_the_rule_that_decides_does_not_matter(
    policy: RecordingPolicy, call: CallFacts, index: int
) -> None:
    rules = policy.rules[:index]
    if any(applies(rule, call) for rule in rules):
        assert replace(policy, rules=rules).decide(call) == policy.decide(call)


@given(POLICIES, any_call(), st.integers(0, 4))
def test_a_rule_that_does_not_apply_may_as_well_not_be_there(
    policy: RecordingPolicy, call: CallFacts, index: int
) -> None:
    if index < len(policy.rules) and not applies(policy.rules[index], call):
        without = replace(policy, rules=policy.rules[:index] + policy.rules[index + 1 :])
        assert without.decide(call) == policy.decide(call)


@given(POLICIES, any_call())
def test_a_rule_for_every_call_in_front_decides_them_all(policy: RecordingPolicy, call: CallFacts) -> None:
    front = Rule("front", "never")
    decision = replace(policy, rules=(front, *policy.rules)).decide(call)
    assert decision == Decision(False, "never", "rule “front”: never recorded")


@given(POLICIES, any_call())
def test_where_a_never_rule_applies_first_nothing_starts_by_itself(policy: RecordingPolicy, call: CallFacts) -> None:
    first = next((rule for rule in policy.rules if applies(rule, call)), None)
    if first is not None and first.mode in ("never", "on_demand"):
        assert not policy.decide(call).record


@given(POLICIES, any_call(emergency=True), st.lists(RULES, max_size=3).map(tuple))
def test_no_rule_is_asked_about_an_emergency_call(
    policy: RecordingPolicy, call: CallFacts, others: tuple[Rule, ...]
) -> None:
    decision = policy.decide(call)
    assert decision == replace(policy, rules=others).decide(call)
    assert decision.decided_by.startswith("emergency calls")
    assert not decision.notice
    own = policy.extensions.get(call.extension or "")
    assert decision.mode == (policy.emergency_mode or (own.mode if own else policy.mode))


@given(any_call())
def test_no_rule_about_numbers_applies_to_a_number_that_is_not_shown(call: CallFacts) -> None:
    rule = Rule("all", "always", numbers=(NumberPattern("", prefix=True),))
    assert applies(rule, call) == (call.far_presentation == "available")


# -- chance -----------------------------------------------------------------------------------------------------------


@given(st.text(max_size=5), st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_the_same_call_is_drawn_alike_and_a_larger_share_only_adds_calls(
    rule: str, call_id: str, one: float, other: float
) -> None:
    smaller, larger = sorted((one, other))
    assert drawn(rule, call_id, smaller) == drawn(rule, call_id, smaller)
    assert drawn(rule, call_id, larger) or not drawn(rule, call_id, smaller)
    assert drawn(rule, call_id, 1.0)
    assert not drawn(rule, call_id, 0.0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5, 0.9])
def test_over_many_calls_the_share_drawn_is_near_the_share_asked_for(share: float) -> None:
    calls = 20_000
    taken = sum(drawn("sample", f"call {number}", share) for number in range(calls))
    assert abs(taken / calls - share) < 4 * (share * (1 - share) / calls) ** 0.5


def test_rules_draw_independently_of_each_other() -> None:
    by_first = [number for number in range(20_000) if drawn("first", f"{number}", 0.5)]
    by_both = sum(drawn("second", f"{number}", 0.5) for number in by_first)
    assert abs(by_both / len(by_first) - 0.5) < 0.02


def test_a_call_that_is_not_drawn_goes_on_to_the_next_rule() -> None:
    policy = RecordingPolicy("main", "never", (Rule("sample", "always", share=0.5), Rule("rest", "on_demand")))
    decided = {policy.decide(replace(facts(), call_id=f"{number}")).decided_by for number in range(50)}
    assert decided == {"rule “sample”: always recorded", "rule “rest”: recorded only once started by the office"}


def test_what_chance_may_do_to_a_call_that_is_only_thought_of() -> None:
    rules = (Rule("some", "always", share=0.2), Rule("half", "on_demand", share=0.5), Rule("none", "never", share=0.0))
    policy = RecordingPolicy("main", "pausable", rules)
    outcomes = [(round(outcome.share, 6), outcome.decision.mode) for outcome in policy.outcomes(facts())]
    assert outcomes == [(0.2, "always"), (0.4, "on_demand"), (0.4, "pausable")]
    assert [step.verdict for step in policy.explain(facts())] == [
        "does not apply",
        "chance",
        "chance",
        "does not apply",
        "applies",
    ]


@given(POLICIES, any_call(emergency=None))
def test_everything_that_may_happen_makes_up_the_whole(policy: RecordingPolicy, call: CallFacts) -> None:
    outcomes = policy.outcomes(replace(call, call_id=None))
    assert sum(outcome.share for outcome in outcomes) == pytest.approx(1)
    assert policy.decide(call) in [outcome.decision for outcome in outcomes]


# -- words ------------------------------------------------------------------------------------------------------------

CALL = CallFacts("main", "inbound", NOON, False, "202", "+441632960123", "available", "c1")
HR = NumberPattern("+441632960205", shown="01632 960205")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule("x", "never"), "it is for every call"),
        (Rule("x", "never", "inbound"), "it is an inbound call"),
        (Rule("x", "never", "outbound"), "it is an inbound call, and the rule is for outbound calls"),
        (Rule("x", "never", lines=frozenset({"b", "a"})), "it is on line main, not on a or b"),
        (Rule("x", "never", numbers=(HR,)), "the caller's number, +441632960123, is not 01632 960205"),
        (Rule("x", "never", numbers=(HR,) * 4), "the caller's number, +441632960123, is not any of the rule's 4"),
        (
            Rule("x", "never", numbers=(NumberPattern("+441632", True, "01632*"),)),
            "the caller's number, +441632960123, is one that begins with 01632",
        ),
        (Rule("x", "never", extensions=(NumberPattern("202"),)), "the extension, 202, is 202"),
        (
            Rule("x", "never", presentation="withheld"),
            "the caller's number is shown, and the rule is for one that is withheld",
        ),
        (Rule("x", "never", when=TimeOfWeek(frozenset({0}))), "it is Monday 12:00, within Monday"),
        (
            Rule("x", "never", "outbound", when=TimeOfWeek(frozenset({1}), 540, 1020)),
            "it is an inbound call, and the rule is for outbound calls; "
            "it is Monday 12:00, outside Tuesday, 09:00 to 17:00",
        ),
    ],
)
def test_a_rule_says_why_it_does_or_does_not_apply(rule: Rule, why: str) -> None:
    assert rule.consider(CALL)[1] == why


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("always", "line main: always recorded"),
        ("pausable", "line main: recorded, with pause and resume"),
        ("on_demand", "line main: recorded only once started by the office"),
        ("never", "line main: never recorded"),
    ],
)
def test_every_mode_has_its_words(mode: RecordingMode, words: str) -> None:
    assert RecordingPolicy("main", mode).decide(CALL).decided_by == words
