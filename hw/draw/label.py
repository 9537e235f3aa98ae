"""What is stuck on the box: its name and address, what its light says, and what its button does."""

from __future__ import annotations

import schemdraw.elements as elm
from schemdraw import Drawing

from firmware.core.panel_light import BUTTON, TABLE, LightPattern, PanelState
from hw.draw.paper import new_drawing

_WIDE, _ROW = 14.0, 0.75
_SHOWN_S = 4.0
_PER_S = 1.1
_WORDS = (
    ("Earmark", 20),
    ("records calls in this office: see the notice, or ask", 11),
    ("https://earmark.local", 15),
    ("set-up code, from the screen at first start:  _ _ _ _ _ _ _ _ _ _", 11),
    ("serial:  _ _ _ _ _ _      fitted on:  _ _ _ _ _ _      in case of trouble call:  _ _ _ _ _ _ _ _", 11),
)


def draw_label() -> Drawing:
    """To be printed 100 mm wide: words, each state of the light as four seconds of it, the ways to use the button."""
    drawing = new_drawing()
    height = 0.0
    for words, size in _WORDS:
        drawing += elm.Label().at((0.4, height)).label(words, fontsize=size, halign="left")
        height -= 1.0
    for state in PanelState:
        drawing += elm.Label().at((0.4, height)).label(state.value, fontsize=11, halign="left")
        _draw_rhythm(drawing, TABLE[state].pattern, height)
        height -= _ROW
    drawing += elm.Label().at((0.4, height)).label(f"(each bar is {_SHOWN_S:.0f} seconds)", fontsize=9, halign="left")
    for use in BUTTON:
        height -= _ROW
        drawing += elm.Label().at((0.4, height)).label(f"button, {use.brief}", fontsize=11, halign="left")
    drawing += elm.Rect(corner1=(0, 0.9), corner2=(_WIDE, height - 0.5), lw=1).at((0, 0))
    return drawing


def _draw_rhythm(drawing: Drawing, pattern: LightPattern, height: float) -> None:
    colour = "#" + "".join(f"{round(255 * part):02x}" for part in pattern.colour)
    left, elapsed_s, phase = _WIDE - _SHOWN_S * _PER_S - 0.6, 0.0, 0
    while elapsed_s < _SHOWN_S - 0.001:  # sums of tenths fall short by less
        lasts_s = pattern.rhythm_s[phase % len(pattern.rhythm_s)] if pattern.rhythm_s else _SHOWN_S
        until_s = min(_SHOWN_S, elapsed_s + lasts_s)
        if phase % 2 == 0:
            corners = [(left + at * _PER_S, height + rise) for at, rise in ((elapsed_s, -0.05), (until_s, 0.35))]
            drawing += elm.Rect(corner1=corners[0], corner2=corners[1], fill=colour, lw=0.5).at((0, 0))
        elapsed_s, phase = until_s, phase + 1
