"""Which call a phone means that dials a code as a call of its own, while its caller is on hold.

By the phone's Contact, else the user it calls itself, else where its packets come from. Behind a PBX every phone may
have the same Contact and source, so the user narrows these down. Where it stays in doubt no call is meant: to pause the
wrong one would be to record a card number. Between two extensions a call is at the phones of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from firmware.core.call.state import Call
from firmware.core.leg import Leg, PhoneIdentity


def call_of_phone(phone: PhoneIdentity, calls: Iterable[Call]) -> Call | None:
    """The call on hold at that phone; without one on hold, the only one it has."""
    theirs = _at_phone(phone, [call for call in calls if call.phase == "connected"])
    held = [call for call in theirs if _held(call)]
    if len(held) > 1 and all(phone.user and phone.user in _users(call) for call in held):
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
    return [call for call in calls if wanted and any(of(known) == wanted for known in _office_phones(call))]


def _another(phone: PhoneIdentity, call: Call) -> bool:
    """Whether it surely is another phone's: one that called out says itself who it is; one that was called may not."""
    users = _users(call)
    return call.plan.direction == "outbound" and bool(phone.user and users) and phone.user not in users


def _users(call: Call) -> list[str]:
    return [known.user for known in _office_phones(call) if known.user]


def _office_phones(call: Call) -> list[PhoneIdentity]:
    return [leg.phone for leg in _office_legs(call) if leg.phone is not None]


def _office_legs(call: Call) -> list[Leg]:
    """Those at which one of the office's phones is; both, between two extensions."""
    office, far = call.office_leg, call.far_leg
    inside = [office] if office is not None and not office.outside else []
    return [*inside, far] if far is not None and far.extension else inside


def _held(call: Call) -> bool:
    return any(leg.held for leg in (call.office_leg, *_office_legs(call)) if leg is not None)


def _held_since(call: Call) -> int:
    sides = {call.side_of(leg.number) for leg in _office_legs(call)} | {"office"}
    return max((hold.started_at_ms for hold in call.holds if hold.side in sides), default=0)
