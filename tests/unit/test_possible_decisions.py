"""What is said to be possible of many calls at once holds whatever is decided of each of them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.lines.policy import recording_policy
from firmware.config.settings_model import Settings
from firmware.core.call_record import Direction
from firmware.core.compliance.kept_policy import kept_lines
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.compliance.possible_decisions import Calls, possible_decisions
from firmware.core.local_time import LocalTime
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_decision import CallFacts
from firmware.ports.numbering import number_pattern

NUMBERING = PhoneNumbers("GB")
PHONES = ("201", "202", "209", "2001")
OUTSIDE = ("01632 960123", "+44 1632 960124", "0845 123 4567")
SIP = {"trunks": [{"name": "t", "host": "sip.example"}], "office": {"host": "192.0.2.1"}}
ARE_MODES = st.sampled_from(("always", "pausable", "on_demand", "never"))


def pattern_of(typed: str) -> NumberPattern:
    return number_pattern(typed, NUMBERING)


def some(*of: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), max_size=2, unique=True)


HOURS: tuple[dict[str, Any], ...] = (
    {},
    {"days": ["mon"]},
    {"from": "09:00", "until": "17:30"},
    {"from": "22:00", "until": "06:00"},
)
ARE_RULES = st.builds(
    lambda kept, hours: {**kept, **hours},
    st.fixed_dictionaries(
        {
            "mode": ARE_MODES,
            "direction": st.sampled_from(("any", "any", "inbound", "outbound")),
            "lines": st.sampled_from(([], [], ["main"], ["wires"], ["main", "wires"])),
            "extensions": some(*PHONES, "20*", "2*"),
            "numbers": some(*OUTSIDE, "01632*", "+44*", "0845*"),
            "presentation": st.sampled_from(("any", "any", "any", "available")),
            "share": st.sampled_from((1.0, 1.0, 1.0, 0.5, 0.0)),
            "notice": st.booleans(),
        }
    ),
    st.sampled_from(HOURS),
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Settings of a line that knows the office's phones, and of one that knows its own number at most."""
    rules = draw(st.lists(ARE_RULES, min_size=1, max_size=4))
    phones = draw(some(*PHONES))
    card = {"device": "hw:1", "number": draw(st.sampled_from(("", "201", "01632960200")))}
    return {
        "lines": [
            {"name": "main", "kind": "sip", "sip": SIP, "mode": draw(ARE_MODES)},
            {"name": "wires", "kind": "analogue", "analogue": card, "mode": draw(ARE_MODES)},
        ],
        "rules": [{**rule, "name": f"rule {at}"} for at, rule in enumerate(rules)],
        "extensions": [{"number": each, "mode": draw(ARE_MODES), "notice": draw(st.booleans())} for each in phones],
    }


@st.composite
def calls(draw: st.DrawFn, line: str, own: str | None) -> CallFacts:
    """``own``: the number of a line that knows no other of its own side; None of one that does."""
    phone = own if own is not None else draw(st.sampled_from((*PHONES, "")))
    far = draw(st.sampled_from((*OUTSIDE, "")))
    directions: tuple[Direction, ...] = ("inbound", "outbound")
    return CallFacts(
        line=line,
        direction=draw(st.sampled_from(directions)),
        local=LocalTime(draw(st.integers(0, 6)), draw(st.integers(0, 1439)), "2026-11-23"),
        extension=NUMBERING.normalise(phone) if phone else None,
        far_number=NUMBERING.normalise(far) if far else None,
        far_presentation="available" if far else draw(st.sampled_from(("withheld", "unavailable"))),
        call_id=draw(st.sampled_from(("a", "b", "c"))),
    )


def among(number: str | None) -> st.SearchStrategy[NumberPattern | None]:
    """Numbers of which this is one."""
    if number is None:
        return st.none()
    starts = st.integers(1, len(number)).map(lambda digits: NumberPattern(number[:digits], prefix=True))
    return st.one_of(st.none(), st.just(NumberPattern(number)), starts)


@given(st.data())
def test_whatever_is_decided_of_a_call_was_said_to_be_possible(data: st.DataObject) -> None:
    document = data.draw(documents())
    office = Settings.model_validate_json(json.dumps(document))
    facts = OfficeFacts.of(office.to_document(), pattern_of)
    for line, said in zip(office.lines, facts.lines, strict=True):
        policy = recording_policy(line, office, NUMBERING)
        own = document["lines"][1]["analogue"]["number"] if line.name == "wires" else None
        call = data.draw(calls(line.name, own))
        decided = policy.decide(call)
        assert decided in (said.inbound if call.direction == "inbound" else said.outbound)
        if line.name == "main":
            never = [pattern_of(each) for each in facts.never.phones]
            if call.extension and any(each.matches(call.extension) for each in never):
                assert decided.mode == "never"
        elif line.name not in facts.never.blind_lines:
            assert decided.mode == "never"


@settings(max_examples=500)
@given(st.data())
def test_nothing_is_left_out_of_an_extension_and_a_number(data: st.DataObject) -> None:
    document = data.draw(documents())
    policy = kept_lines(document, pattern_of)[0].policy
    call = data.draw(calls("main", None))
    asked = Calls(call.direction, data.draw(among(call.extension)), data.draw(among(call.far_number)))
    assert policy.decide(call) in possible_decisions(policy, asked)


@given(documents())
def test_settings_are_read_as_the_lines_read_them(document: dict[str, Any]) -> None:
    office = Settings.model_validate_json(json.dumps(document))
    kept = kept_lines(office.to_document(), pattern_of)
    assert [each.policy for each in kept] == [recording_policy(each, office, NUMBERING) for each in office.lines]
