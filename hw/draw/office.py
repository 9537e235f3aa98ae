"""Where calls go while the box lives, and where they go when it does not."""

from __future__ import annotations

import schemdraw.elements as elm
from schemdraw import Drawing, flow

from hw.draw.paper import new_drawing

_WIDE, _HIGH = 3.4, 1.6
_OUTBOUND = "outbound, box silent: second trunk of the exchange, straight to the provider"
_INBOUND = "inbound, box silent: the provider's fail-over, to the exchange or a mobile"


def draw_trunk() -> Drawing:
    """A SIP line: the box is in the way of the call, so somebody else must know another way."""
    drawing = new_drawing()
    provider = _box(drawing, "provider", 0, 0)
    router = _box(drawing, "router,\nswitch", 5, 0)
    box = _box(drawing, "Earmark", 10, 0)
    exchange = _box(drawing, "exchange\nor phones", 15, 0)
    for left, right in ((provider, router), (router, box), (box, exchange)):
        drawing += elm.Line(arrow="<->").at(left.E).to(right.W)
    _way_round(drawing, exchange, router, 2.2, _OUTBOUND, "navy")
    _way_round(drawing, provider, exchange, -2.6, _INBOUND, "firebrick")
    drawing += (
        elm.EncircleBox([router, box, exchange], padx=0.5, pady=0.45, cornerradius=0.2).linestyle(":").color("gray")
    )
    drawing += elm.Label(color="gray").at((13.6, -1.75)).label("all on one UPS")
    return drawing


def draw_tapped() -> Drawing:
    """A pair that is only heard: the call never passes through the box."""
    drawing = new_drawing()
    adapter = _box(drawing, "adapter\nor router", 0, 0)
    tap = _box(drawing, "tap", 6, 0)
    phone = _box(drawing, "phone", 12, 0)
    box = _box(drawing, "Earmark", 6, -4)
    drawing += elm.Line(arrow="<->").at(adapter.E).to(tap.W).label("pair")
    drawing += elm.Line(arrow="<->").at(tap.E).to(phone.W).label("same pair,\nnever cut")
    drawing += elm.Line(arrow="->").at(tap.S).to(box.N)
    drawing += elm.Label().at((tap.S[0] + 2, (tap.S[1] + box.N[1]) / 2)).label("sound and hook,\nisolated")
    return drawing


def _box(drawing: Drawing, words: str, across: float, up: float) -> flow.Box:
    box = flow.Box(w=_WIDE, h=_HIGH)
    drawing += box.anchor("W").at((across, up)).label(words)
    return box


def _way_round(drawing: Drawing, start: flow.Box, end: flow.Box, height: float, words: str, colour: str) -> None:
    side = "S" if height < 0 else "N"
    first, last = getattr(start, side), getattr(end, side)
    drawing += elm.Line(ls="--", color=colour).at(first).to((first[0], height))
    drawing += elm.Line(ls="--", color=colour).at((first[0], height)).to((last[0], height))
    drawing += elm.Line(ls="--", color=colour, arrow="->").at((last[0], height)).to(last)
    drawing += elm.Label(color=colour).at(((first[0] + last[0]) / 2, height + 0.35)).label(words)
