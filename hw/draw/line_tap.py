"""The tap of one pair of wires: sound, hook and caller's number, with the barrier between line and box."""

from __future__ import annotations

import schemdraw.elements as elm
from schemdraw import Drawing

from hw.draw.board import Board
from hw.draw.paper import new_drawing

#: The loop detector of the first line as line-tap.md and its settings have it (``loop_pin = 5``).
LOOP_PIN = 5


def draw_sound(board: Board) -> Drawing:
    """Capacitors and resistors, the transformer, the clamps, and the card."""
    drawing = new_drawing()
    resistor, capacitor = board.value("tap-resistor"), board.value("tap-capacitor")
    drawing += (transformer := elm.Transformer(t1=6, t2=6).at((9, 0)))
    for wire, corner in (("A", transformer.p1), ("B", transformer.p2)):
        drawing += elm.Dot(open=True).at((0, corner[1])).label(f"wire {wire}", "left")
        drawing += elm.Capacitor().right().length(3).label(capacitor)
        drawing += elm.Resistor().right().length(3).label(resistor)
        drawing += elm.Line().to(corner)
    drawing += elm.Line().at(transformer.s1).right().length(2)
    drawing += (first := elm.Dot())
    drawing += elm.Diode().down().toy(transformer.s2).label("D1", "bottom")
    drawing += elm.Line().at(first.center).right().length(1.5)
    drawing += elm.Dot()
    drawing += elm.Diode().down().toy(transformer.s2).label("D2", "bottom").reverse()
    drawing += (second := elm.Dot())
    drawing += elm.Line().at(transformer.s2).tox(second.center)
    drawing += elm.Line().at(second.center).right().length(2)
    drawing += elm.Dot(open=True).label("card: ground", "right")
    drawing += elm.Line().at((second.center[0], transformer.s1[1])).right().length(2)
    drawing += elm.Dot(open=True).label("card: line input", "right")
    _barrier(drawing, (transformer.p1[0] + transformer.s1[0]) / 2, transformer.p1[1] + 1, transformer.p2[1] - 1.5)
    return drawing


def draw_detector(board: Board) -> Drawing:
    """The optocoupler in series with one wire, its transistor on a pin."""
    drawing = new_drawing()
    drawing += elm.Dot(open=True).at((0, 0)).label("wire A", "left")
    drawing += elm.Line().right().length(1.5)
    drawing += (parting := elm.Dot())
    drawing += elm.Resistor().right().length(6).label(board.value("detector-resistor"))
    drawing += (meeting := elm.Dot())
    drawing += elm.Line().right().length(1)
    drawing += elm.Dot(open=True).label("to the phone", "right")
    leds = -1.8, -3.2
    for height in leds:
        drawing += elm.Line().at((parting.center[0] + 1, height)).left().tox(parting.center)
        led = elm.LED().at((parting.center[0] + 1, height)).right().length(4)
        drawing += led if height == leds[0] else led.reverse()
        drawing += elm.Line().at((parting.center[0] + 5, height)).right().tox(meeting.center)
    for side in (parting.center, meeting.center):
        drawing += elm.Line().at(side).down().toy(leds[1])
    drawing += elm.Label().at((parting.center[0] + 3, leds[1] - 0.6)).label(board.parts["detector"].number)
    drawing += (transistor := elm.NpnPhoto().at((parting.center[0] + 2.2, -6.2)).right())
    drawing += elm.Line().at(transistor.collector).right().length(5)
    position = board.position(LOOP_PIN)
    drawing += elm.Dot(open=True).label(f"GPIO{LOOP_PIN} (header {position}), pulled up inside", "right")
    drawing += elm.Line().at(transistor.emitter).right().length(5)
    drawing += elm.Dot(open=True).label("GND (header 30)", "right")
    _barrier_across(drawing, -0.5, 10, -4.6)
    return drawing


def _barrier(drawing: Drawing, at: float, top: float, bottom: float) -> None:
    drawing += elm.Line(ls="--", color="red").at((at, top)).to((at, bottom))
    drawing += elm.Label(color="red").at((at, bottom - 0.5)).label("600 : 600 Ω\nline side  |  6 mm apart  |  box side")


def _barrier_across(drawing: Drawing, left: float, right: float, at: float) -> None:
    drawing += elm.Line(ls="--", color="red").at((left, at)).to((right, at))
    drawing += elm.Label(color="red").at((right + 2.2, at)).label("line side above,\n6 mm apart,\nbox side below")
