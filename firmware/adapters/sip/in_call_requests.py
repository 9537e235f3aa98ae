"""Requests inside calls: keys by INFO, and phones that ask for a transfer (REFER)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

from firmware.adapters.sip.incoming import Enqueue, find_leg, leg_of_dialog
from firmware.adapters.sip.key_message import KeyMessage, key_message
from firmware.adapters.sip.leg import Leg
from firmware.adapters.sip.line_config import SipPeer
from firmware.adapters.sip.message import SipRequest
from firmware.adapters.sip.refer import Refer
from firmware.adapters.sip.sip_call import SipCall
from firmware.core.events import TransferAsked
from firmware.core.leg import LegPlace
from firmware.native.dialog_requests import Began, DialogRequests
from firmware.ports.line_tap import CallHappening

_LEFT_TO_THE_LIBRARY = 0
_OK = 200
_ACCEPTED = 202
_BAD_REQUEST = 400
_DECLINE = 603


class InCallRequests:
    """Takes INFO and REFER. Called inside the library: it only enqueues.

    Args:
        calls: every call by its id.
        dialogs: gives the finder of dialogs, once it is open.
        enqueue: takes what call control is to know.
    """

    def __init__(
        self, calls: Mapping[str, SipCall], dialogs: Callable[[], DialogRequests | None], enqueue: Enqueue
    ) -> None:
        self._calls = calls
        self._dialogs = dialogs
        self._enqueue = enqueue

    def take(self, began: Began, message: str) -> int:
        """Deal with one request; the status to answer with, 0 to leave it to the library."""
        request = SipRequest.parse(message)
        place = leg_of_dialog(self._calls, request.first("call-id"), began)
        if place is None:
            return _LEFT_TO_THE_LIBRARY
        if request.method == "REFER":
            return self._transfer(place, request)
        key = key_message(request)
        return _LEFT_TO_THE_LIBRARY if key is None else _key(self._calls[place.call_id].legs[place.leg], key)

    def _transfer(self, place: LegPlace, request: SipRequest) -> int:
        call = self._calls[place.call_id]
        if call.side_of(place.leg) != "office":
            # Nobody outside sends the office's people elsewhere: the sender joins both its calls itself.
            return _DECLINE
        refer = Refer.parse(request)
        if refer is None:
            return _BAD_REQUEST
        call.legs[place.leg].wants_transfer_reports = refer.wants_reports
        joins = find_leg(self._dialogs(), self._calls, refer.replaces) if refer.replaces else None
        asked = TransferAsked(
            place.leg,
            refer.user,
            replaces="" if joins is not None or refer.replaces is None else str(refer.replaces),
            joins=joins,
            to_office=_is_at(call.line.office, refer),
        )
        self._enqueue(CallHappening(place.call_id, asked))
        return _ACCEPTED


def _key(leg: Leg, key: KeyMessage) -> int:
    if not key.key:
        return _BAD_REQUEST
    leg.key_by_info(key)
    return _OK


def _is_at(peer: SipPeer | None, refer: Refer) -> bool:
    """Whether a transfer leads to that peer: a phone without an exchange names the box itself, for any number."""
    if peer is None:
        return False
    places = [(peer.host.lower(), peer.port), *((one.network, one.port) for one in peer.addresses)]
    return any(_is_in(host, refer.host) and (not (port and refer.port) or port == refer.port) for host, port in places)


def _is_in(place: str, host: str) -> bool:
    if host.lower() == place:
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(place, strict=False)
    except ValueError:
        return False
