"""``earmark smdr``: an installer sees at a terminal how lines are read."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from firmware.cli.main import cli

AVAYA = "2008/08/01 15:14:19,00:00:05,7,01707299900,I,23,390664,,0,1000013,0,E23,Extn23,T9001,Line 1.2,0,0"
OWN = """
[shape]
kind = "patterns"
patterns = ['(?P<time>\\d\\d:\\d\\d) (?P<duration>\\d+) (?P<who>\\d+) (?P<number>\\d+)']
[time]
fields = ["time"]
forms = ["%H:%M"]
[[direction]]
means = "outbound"
[outbound]
extension = "who"
number = "number"
"""


def _run(home: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), "smdr", *arguments], input=typed)


def test_the_formats_are_listed_and_one_is_written_out(tmp_path: Path) -> None:
    listed = _run(tmp_path, "formats")
    assert listed.exit_code == 0
    assert "avaya-ip-office" in listed.output
    assert 'kind = "delimited"' in _run(tmp_path, "formats", "esi-ivx").output
    assert _run(tmp_path, "formats", "unheard-of").exit_code == 11


def test_each_line_is_told_and_the_exit_code_says_whether_all_were_read(tmp_path: Path) -> None:
    well = _run(tmp_path, "try", "--format", "avaya-ip-office", "-", typed=f"{AVAYA}\n\n")
    assert well.exit_code == 0, well.output
    assert "2008-08-01 15:14:26" in well.output
    assert "1 calls, 1 lines that are none, 0 not read." in well.output
    mixed = _run(tmp_path, "try", "--format", "avaya-ip-office", "-", typed=f"{AVAYA}\nnonsense\n")
    assert mixed.exit_code == 1
    assert "NOT READ: the line has 1 fields" in mixed.output


def test_a_description_of_one_s_own_is_tried(tmp_path: Path) -> None:
    description = tmp_path / "own.toml"
    description.write_text(OWN)
    tried = _run(tmp_path, "try", "--description", str(description), "-", typed="09:15 62 204 01632960123\n")
    assert tried.exit_code == 0, tried.output
    assert "01632960123" in tried.output
    description.write_text(OWN.replace("patterns = ", "pattern = "))
    wrong = _run(tmp_path, "try", "--description", str(description), "-", typed="x\n")
    assert wrong.exit_code == 11
    assert "shape.patterns" in wrong.output
    assert _run(tmp_path, "try", "-", typed="x\n").exit_code == 11
