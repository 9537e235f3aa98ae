"""The settings of what callers hear: what is written is what a line does, and mistakes are named by line and key."""

from __future__ import annotations

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.lines.composition import line_rules
from firmware.config.line_settings import SipLine
from firmware.config.prompt_check import prompts_named
from firmware.config.settings_model import Settings
from firmware.config.toml_settings import settings_from_toml, settings_to_toml
from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.call_tones import WarningTone, recorder_warning
from firmware.core.errors import SettingsError
from firmware.core.line import Line
from firmware.core.notice_plan import LineNotices, OptOut, OptOutNotices
from firmware.core.office_hours import Holiday, OpenSpan
from firmware.core.reception import LineReception, OutsideHours

TOML = """\
[hours]
mon = ["09:00-13:00", "14:00-17:30"]
sat = ["22:00-02:00"]

[[hours.holidays]]
date = 2026-12-25
until = "2026-12-28"
name = "Christmas"

[[hours.holidays]]
date = "2026-12-31"
name = "New Year's Eve"
hours = ["09:00-12:00"]

[[lines]]
name = "main"
kind = "sip"
[lines.sip]
trunks = [{ name = "bt", host = "127.0.0.1:5070" }]
office = { host = "127.0.0.1:5080" }

[lines.notice]
greeting = "attendant-greeting"
inbound = "call-recorded-menu"
outbound = "call-recorded-outbound"
opt_out = { key = "9", inbound = "our-notice", wait_s = 2.5, not_for = ["regulated", "fca"] }

[lines.menu]
prompt = "our-menu"
choices = { 1 = "201", "*" = "accounts" }
otherwise = "200"
timeout_s = 4.0
repeats = 1

[lines.outside_hours]
greeting = "closed-hold"
target = "299"
menu = false

[lines.warning_tone]
every_s = 15
level_dbm0 = -24.0
"""


def line_of(settings: Settings) -> Line:
    line = settings.lines[0]
    assert isinstance(line, SipLine)
    return line_rules(line, settings, PhoneNumbers("GB"))


def test_what_is_written_is_what_the_line_does() -> None:
    line = line_of(settings_from_toml(TOML, "x.toml"))
    assert line.notices == LineNotices(
        "call-recorded-menu",
        "call-recorded-outbound",
        OptOutNotices(
            OptOut("9", 2500, "not-recorded"),
            "our-notice",
            "call-recorded-outbound-opt-out",
            frozenset({"regulated", "fca"}),
        ),
    )
    assert line.reception.greeting == "attendant-greeting"
    assert line.reception.menu == AttendantMenu(
        "our-menu", (Choice("1", "201"), Choice("*", "accounts")), "attendant-invalid", 4000, 1, "200"
    )
    assert line.reception.outside == OutsideHours("closed-hold", "299", put_through=True, menu=False)
    assert line.warning_tone == WarningTone(recorder_warning(1400, -24.0), 15_000)


def test_hours_and_holidays_are_read_day_by_day() -> None:
    hours = line_of(settings_from_toml(TOML, "x.toml")).reception.hours
    assert hours is not None
    assert hours.weekly[0] == (OpenSpan(540, 780), OpenSpan(840, 1050))
    assert hours.weekly[5] == (OpenSpan(1320, 120),)
    assert hours.holidays == {
        **{f"2026-12-{day}": Holiday("Christmas") for day in (25, 26, 27, 28)},
        "2026-12-31": Holiday("New Year's Eve", (OpenSpan(540, 720),)),
    }


def test_they_go_out_and_in_unchanged() -> None:
    before = settings_from_toml(TOML, "x.toml")
    assert settings_from_toml(settings_to_toml(before, reveal=True), "x.toml") == before


def test_the_simple_form_of_a_notice_still_means_a_notice_and_nothing_else() -> None:
    simple = TOML[: TOML.index("[lines.notice]")].partition("[[lines]]")
    line = line_of(settings_from_toml(f'[[lines]]{simple[2]}[lines.notice]\ninbound = "call-recorded"\n', "x.toml"))
    assert line.notices == LineNotices("call-recorded")
    assert line.reception == LineReception(outside=OutsideHours())
    assert line.warning_tone is None


