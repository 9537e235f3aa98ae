"""Who is at the other end of a leg, as its messages say: a PBX that has transferred a call tells so (RFC 4916)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.adapters.sip.message import SipRequest
from firmware.core.call_record import Party
from firmware.core.party_number import CallerHeaders

# Subscriber numbers alike to here are the same number in another form: 01632 960001, +44 1632 960001.
_ALIKE_DIGITS = 6


class ConnectedParty:
    """The party of one leg.

    Args:
        read: reads a party of the leg's side from headers.
        number: whom the leg was dialled to; None for a leg that called.
    """

    def __init__(self, read: Callable[[CallerHeaders], Party], number: str | None = None) -> None:
        self._read = read
        self._number = number

    def calls(self, request: SipRequest) -> None:
        """Take note of the INVITE by which the leg came."""
        self._number = _identity(self._read(request.caller_headers)) or self._number

    def answers(self, response: SipRequest) -> None:
        """Take note of who the answer says is there."""
        # In a response From is the box itself.
        headers = replace(response.caller_headers, from_=response.first("to"))
        self._number = _identity(self._read(headers)) or self._number

    def changed(self, request: SipRequest) -> Party | None:
        """The party that a request inside the call newly names; None when it is the one known, or says nothing."""
        party = self._read(request.caller_headers)
        number = _identity(party)
        if number is None or _alike(number, self._number):
            return None
        self._number = number
        return party if party.number == number else replace(party, number=number, display_name=None)


def _identity(party: Party) -> str | None:
    """What the network vouches for before what is presented: From stays as it was where PBXs know no RFC 4916."""
    return party.network_number or party.number


def _alike(one: str, other: str | None) -> bool:
    if other is None or one == other:
        return one == other
    return min(len(one), len(other)) > _ALIKE_DIGITS and one[-_ALIKE_DIGITS:] == other[-_ALIKE_DIGITS:]
