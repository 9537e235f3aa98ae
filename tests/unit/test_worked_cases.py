"""The table of worked cases that customers read is true."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.numbering.phone_numbers import PhoneNumbers
from firmware.cli.call_time import read_time
from firmware.cli.lines.composition import line_rules
from firmware.config.line_settings import SipLine
from firmware.config.toml_settings import settings_from_toml
from firmware.core.call_record import Party
from firmware.core.line import CallRequest
from firmware.core.local_time import local_time
from firmware.core.party_number import UNAVAILABLE, WITHHELD

PAGE = (Path(__file__).parents[2] / "firmware" / "core" / "recording-policy.md").read_text()
TOML = PAGE.split("```toml\n")[1].split("```")[0]
OFFICE = settings_from_toml(TOML, "the page's office", PhoneNumbers)
LONDON = ZoneInfo(OFFICE.office.timezone)
LINES = {
    line.name: line_rules(line, OFFICE, PhoneNumbers(OFFICE.office.country))
    for line in OFFICE.lines
    if isinstance(line, SipLine)
}
CASES = [
    [cell.strip() for cell in row.strip("|\n").split("|")] for row in re.findall(r"^\| \d+ \|.*$", PAGE, re.MULTILINE)
]
NO_NUMBER = {"withheld": WITHHELD, "unavailable": UNAVAILABLE}


def test_there_are_forty_cases_each_with_its_number() -> None:
    assert [case[0] for case in CASES] == [str(number) for number in range(1, 41)]


@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]} {case[1]}" for case in CASES])
def test_a_worked_case_is_decided_as_the_page_says(case: list[str]) -> None:
    _, _, way, calling, dialled, at, line, call_id, mode, prompt, decided_by = case
    request = CallRequest(
        call_id=call_id or "any",
        direction="inbound" if way == "in" else "outbound",
        calling=NO_NUMBER.get(calling, Party(number=calling)),
        dialled=dialled,
    )
    moment = read_time(at, LONDON, datetime.now(UTC))
    plan = LINES[line].plan(request, local_time(round(moment.timestamp() * 1000), LONDON), ())
    assert plan.decision.mode == mode
    assert plan.decision.decided_by.rpartition(": ")[0] == decided_by
    assert (plan.notice.prompt if plan.notice else "–") == prompt
    assert plan.emergency == decided_by.startswith("emergency calls")


def test_every_rule_and_extension_of_the_page_decides_a_case() -> None:
    deciding = {case[-1] for case in CASES}
    assert {f"rule “{rule.name}”" for rule in OFFICE.rules} <= deciding
    assert {f"extension {extension.number}" for extension in OFFICE.extensions} <= deciding
    assert {f"line {line.name}" for line in OFFICE.lines} <= deciding
