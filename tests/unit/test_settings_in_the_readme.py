"""What the page of examples shows of the settings can be copied into a file and imported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.config.line_settings import SipLine
from firmware.config.toml_settings import settings_from_toml

README = Path(__file__).parents[2] / "firmware" / "config" / "README.md"
LINE = """[[lines]]
name = "main"
kind = "sip"
[lines.sip]
trunks = [{ name = "provider", host = "sip.example.com" }]
office = { host = "192.0.2.10" }
"""


def shown() -> list[str]:
    return re.findall(r"```toml\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.parametrize("example", shown(), ids=lambda example: example.split("]")[0].strip("["))
def test_an_example_is_taken_as_it_stands(example: str) -> None:
    settings_from_toml(LINE + example, "README.md")


def test_the_examples_set_what_they_say_they_do() -> None:
    settings = settings_from_toml(
        LINE + "".join(sorted(shown(), key=lambda example: "[lines" not in example)), "README.md"
    )
    (line,) = settings.lines
    assert isinstance(line, SipLine)
    assert line.menu.choices == {"1": "201", "2": "202"}
    assert line.outside_hours.target == "299"
    assert [rule.presentation for rule in settings.rules] == ["withheld"]
    assert [extension.mode for extension in settings.extensions] == ["on_demand"]
    assert settings.pause.resume_after_s == 180
