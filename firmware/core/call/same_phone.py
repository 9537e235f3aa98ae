"""Which call a phone means that dials a code as a call of its own, while its caller is on hold.

By the phone's Contact, else the user it calls itself, else where its packets come from. Behind a PBX every phone may
have the same Contact and source, so the user narrows these down. Where it stays in doubt no call is meant: to pause the
wrong one would be to record a card number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from firmware.core.call.state import Call
from firmware.core.leg import PhoneIdentity


def call_of_phone(phone: PhoneIdentity, calls: Iterable[Call]) -> Call | None:
    """The call on hold at that phone; without one on hold, the only one it has."""
    theirs = _at_phone(phone, [call for call in calls if call.phase == "connected"])
    held = [call for call in theirs if _held(call)]
    if len(held) > 1 and all(phone.user and _office_phone(call).user == phone.user for call in held):
        # One phone with several on hold: the one that it put there last.
        return max(held, key=_held_since)
    chosen = held or theirs
    return chosen[0] if len(chosen) == 1 else None


def _at_phone(phone: PhoneIdentity, calls: Sequence[Call]) -> list[Call]:
    theirs = (
        _alike(calls, phone.contact, lambda known: known.contact)
        or _alike(calls, phone.user, lambda known: known.user)
        or _alike(calls, phone.source, lambda known: known.source)
    )
    return _alike(theirs, phone.user, lambda known: known.user) or [
        call for call in theirs if not _another(phone, call)
    ]


def _alike(calls: Sequence[Call], wanted: str, of: Callable[[PhoneIdentity], str]) -> list[Call]:
    return [call for call in calls if wanted and of(_office_phone(call)) == wanted]


def _another(phone: PhoneIdentity, call: Call) -> bool:
    """Whether it surely is another phone's: one that called out says itself who it is; one that was called may not."""
    user = _office_phone(call).user
    return call.plan.direction == "outbound" and bool(phone.user and user) and user != phone.user


def _office_phone(call: Call) -> PhoneIdentity:
    leg = call.office_leg
    known = leg.phone if leg is not None and not leg.outside else None
    return known or PhoneIdentity()


def _held(call: Call) -> bool:
    return call.office_leg is not None and call.office_leg.held


def _held_since(call: Call) -> int:
    return max((hold.started_at_ms for hold in call.holds if hold.side == "office"), default=0)
