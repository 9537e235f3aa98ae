"""The help page of the front panel: the very table that drives the light, nothing left out."""

from __future__ import annotations

import itertools
import re
from html import unescape
from xml.etree import ElementTree

import pytest

from firmware.core.panel_light import BUTTON, DARK, TABLE, ButtonAnswer, LightPattern, PanelState
from tests.integration.web_office import WebOffice
from webui.help.light_rows import STRIP_S

_STRIP = re.compile(r"<svg role=\"img\".*?</svg>", re.DOTALL)


@pytest.fixture
def page(office: WebOffice) -> str:
    return office.signed_in().get("/help/panel").text


def test_every_row_of_the_lights_table_and_every_use_of_the_button_is_on_the_page(page: str) -> None:
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for shown, row in TABLE.items():
        assert shown.value.capitalize() in text
        for words in (f"{row.pattern.colour_name.capitalize()}, {row.looks}.", row.means, row.do):
            assert words in text
    for use in BUTTON:
        assert use.way in text
        assert use.does in text


def _lit_at(pattern: LightPattern, at_s: float) -> bool:
    if not pattern.rhythm_s:
        return True
    ends_s = itertools.accumulate(itertools.cycle(pattern.rhythm_s))
    return next(phase for phase, end_s in enumerate(ends_s) if at_s < end_s) % 2 == 0


def test_each_strip_is_the_rhythm_and_the_colour_of_its_row(page: str) -> None:
    strips = [ElementTree.fromstring(found) for found in _STRIP.findall(page)]
    assert len(strips) == len(TABLE)
    for strip, shown in zip(strips, [*PanelState, *ButtonAnswer], strict=True):
        row = TABLE[shown]
        width = float(strip.attrib["width"])
        ground, *bars = strip.findall("rect")
        assert float(ground.attrib["width"]) == width
        assert row.looks in strip.attrib["aria-label"]
        colour = "#" + "".join(f"{round(255 * part):02x}" for part in row.pattern.colour)
        assert {bar.attrib["fill"] for bar in bars} == {colour}
        spans = [(float(bar.attrib["x"]), float(bar.attrib["x"]) + float(bar.attrib["width"])) for bar in bars]
        for at in range(round(STRIP_S * 100)):
            x = (at + 0.5) / 100 / STRIP_S * width
            assert any(begin <= x < end for begin, end in spans) is _lit_at(row.pattern, (at + 0.5) / 100), shown
    assert DARK not in {row.pattern.colour for row in TABLE.values()}


def test_the_help_page_leads_there(office: WebOffice) -> None:
    assert 'href="/help/panel"' in office.signed_in().get("/help").text
