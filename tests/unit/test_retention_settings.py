"""The settings refuse rules that a regulated class forbids, and classes that nobody has set."""

from __future__ import annotations

import pytest

from firmware.cli.lines.reception import line_notices
from firmware.config.line_settings import SipLine
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.errors import SettingsError
from firmware.core.retention import SIX_YEARS, Period

ADVICE = """
[[retention]]
name = "advice"
years = 5
regulated = true
"""
LINE = """
[[lines]]
name = "main"
kind = "sip"
mode = "{mode}"
[lines.sip]
trunks = [{{ name = "bt", host = "sip.example.com" }}]
office = {{ host = "192.0.2.1" }}
[lines.notice.opt_out]
key = "9"
"""


def refused(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_from_toml(text, "office.toml")
    return str(caught.value)


def rule(**values: str) -> str:
    return ADVICE + '[[rules]]\nname = "Advice"\n' + "".join(f"{name} = {value}\n" for name, value in values.items())


def test_an_office_that_says_nothing_keeps_six_years() -> None:
    assert settings_from_toml("", "office.toml").retention_classes.find("standard") == SIX_YEARS


def test_classes_come_back_as_they_were_exported() -> None:
    settings = settings_from_toml(ADVICE, "office.toml")
    again = settings_from_toml(settings_to_toml(settings, reveal=True), "again.toml")
    advice = again.retention_classes.find("advice")
    assert advice is not None
    assert (advice.period, advice.regulated) == (Period(years=5), True)


def test_a_rule_of_a_class_that_is_not_set_is_refused_with_those_that_are() -> None:
    said = refused(rule(mode='"always"', retention_class='"advise"'))
    assert "office.toml, line " in said
    assert "advise" in said
    assert "there are: advice, standard" in said


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"mode": '"never"'}, "never is not possible"),
        ({"mode": '"on_demand"'}, "on_demand is not possible"),
        ({"mode": '"always"', "share": "0.5"}, "a share of them is not possible"),
    ],
)
def test_a_rule_of_a_regulated_class_records_every_call_from_the_beginning(values: dict[str, str], why: str) -> None:
    said = refused(rule(**values, retention_class='"advice"'))
    assert "rule 'Advice' is of the regulated class 'advice'" in said
    assert why in said


def test_the_same_rule_is_taken_where_the_class_is_not_regulated() -> None:
    settings_from_toml(rule(mode='"never"', retention_class='"standard"'), "office.toml")
    settings_from_toml(rule(mode='"pausable"', retention_class='"advice"'), "office.toml")


@pytest.mark.parametrize("mode", ["never", "on_demand"])
def test_where_the_standard_class_is_regulated_lines_and_extensions_record_everything(mode: str) -> None:
    standard = ADVICE.replace("advice", "standard")
    assert "line 'main' is of the class 'standard', which is regulated" in refused(standard + LINE.format(mode=mode))
    said = refused(standard + f'[[extensions]]\nnumber = "202"\nmode = "{mode}"\n')
    assert "extension '202' is of the class 'standard', which is regulated" in said
    settings_from_toml(standard + LINE.format(mode="always"), "office.toml")


def test_a_class_without_any_time_is_refused_and_so_are_two_of_one_name() -> None:
    assert "keeps nothing" in refused('[[retention]]\nname = "x"\n')
    assert "'advice'" in refused(ADVICE + ADVICE)


def test_no_call_of_a_regulated_class_is_offered_an_opt_out() -> None:
    settings = settings_from_toml(ADVICE + LINE.format(mode="pausable"), "office.toml")
    (line,) = settings.lines
    assert isinstance(line, SipLine)
    offered = line_notices(line.notice, settings.retention_classes.regulated).opting_out
    assert offered is not None
    assert "advice" in offered.not_for
