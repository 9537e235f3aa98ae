"""The settings of a line on wires, and what becomes of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware.cli.lines.analogue import line_config
from firmware.config.analogue_settings import AnalogueLine
from firmware.config.toml_settings import settings_from_toml
from firmware.core.errors import SettingsError
from firmware.core.tap_capabilities import ANALOGUE, ANALOGUE_STEREO

_README = Path(__file__).parents[2] / "firmware" / "adapters" / "analogue" / "README.md"
_LINE = '[[lines]]\nname = "wire"\nkind = "analogue"\n[lines.analogue]\ndevice = "plughw:CARD=Device"\n'


def line_of(toml: str) -> AnalogueLine:
    (line,) = settings_from_toml(toml, "office.toml").lines
    assert isinstance(line, AnalogueLine)
    return line


def test_the_example_of_the_readme_is_taken_as_it_stands() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _README.read_text(), re.DOTALL)
    config = line_config(line_of(example))
    assert config.rules.hook == "loop"
    assert config.rules.rings_are_told
    assert config.channels == (0,)
    assert config.modem is not None
    assert config.modem.setup == ("ATZ", "AT+GCI=B4", "AT+VCID=1")


def test_a_card_alone_is_enough_and_then_voice_tells() -> None:
    line = line_of(_LINE)
    config = line_config(line)
    assert (config.rules.hook, config.modem, config.loop) == ("voice", None, None)
    assert line.capabilities == ANALOGUE


def test_two_channels_keep_the_parties_apart() -> None:
    line = line_of(_LINE + "channels = [3, 4]\n")
    assert line.capabilities == ANALOGUE_STEREO
    assert line_config(line).channels == (2, 3)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("channels = [0]", "counted from 1"),
        ("channels = [2, 2]", "named once"),
        ("sample_rate_hz = 44100", "sample_rate_hz"),
        ("loop_pin = 40", "loop_pin"),
        ('tones = "mars"', "tones"),
        ("silence_ends_s = 1", "silence_ends_s"),
        ('modem = { port = "COM1" }', "port"),
        ('modem = { port = "/dev/ttyACM0", setup = ["reboot"] }', "not a modem's command"),
    ],
)
def test_what_cannot_work_is_refused_by_name(more: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        settings_from_toml(f"{_LINE}{more}\n", "office.toml")
