"""What settings say of how the office does what the law asks, read from them as they are kept."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.demo.office import demo_settings
from firmware.config.settings_model import Settings
from firmware.core.compliance.notice_prompts import notice_prompts
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.feature_code import FeatureCodes
from firmware.ports.numbering import number_pattern

SIP: dict[str, Any] = {"trunks": [{"name": "t", "host": "sip.example"}], "office": {"host": "192.0.2.1"}}
WIRES: dict[str, Any] = {"name": "wires", "kind": "analogue", "analogue": {"device": "hw:1"}}
SIPREC: dict[str, Any] = {"clients": ["192.0.2.9"]}


def of(**given: Any) -> OfficeFacts:
    """Through the model, as settings are kept; what is left out is the same in both."""
    kept = Settings.model_validate_json(json.dumps(given)).to_document()
    numbers = partial(number_pattern, numbering=PhoneNumbers("GB"))
    found = OfficeFacts.of(kept, numbers)
    assert OfficeFacts.of(given, numbers) == found
    return found


def test_settings_that_say_nothing_read_as_the_model_reads_them() -> None:
    assert OfficeFacts.of({}) == of() == OfficeFacts()
    assert OfficeFacts.of(demo_settings().to_document()).recorded_lines


def test_each_line_says_who_is_told_how() -> None:
    lines = [
        {"name": "main", "kind": "sip", "sip": SIP, "notice": {"inbound": "", "outbound": "call-recorded-outbound"}},
        {"name": "tone", "kind": "sip", "sip": SIP, "warning_tone": {"every_s": 15}, "mode": "never"},
        {"name": "copy", "kind": "siprec", "siprec": SIPREC, "notice_given_by": "the PBX"},
        {"name": "wish", "kind": "sip", "sip": SIP, "mode": "on_demand", "notice": {"on_demand": ""}},
    ]
    main, tone, copy, wish = of(lines=lines).lines
    assert (main.callers_hear_no_notice, main.callers_told, main.called_told) == (True, False, True)
    assert (tone.records_callers, tone.records_called, tone.called_told) == (False, False, True)
    assert (copy.callers_told, copy.callers_told_first, copy.called_told) == (True, False, True)
    assert (wish.callers_hear_no_notice, wish.callers_hear_no_start, wish.called_told) == (False, True, False)
    assert [line.name for line in of(lines=lines).recorded_lines] == ["main", "copy", "wish"]


def test_an_extension_s_own_mode_counts_on_a_line_that_records_nothing_itself() -> None:
    lines = [{"name": "main", "kind": "sip", "sip": SIP, "mode": "never"}, {**WIRES, "mode": "never"}]
    found = of(lines=lines, extensions=[{"number": "201", "mode": "always", "notice": False}])
    assert [line.name for line in found.recorded_lines] == ["main"], "two wires do not tell which phone talks"
    assert (found.lines[0].untold_callers, found.unpausable) == (("extension 201",), ("extension 201",))


def test_callers_whose_recording_starts_on_demand_are_told_then_and_not_before() -> None:
    lines = [{"name": "main", "kind": "sip", "sip": SIP}]
    (line,) = of(lines=lines, rules=[{"name": "sales", "mode": "on_demand", "extensions": ["201"]}]).lines
    assert (line.callers_told, line.callers_told_first) == (True, False)


@pytest.mark.parametrize(
    ("rule", "phones"),
    [
        ({"extensions": ["209"]}, ("208", "209")),
        ({"extensions": ["209"], "days": ["mon"]}, ("208",)),
        ({"extensions": ["209"], "from": "18:00", "until": "19:00"}, ("208",)),
        ({"extensions": ["209"], "direction": "inbound"}, ("208",)),
        ({"extensions": ["209"], "numbers": ["01632 960123"]}, ("208",)),
    ],
)
def test_a_private_telephone_is_one_of_which_no_call_is_ever_recorded(rule: dict[str, Any], phones: Any) -> None:
    never = {"name": "never", "mode": "never", **rule}
    found = of(extensions=[{"number": "208", "mode": "never"}, {"number": "201", "mode": "always"}], rules=[never])
    assert (found.unrecorded, found.never.overruled) == (phones, ())


def test_a_rule_that_is_asked_first_overrules_an_extension_and_an_exempt_number() -> None:
    sales = {"name": "sales", "mode": "always", "numbers": ["01632*"]}
    union = {"name": "union", "mode": "never", "numbers": ["+44 1632 960123", "0845 123 4567"]}
    private = [{"number": "209", "mode": "never"}]
    found = of(rules=[sales, union], extensions=private).never
    assert (found.phones, found.overruled) == ((), ("209",))
    assert (found.numbers, found.numbers_overruled) == (1, 1)
    found = of(rules=[union], extensions=private).never
    assert (found.phones, found.numbers, found.numbers_overruled) == (("209",), 2, 0)


def test_lines_that_do_not_know_the_phones_are_named_where_they_record() -> None:
    private = [{"number": "209", "mode": "never"}]
    assert of(lines=[WIRES], extensions=private).never.blind_lines == ("wires",)
    assert of(lines=[{**WIRES, "mode": "never"}], extensions=private).never.blind_lines == ()
    own = {**WIRES, "analogue": {"device": "hw:1", "number": "209"}}
    assert of(lines=[own], extensions=private).never.blind_lines == (), "the private phone's own wires"


def test_an_emergency_call_from_a_private_telephone_may_be_recorded_all_the_same() -> None:
    line = {"name": "main", "kind": "sip", "sip": SIP}
    by_rule = [{"name": "private", "mode": "never", "extensions": ["209"]}]
    assert of(lines=[line], rules=by_rule).never.but_emergencies, "no rule is asked about it"
    private = [{"number": "209", "mode": "never"}]
    assert not of(lines=[line], extensions=private).never.but_emergencies
    assert of(lines=[{**line, "emergency_mode": "always"}], extensions=private).never.but_emergencies


def test_rules_that_tell_nobody_or_let_nobody_pause_are_named() -> None:
    rules = [
        {"name": "not at all", "mode": "never", "notice": False, "numbers": ["01632 960123"]},
        {"name": "quiet", "mode": "pausable", "notice": False, "direction": "inbound", "days": ["mon"]},
        {"name": "fixed", "mode": "always"},
        {"name": "never asked", "mode": "pausable", "notice": False},
    ]
    found = of(lines=[{"name": "main", "kind": "sip", "sip": SIP}], rules=rules)
    assert (found.lines[0].untold_callers, found.unpausable) == (("rule “quiet”",), ("rule “fixed”",))


def test_prompts_that_tell_of_recording_are_known_from_greetings() -> None:
    lines = [
        {"name": "main", "kind": "sip", "sip": SIP, "notice": {"greeting": "hello", "inbound": "ours"}},
        {"name": "out", "kind": "sip", "sip": SIP, "notice": {"on_demand": "", "opt_out": {"key": "9"}}},
    ]
    kept = Settings.model_validate_json(json.dumps({"lines": lines})).to_document()
    asked = {"ours", "recording-starts", "call-recorded", "call-recorded-opt-out", "reminder"}
    assert notice_prompts(kept) == notice_prompts({"lines": lines}) == asked


def test_what_a_newer_version_kept_is_passed_over() -> None:
    assert OfficeFacts.of({"codes": {"pause": "*58", "sing": "*99"}, "choir": {}}).codes == FeatureCodes(pause="*58")


def test_codes_classes_and_places_of_copies_are_the_office_s_own() -> None:
    found = of(
        codes={"pause": "*58"},
        pause={"resume_after_s": 60},
        retention=[{"name": "deals", "years": 5, "regulated": True}],
        archive={"remote": {"type": "s3"}},
        backup={"remote": {"type": "sftp"}},
        sign_in={"second_factor": "offered"},
    )
    assert (found.codes, found.resume_after_s) == (FeatureCodes(pause="*58"), 60)
    assert [each.name for each in found.classes] == ["standard", "deals"]
    assert (found.storage, found.second_factor_required) == (("s3", "sftp"), False)
