"""Lines that can tell nobody that calls are recorded: whoever sets them up is asked who does, and it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.main import cli
from firmware.cli.set_up.making import set_up_office
from firmware.config.loader import load_settings
from firmware.config.notice_doubts import notice_doubts
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from tests.integration.sealed_call import list_call
from tests.integration.web_office import WebOffice, new_record

LINE = """
[[lines]]
name = "copies"
kind = "siprec"
{line}
[lines.siprec]
clients = ["192.0.2.9"]
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "office")
    set_up_office(home, Settings(), (), datetime.now(UTC))
    return home


def earmark(home: Home, *words: str, given: str = "") -> Result:
    return CliRunner().invoke(cli, ["--home", str(home.root), *words], input=given)


def imported(home: Home, line: str, more: str = "") -> Result:
    done = earmark(home, "settings", "import", "-", given=LINE.format(line=line) + more)
    assert done.exit_code == 0, done.output
    return done


RECORDED = '[[rules]]\nname = "sales"\nmode = "pausable"\nnumbers = ["01632960001"]\n'


@pytest.mark.parametrize(
    ("line", "more", "doubted"),
    [
        ('mode = "pausable"', "", True),
        ('mode = "on_demand"', "", True),
        ('mode = "pausable"\nnotice_given_by = "the PBX"', "", False),
        ('mode = "never"', "", False),
        ('mode = "never"', RECORDED, True),
        ('mode = "never"', RECORDED + "notice = false\n", False),
        ('mode = "never"', RECORDED + 'lines = ["copies"]\n', True),
        ('mode = "never"', '[[extensions]]\nnumber = "201"\nmode = "always"\n', True),
        ('mode = "never"', '[[extensions]]\nnumber = "201"\nmode = "always"\nnotice = false\n', False),
    ],
)
def test_who_sets_up_such_a_line_is_told_that_notice_must_be_given_elsewhere(
    home: Home, line: str, more: str, doubted: bool
) -> None:
    said = imported(home, line, more).output
    assert ("Note: Line 'copies' only listens: it can tell nobody that calls are recorded." in said) == doubted
    assert bool([*notice_doubts(load_settings(SettingsFile(home.settings_file)))]) == doubted


def test_the_policy_says_who_gives_the_notice_or_that_nobody_is_named(home: Home) -> None:
    asked = ("policy", "explain", "--from", "01632960001", "--to", "201", "--line", "copies")
    imported(home, 'notice_given_by = "the PBX"')
    said = " ".join(earmark(home, *asked).output.split())
    assert "recorded; the office can pause and resume it" in said
    assert "Notice not by this line, which only listens; the PBX tells people that they are recorded." in said
    imported(home, 'mode = "always"')
    said = " ".join(earmark(home, *asked).output.split())
    assert "Notice to be given elsewhere, as this line only listens; nobody is named who does" in said
    imported(home, 'mode = "never"')
    assert "Notice none: nothing is recorded." in " ".join(earmark(home, *asked).output.split())


def test_it_stands_in_the_call_s_row(office: WebOffice) -> None:
    record = replace(new_record(line="copies"), notice=None, notice_given_by="the PBX")
    list_call(office.home, record)
    shown = " ".join(earmark(office.home, "recordings", "show", record.recording_id).output.split())
    assert "not given by the line, which only listens, but by: the PBX" in shown
    browser = office.signed_in()
    assert "Given by: the PBX." in browser.get(f"/calls/{record.recording_id}").text
    assert ">Elsewhere<" in browser.get("/calls").text
