"""Some of the forty worked cases that customers read, by real calls: what the page says is what the box does.

Those that do not depend on the time of the call, with the page's own settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.functional.office.driven_call import telephones
from tests.functional.office.office import Office, line_settings

pytestmark = pytest.mark.functional

PAGE = (Path(__file__).parents[2] / "firmware" / "core" / "recording-policy.md").read_text()
CASES = {
    cells[0]: cells
    for row in re.findall(r"^\| \d+ \|.*$", PAGE, re.MULTILINE)
    for cells in [[cell.strip() for cell in row.strip("|\n").split("|")]]
}
#: Number of the case: decided by a number in four forms, by the extension of either direction, by a rule before others.
TRIED = ("4", "5", "7", "9", "11", "14", "17", "37", "38")
# Rules that only apply at some hours; when the test runs, these may be now.
_AT_HOURS = ("Withheld at night", "Friday night", "Alarm tests", "Lunch", "Weekend sample")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.found(tmp_path_factory.mktemp("o") / "home", "") as found:
        found.use_settings(_settings(found))
        found.start()
        yield found


def _settings(office: Office) -> dict[str, Any]:
    page = tomlkit.parse(PAGE.split("```toml\n")[1].split("```")[0]).unwrap()
    settings = line_settings(office.ports, "", "pausable")
    settings["lines"][0]["sip"]["outside_prefix"] = page["lines"][0]["sip"]["outside_prefix"]
    settings["rules"] = [rule for rule in page["rules"] if rule["name"] not in _AT_HOURS]
    settings["extensions"] = page["extensions"]
    settings["retention"] = page["retention"]
    return settings


@pytest.mark.parametrize("number", TRIED, ids=lambda number: f"{number} {CASES[number][1]}")
def test_a_worked_case_happens_as_the_page_says(office: Office, number: str) -> None:
    _, _, way, calling, dialled, _, _, _, mode, _, decided_by = CASES[number]
    with telephones(office) as phones:
        place = phones.call_in if way == "in" else phones.call_out
        call = place(dialled.replace(" ", ""), f"<sip:{calling}@127.0.0.1>")
        seen = call.view()
        call.hang_up()
    assert seen["mode"] == mode
    assert seen["decided_by"].rpartition(": ")[0] == decided_by
    assert seen["recording"] is (mode in ("always", "pausable"))
    office.wait_until_quiet()
