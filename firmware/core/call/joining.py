"""Joining two calls of one phone into one: an attended transfer of which the box holds both ends."""

from __future__ import annotations

from firmware.core.call.state import Call
from firmware.core.call_record import Side
from firmware.core.events import PartyReplaced
from firmware.core.leg import LegNumber, LegPlace


def taking_over(call: Call, asked_by: LegNumber, other: Call, place: LegNumber) -> PartyReplaced | None:
    """What ``call`` is told when its phone asks to be replaced by whoever talks to leg ``place`` of ``other``.

    None: it may not ask that, or there is nobody at that end.
    """
    may_ask = call.phase == "connected" and call.may_transfer(asked_by) and not call.plan.emergency
    here = other.side_of(place)
    if not may_ask or here is None or other is call or other.plan.emergency or other.phase in ("tone", "ending"):
        return None
    there: Side = "office" if here == "far_party" else "far_party"
    leg = other.leg_at(there)
    if leg is None or not leg.usable:
        return None
    return PartyReplaced(
        asked_by,
        other.party_at(there),
        "attended transfer",
        LegPlace(other.plan.call_id, leg.number),
        leg.state,
        leg.media_ready,
        leg.phone,
        outside=there == "far_party" or leg.outside,
    )
