"""The front panel's table as a page shows it: each rhythm drawn as a strip of seconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.core.panel_light import DARK, TABLE, ButtonAnswer, LightPattern, LightRow, PanelState, Shown

STRIP_S = 6.0


@dataclass(frozen=True)
class Bar:
    """A time for which the light is lit, in seconds from the strip's beginning."""

    from_s: float
    lasts_s: float


@dataclass(frozen=True)
class ShownRow:
    """One row of the table; ``colour`` is as in a style sheet, ``bars`` cover the strip."""

    name: str
    row: LightRow
    colour: str
    bars: tuple[Bar, ...]


def states() -> list[ShownRow]:
    """How the box is."""
    return _rows(PanelState)


def answers() -> list[ShownRow]:
    """What a press is answered."""
    return _rows(ButtonAnswer)


def _rows(shown: Iterable[Shown]) -> list[ShownRow]:
    return [
        ShownRow(each.value.capitalize(), TABLE[each], _hex(TABLE[each].pattern), _bars(TABLE[each].pattern))
        for each in shown
    ]


def _bars(pattern: LightPattern) -> tuple[Bar, ...]:
    bars, at_s = [], 0.0
    for colour, phase_s in pattern.phases():
        lasts_s = min(STRIP_S - at_s, STRIP_S if phase_s is None else phase_s)
        if colour != DARK:
            bars.append(Bar(round(at_s, 3), round(lasts_s, 3)))
        at_s += lasts_s
        if at_s >= STRIP_S - 0.001:  # sums of tenths fall short by less
            break
    return tuple(bars)


def _hex(pattern: LightPattern) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in pattern.colour)