def test_every_prompt_that_a_line_may_play_is_known() -> None:
    named = {prompt for _, prompt in prompts_named(settings_from_toml(TOML, "x.toml"))}
    assert named == {
        "attendant-greeting",
        "call-recorded-menu",
        "call-recorded-outbound",
        "recording-starts",
        "our-notice",
        "call-recorded-outbound-opt-out",
        "not-recorded",
        "our-menu",
        "attendant-invalid",
        "closed-hold",
    }


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ('"09:00-13:00"', '"9-13"', 2, "hours.mon[1]: '9-13' is not a time from and a time until"),
        ('sat = ["22:00-02:00"]', 'sat = ["22:00-22:00"]', 3, "begins and ends at the same minute"),
        ("sat =", "saturday =", 3, "there is no setting hours.saturday"),
        ('"2026-12-31"', '"2026-12-27"', 1, "2026-12-27 is in two holidays: 'Christmas' and"),
        ('"2026-12-31"', '"31/12/2026"', 11, "'31/12/2026' is not a date such as 2026-12-25"),
        ('"2026-12-28"', '"2026-12-20"', 5, "must end after it begins"),
        ('key = "9"', 'key = "99"', 26, "'99' is not one telephone key"),
        ('key = "9"', 'key = "1"', 15, "key 1 is both a choice of the menu and the opt-out"),
        ("wait_s = 2.5", "wait_s = 60.0", 26, "opt_out.wait_s"),
        ('prompt = "our-menu"\n', "", 28, "a menu needs both"),
        ('{ 1 = "201", "*" = "accounts" }', "{}", 28, "a menu needs both"),
        ('1 = "201"', '12 = "201"', 30, "'12' is not one telephone key"),
        ('1 = "201"', '1 = "two oh one"', 30, "menu.choices"),
        ("repeats = 1", "repeats = 99", 33, "menu.repeats"),
        ("repeats = 1", "hang_up = true", 28, "cannot both be put through (otherwise) and hung up on"),
        ("menu = false", "hang_up = true", 35, "cannot both be put through (target) and hung up on"),
        ('greeting = "closed-hold"\ntarget = "299"', "hang_up = true", 35, "must be told why"),
        ("every_s = 15", "every_s = 15\npitch_hz = 40", 42, "warning_tone.pitch_hz"),
    ],
)
def test_mistakes_are_named_by_line_and_key(right: str, wrong: str, line: int, words: str) -> None:
    assert right in TOML
    with pytest.raises(SettingsError) as refused:
        settings_from_toml(TOML.replace(right, wrong), "x.toml")
    assert f"x.toml, line {line}: " in refused.value.what
    assert words in refused.value.what


def test_what_to_do_outside_hours_needs_hours() -> None:
    with pytest.raises(SettingsError, match="line 'main' has outside_hours, but without"):
        settings_from_toml(TOML[TOML.index("[[lines]]") :], "x.toml")


def test_holidays_need_an_ordinary_week() -> None:
    with pytest.raises(SettingsError, match="holidays need the hours of an ordinary week"):
        settings_from_toml('[[hours.holidays]]\ndate = 2026-12-25\nname = "Christmas Day"\n', "x.toml")


def test_a_prompt_that_does_not_exist_is_named_by_line_and_key() -> None:
    def why_no_prompt(settings: Settings, prompt: str) -> str:
        return f"There is no notice called {prompt}" if prompt.startswith("our-") else ""

    with pytest.raises(SettingsError) as refused:
        settings_from_toml(TOML, "x.toml", why_no_prompt=why_no_prompt)
    assert refused.value.what.splitlines() == [
        "x.toml, line 26: lines[1].notice.opt_out.inbound: There is no notice called our-notice.",
        "x.toml, line 29: lines[1].menu.prompt: There is no notice called our-menu.",
    ]
