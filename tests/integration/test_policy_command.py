"""``earmark policy explain``: what would happen to a call, for a person and for a program."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.policy.command import policy
from firmware.config.toml_settings import settings_from_toml
from firmware.core.errors import LineError
from firmware.core.home import Home

PAGE = (Path(__file__).parents[2] / "firmware" / "core" / "recording-policy.md").read_text()
OFFICE = settings_from_toml(PAGE.split("```toml\n")[1].split("```")[0], "the page's office", PhoneNumbers)
MONDAY = ("--at", "2026-11-23 09:30")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "var")
    made.settings_file.parent.mkdir(parents=True)
    SettingsFile(made.settings_file).replace(OFFICE.to_document())
    return made


def asked(home: Home, calling: str, dialled: str, *more: str) -> Result:
    return CliRunner().invoke(policy, ["explain", "--from", calling, "--to", dialled, *more], obj=home)


def told(home: Home, calling: str, dialled: str, *more: str) -> str:
    result = asked(home, calling, dialled, *more)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_program(home: Home, calling: str, dialled: str, *more: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(told(home, calling, dialled, *more, "--json"))
    return answer


def test_the_rule_that_decides_is_told_with_what_happens_and_the_notice(home: Home) -> None:
    said = told(home, "01632 960123", "312", *MONDAY, "--line", "main")
    assert said.startswith("Inbound call from 01632 960123 to 312, Monday 23 November 2026 at 09:30.")
    assert "The call is  recorded from beginning to end; nobody can pause it." in said
    assert "Decided by   rule “Claims, by law”: always recorded." in said
    assert "Notice       the caller hears “call-recorded” before being put through." in said
    assert "Kept as      claims." in said


def test_every_rule_is_named_in_order_with_why_it_did_or_did_not_apply(home: Home) -> None:
    said = told(home, "01632 960123", "312", *MONDAY, "--line", "main")
    places = [said.index(f". rule “{rule.name}”") for rule in OFFICE.rules]
    assert places == sorted(places)
    assert "Does not apply: the caller's number, +441632960123, is not 01632 960205" in said
    assert "→  4. rule “Claims, by law”: always recorded\n        Applies: it is on line main; the extension" in said
    assert "rule “Lunch”: recorded only once started by the office (not asked)" in said


def test_an_emergency_call_is_told_to_be_held_up_by_nothing(home: Home) -> None:
    said = told(home, "206", "9999", "--line", "main")
    assert said.startswith("Outbound call from 206 to 9999")
    assert "none: an emergency call is never held up or spoken over." in said


def test_what_is_left_to_chance_is_told_with_both_ends(home: Home) -> None:
    said = told(home, "202", "01632 960123", "--at", "2026-11-28 10:00", "--line", "main")
    assert "Of such calls, 25 in 100, as chance has it:" in said
    assert "Of such calls, 75 in 100, as chance has it:" in said
    assert "Left to chance: it is Saturday 10:00, within Saturday and Sunday; it takes 25 in 100" in said


@pytest.mark.parametrize(("call_id", "mode"), [("sat-4", "always"), ("sat-2", "pausable")])
def test_what_chance_drew_for_a_call_that_was_is_told(home: Home, call_id: str, mode: str) -> None:
    saturday = ("--at", "2026-11-28 10:00", "--line", "main", "--call-id", call_id)
    (line,) = as_program(home, "202", "01632 960123", *saturday)["lines"]
    assert [(each["share"], each["mode"]) for each in line["outcomes"]] == [(1.0, mode)]


def test_a_program_is_told_the_same(home: Home) -> None:
    answer = as_program(home, "withheld", "202", "--at", "2026-11-23 23:00")
    assert answer["call"] == {
        "from": "withheld",
        "to": "202",
        "direction": "inbound",
        "at": "2026-11-23T23:00:00+00:00",
    }
    main, directors = answer["lines"]
    assert (main["line"], directors["line"]) == ("main", "directors")
    assert (main["extension"], main["far_number"], main["far_presentation"]) == ("202", None, "withheld")
    (outcome,) = main["outcomes"]
    assert (outcome["record"], outcome["mode"], outcome["retention_class"]) == (True, "always", "standard")
    assert outcome["decided_by"] == "rule “Withheld at night”: always recorded"
    assert outcome["notice"]["prompt"] == "call-recorded"
    applied = [step["rule"] for step in main["considered"] if step["verdict"] == "applies"]
    assert applied == [outcome["decided_by"]]
    assert directors["outcomes"] == main["outcomes"]
    (unrecorded,) = as_program(home, "01632960205", "202", "--line", "main")["lines"]
    assert (unrecorded["outcomes"][0]["record"], unrecorded["outcomes"][0]["notice"]) == (False, None)


@pytest.mark.parametrize(
    ("calling", "dialled", "direction"),
    [
        ("01632960123", "202", "inbound"),
        ("202", "01632960123", "outbound"),
        ("202", "901632960123", "outbound"),
        ("202", "999", "outbound"),
        ("withheld", "202", "inbound"),
        ("01632960123", "reception", "inbound"),
        ("01632960123", "01632960310", "inbound"),
    ],
)
def test_which_way_a_call_goes_is_seen_from_its_numbers(home: Home, calling: str, dialled: str, direction: str) -> None:
    assert as_program(home, calling, dialled)["call"]["direction"] == direction


def test_a_call_that_could_go_either_way_is_said_to_be_taken_as_one_from_outside(home: Home) -> None:
    assert "--direction outbound" in told(home, "01632960310", "01632960123")
    said = told(home, "01632960310", "01632960123", "--direction", "outbound", *MONDAY, "--line", "main")
    assert said.startswith("Outbound call")
    assert "Decided by   rule “Claims, by law”" in said


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("whenever", "'whenever' is no time; say \"2026-11-23 09:30\""),
        ("2026-03-29 01:30", "never comes in Europe/London"),
    ],
)
def test_a_time_that_is_none_is_told_with_what_to_say(home: Home, at: str, says: str) -> None:
    result = asked(home, "01632960123", "202", "--at", at)
    assert (result.exit_code, says in result.stderr) == (2, True), result.stderr


def test_a_line_that_is_not_there_is_told_with_those_that_are(home: Home) -> None:
    arguments = ["policy", "explain", "--from", "01632960123", "--to", "202", "--line", "mian"]
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == LineError.exit_code
    assert done.stderr == ("earmark: There is no line 'mian'.\n  What to do: Lines there are: main, directors.\n")


def test_calls_between_extensions_do_not_come_past_the_box(home: Home) -> None:
    assert "both extensions" in asked(home, "201", "206").stderr
    assert asked(home, "201", "206", "--direction", "inbound").exit_code == 0


def test_without_a_time_it_is_now(home: Home) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    at = datetime.fromisoformat(as_program(home, "01632960123", "202")["call"]["at"])
    assert before <= at <= datetime.now(UTC)
    assert at.tzinfo is not None
