"""The wires between the header and the panel."""

from __future__ import annotations

import schemdraw.elements as elm
from schemdraw import Drawing

from hw.draw.board import SCL, SDA, Board
from hw.draw.paper import new_drawing

_SUPPLY_OF_LIGHT, _GROUND_OF_LIGHT, _GROUND_OF_BUTTON, _GROUND_OF_CLOCK, _SUPPLY_OF_CLOCK = 17, 14, 9, 6, 1


def draw_panel(board: Board) -> Drawing:
    """Button, light and clock, each wire with its position on the header."""
    light, button = board.pins.light, board.pins.button
    rows = [
        ("red", board.position(light.red), f"GPIO{light.red}"),
        ("green", board.position(light.green), f"GPIO{light.green}"),
        ("blue", board.position(light.blue), f"GPIO{light.blue}"),
        ("light_common", *((_GROUND_OF_LIGHT, "GND") if light.active_high else (_SUPPLY_OF_LIGHT, "3V3"))),
        ("button", board.position(button.pin), f"GPIO{button.pin}"),
        ("button_ground", _GROUND_OF_BUTTON, "GND"),
        ("clock_supply", _SUPPLY_OF_CLOCK, "3V3"),
        ("clock_data", board.position(SDA), f"GPIO{SDA}"),
        ("clock_clock", board.position(SCL), f"GPIO{SCL}"),
        ("clock_ground", _GROUND_OF_CLOCK, "GND"),
    ]
    drawing = new_drawing()
    header = elm.Ic(
        pins=[elm.IcPin(name=name, pin=str(at), side="right", anchorname=key) for key, at, name in reversed(rows)],
        pinspacing=1.6,
        edgepadH=1.2,
        edgepadW=1.5,
    ).label("Raspberry Pi\n40-pin header\n(positions outside)", "top")
    drawing += header
    _draw_light(drawing, header, board)
    _draw_button(drawing, header)
    _draw_clock(drawing, header)
    return drawing


def _draw_light(drawing: Drawing, header: elm.Ic, board: Board) -> None:
    lit_by_high = board.pins.light.active_high
    ends = []
    for colour in ("red", "green", "blue"):
        value = f"{colour}, {board.value(f'resistor-{colour}')}"
        drawing += elm.Resistor().at(getattr(header, colour)).right().length(3.5).label(value)
        led = elm.LED(fill=colour).right().length(2.5)
        drawing += led if lit_by_high else led.reverse()
        ends.append(drawing.here)
    kind = "common cathode" if lit_by_high else "common anode"
    drawing += elm.Line().at(ends[0]).toy(header.light_common)
    for end in ends[1:]:
        drawing += elm.Dot().at(end)
    drawing += elm.Line().at(header.light_common).tox(ends[0]).label(kind, "bottom", ofst=0.3)


def _draw_button(drawing: Drawing, header: elm.Ic) -> None:
    drawing += elm.Line().at(header.button).right().length(4)
    drawing += elm.Button().down().toy(header.button_ground).label("button\n(closes while pressed)", "bottom")
    drawing += elm.Line().left().tox(header.button_ground)


def _draw_clock(drawing: Drawing, header: elm.Ic) -> None:
    names = (("clock_supply", "VIN"), ("clock_data", "SDA"), ("clock_clock", "SCL"), ("clock_ground", "GND"))
    clock = elm.Ic(
        pins=[elm.IcPin(name=name, side="left", anchorname=key) for key, name in reversed(names)],
        pinspacing=1.6,
        edgepadH=0.6,
        edgepadW=1,
    ).label("clock, DS3231", "top")
    drawing += clock.anchor("clock_supply").at((header.clock_supply[0] + 4.5, header.clock_supply[1])).theta(0)
    for key, _ in names:
        drawing += elm.Line().at(getattr(header, key)).to(getattr(clock, key))
