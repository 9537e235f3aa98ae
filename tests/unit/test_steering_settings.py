"""Codes and pauses in the settings: what a line makes of them, and how a mistake in them is named."""

from __future__ import annotations

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.lines.composition import line_rules
from firmware.config.line_settings import SipLine
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.call.state import PauseRules
from firmware.core.errors import SettingsError
from firmware.core.feature_code import FeatureCodes
from firmware.core.line import Line

LINE = """\
[[lines]]
name = "main"
kind = "sip"
[lines.sip]
trunks = [{ name = "bt", host = "sip.example.com" }]
office = { host = "192.0.2.1" }
"""


def line_of(more: str = "") -> Line:
    settings = settings_from_toml(LINE + more, "office.toml", PhoneNumbers)
    assert isinstance(settings.lines[0], SipLine)
    return line_rules(settings.lines[0], settings, PhoneNumbers("GB"))


def test_an_office_that_says_nothing_has_the_usual_codes_and_pauses() -> None:
    line = line_of()
    assert line.codes == FeatureCodes("*48", "*49", "*44", "*46", "*47", "*90")
    assert line.pause == PauseRules(look_back_ms=500, reminder_ms=30_000, resume_after_ms=180_000)
    assert line.start_notice == "recording-starts"


def test_codes_pauses_and_the_notice_on_demand_are_settings() -> None:
    line = line_of(
        """
[lines.notice]
on_demand = ""
[codes]
pause = "*1"
told = ""
[pause]
look_back_ms = 900
reminder_s = 0
resume_after_s = 60
[[extensions]]
number = "202"
mode = "never"
"""
    )
    assert line.codes == FeatureCodes(pause="*1", told="")
    assert line.pause == PauseRules(900, 0, 60_000)
    assert line.start_notice == ""
    assert line.extensions == {"202"}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ('[codes]\npause = "48"', "is not a feature code"),
        ('[codes]\npause = "*4"', "begins with the code"),
        ('[codes]\nresume = "*48"', "begins with the code"),
        ("[pause]\nlook_back_ms = 901", "900"),
        ("[pause]\nresume_after_s = -1", "0"),
        ('[codes]\nhalt = "*43"', "halt"),
    ],
)
def test_a_mistake_is_named(wrong: str, word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        line_of("\n" + wrong)


def test_codes_survive_export_and_import() -> None:
    settings = settings_from_toml(LINE + '\n[codes]\npause = "*1"\n', "office.toml", PhoneNumbers)
    again = settings_from_toml(settings_to_toml(settings, reveal=True), "office.toml", PhoneNumbers)
    assert again == settings
