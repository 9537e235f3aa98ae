"""INVITEs that come: refused, a new call, or a leg that takes another's place (RFC 3891)."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass

import pjsua2 as pj

from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.leg import Leg, operation, phone_identity
from firmware.adapters.sip.message import SipRequest, offers_encryption, only_fax
from firmware.adapters.sip.peers import KnownPeer, KnownPeers, RefusalLog, split_source
from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.refer import Replaces
from firmware.adapters.sip.sip_call import Facilities, SipCall
from firmware.core.call_record import Party, Side
from firmware.core.emergency import is_emergency
from firmware.core.events import Event, LegEnded, MediaReady, PartyReplaced
from firmware.core.leg import CALLER, LegNumber, LegPlace, PhoneIdentity
from firmware.core.line import CallRequest
from firmware.core.party_number import WITHHELD, called_number, far_party, office_party
from firmware.native.dialog_requests import Began, DialogRequests
from firmware.ports.clock import Clock
from firmware.ports.line_tap import CallHappening, CallOffered

_LOG = logging.getLogger(__name__)
_BAD_REQUEST = 400
_FORBIDDEN = 403
_NO_SUCH_DIALOG = 481
_BUSY_HERE = 486
_NOT_ACCEPTABLE_HERE = 488
# Call control takes a leg in at once, or never.
_TAKEN_IN_WITHIN_S = 5.0

Enqueue = Callable[[CallOffered | CallHappening], None]


@dataclass(frozen=True)
class _Arrival:
    """One INVITE: who sent it, by which account, and what it says; ``registered`` where a phone proved to be itself."""

    account: PeerAccount
    known: KnownPeer
    request: SipRequest
    data: pj.SipRxData
    pjsua_id: int
    registered: Phone | None = None

    @property
    def inbound(self) -> bool:
        return self.known.peer.role == "trunk"

    @property
    def side(self) -> Side:
        return "far_party" if self.inbound else "office"

    @property
    def calling(self) -> Party:
        if self.registered is not None:
            return Party(self.registered.extension, display_name=self.registered.name or None)
        headers = self.request.caller_headers
        return far_party(headers) if self.inbound else office_party(headers)

    @property
    def shown(self) -> Party:
        """Who calls, as the other side is told: a registered phone may withhold that, and has a number outside."""
        if self.registered is None:
            return self.calling
        withheld = office_party(self.request.caller_headers).presentation == "withheld"
        return WITHHELD if withheld else Party(self.registered.shows or self.registered.extension)

    @property
    def dialled(self) -> str | None:
        # What a phone was let in for is in the Request-URI; only trunks put a number elsewhere.
        number_from = "request-uri" if self.registered is not None else self.known.line.called_number_from
        return called_number(self.request.request_uri, self.request.first("to"), number_from)

    @property
    def emergency(self) -> bool:
        return not self.inbound and is_emergency(self.dialled, self.known.line.outside_prefix)

    @property
    def phone(self) -> PhoneIdentity:
        return phone_identity(self.request, self.request.first("from"), self.data.srcAddress, self.registered)


class IncomingCalls:
    """Takes every INVITE that begins a dialog. Called inside the library's callbacks.

    Args:
        peers: who may call.
        refusals: where strangers are counted.
        calls: every call by its id; new ones are put here.
        facilities: what every call uses.
        dialogs: gives the finder of dialogs of ours; None where it is not to be had, and nobody takes another's place.
        enqueue: takes what call control is to know.
        clock: for the log of refusals.
    """

    def __init__(
        self,
        peers: KnownPeers,
        refusals: RefusalLog,
        calls: MutableMapping[str, SipCall],
        facilities: Facilities,
        dialogs: Callable[[], DialogRequests | None],
        enqueue: Enqueue,
        clock: Clock,
    ) -> None:
        self._peers = peers
        self._refusals = refusals
        self._calls = calls
        self._facilities = facilities
        self._dialogs = dialogs
        self._enqueue = enqueue
        self._clock = clock
        self._refused: list[Leg] = []

    def take(self, account: PeerAccount, prm: pj.OnIncomingCallParam) -> None:
        """Refuse an INVITE, or keep its leg and say that it is there."""
        request = SipRequest.parse(prm.rdata.wholeMsg)
        known = self._peers.match(prm.rdata.srcAddress, request.sent_by_port)
        admitted = self._facilities.phones.admitted(request) if known is None else None
        if admitted is not None:
            known = KnownPeer(account.line, account.peer)
        if known is None:
            address, _ = split_source(prm.rdata.srcAddress)
            self._refusals.note(str(address), self._clock.monotonic_s())
            self._refuse(account, prm.callId, _FORBIDDEN)
            return
        if only_fax(request.body) or (
            known.peer.srtp == "required" and request.body and not offers_encryption(request.body)
        ):
            self._refuse(account, prm.callId, _NOT_ACCEPTABLE_HERE)
            return
        registered = admitted[0] if admitted is not None else None
        arrival = _Arrival(account, known, request, prm.rdata, prm.callId, registered)
        if request.first("replaces"):
            self._take_over(arrival)
        elif (status := self._no_room_for(arrival)) is not None:
            self._refuse(account, prm.callId, status)
        else:
            self._offer(arrival)

    @property
    def refusing(self) -> bool:
        """Is there a refusal that is not acknowledged yet?"""
        return bool(self._refused)

    def forget_refused(self) -> None:
        """Let go of legs whose refusal is acknowledged. Not inside a callback."""
        for leg in self._refused:
            if leg.gone:
                leg.release()
        self._refused = [leg for leg in self._refused if not leg.gone]

    def close(self) -> None:
        self._refused.clear()

    def _no_room_for(self, arrival: _Arrival) -> int | None:
        """The status for a call that there is no room for. An emergency call is always tried."""
        if arrival.emergency:
            return None
        is_code = not arrival.inbound and (arrival.dialled or "").startswith("*")
        return self._facilities.room.why_not(arrival.registered, arrival.known.line.registrar.calls_at_once, is_code)

    def _offer(self, arrival: _Arrival) -> None:
        call_id = uuid.uuid4().hex
        call = self._new_call(arrival, lambda event: self._enqueue(CallHappening(call_id, event)))
        self._calls[call_id] = call
        offered = CallRequest(
            call_id,
            "inbound" if arrival.inbound else "outbound",
            arrival.calling,
            arrival.dialled,
            arrival.phone,
            allowed=arrival.registered.allowed if arrival.registered is not None else None,
        )
        self._enqueue(CallOffered(arrival.known.line.name, offered))

    def _take_over(self, arrival: _Arrival) -> None:
        """A phone takes the place of one of our legs by itself: it is answered, and call control told."""
        place = self._place_of(arrival)
        if isinstance(place, int):
            self._refuse(arrival.account, arrival.pjsua_id, place)
            return
        call_id = uuid.uuid4().hex
        newcomer = _Newcomer(
            LegPlace(call_id, CALLER), place, arrival.calling, arrival.phone, self._enqueue, self._drop
        )
        call = self._new_call(arrival, newcomer.tell)
        call.offered = False
        self._calls[call_id] = call
        self._facilities.later.soon(call.answer)
        self._facilities.later.after(_TAKEN_IN_WITHIN_S, lambda: self._give_up(call_id))

    def _place_of(self, arrival: _Arrival) -> LegPlace | int:
        """The leg that is to be replaced, or the status that says why not (RFC 3891 section 3)."""
        wanted = arrival.request.all("replaces")
        replaces = Replaces.parse(wanted[0])
        if replaces is None or len(wanted) > 1:
            return _BAD_REQUEST
        found = find_leg(self._dialogs(), self._calls, replaces)
        if found is None:
            return _NO_SUCH_DIALOG
        call = self._calls[found.call_id]
        leg = call.legs[found.leg]
        if not leg.established or call.side_of(found.leg) != arrival.side or call.line is not arrival.known.line:
            return _NO_SUCH_DIALOG
        return _BUSY_HERE if replaces.early_only else found

    def _new_call(self, arrival: _Arrival, tell: Callable[[Event], None]) -> SipCall:
        call = SipCall(
            arrival.known.line,
            arrival.shown,
            arrival.inbound,
            tell,
            self._facilities,
            inside=arrival.calling,
            made_by=arrival.registered if not arrival.emergency else None,
        )
        leg = Leg(arrival.account, call, CALLER, arrival.side, arrival.pjsua_id, phone=arrival.registered)
        leg.party.calls(arrival.request)
        call.legs[CALLER] = leg
        return call

    def _refuse(self, account: PeerAccount, pjsua_id: int, status: int) -> None:
        leg = Leg(account, _Nobody(), CALLER, "far_party", pjsua_id)
        self._refused.append(leg)  # a call without a reference would be declined with 603
        try:
            leg.hangup(operation(status))
        except pj.Error as error:
            _LOG.debug("a call that was refused is gone already: %s", error.reason)

    def _drop(self, call_id: str) -> None:
        self._facilities.later.soon(lambda: self._forget(call_id))

    def _forget(self, call_id: str) -> None:
        call = self._calls.pop(call_id, None)
        if call is not None:
            call.let_go()

    def _give_up(self, call_id: str) -> None:
        """Nobody took it in: the call that it was for ended at that moment."""
        call = self._calls.get(call_id)
        if call is not None:
            call.hang_up(CALLER, _NO_SUCH_DIALOG)


def find_leg(dialogs: DialogRequests | None, calls: Mapping[str, SipCall], replaces: Replaces) -> LegPlace | None:
    """The leg of this box whose dialog a Replaces header names; None where it names no dialog of ours."""
    began = dialogs.find(replaces.call_id, replaces.to_tag, replaces.from_tag) if dialogs is not None else None
    return leg_of_dialog(calls, replaces.call_id, began) if began is not None else None


def leg_of_dialog(calls: Mapping[str, SipCall], sip_call_id: str, began: Began) -> LegPlace | None:
    """The leg with that Call-ID. A proxy may lead a call of ours back to us: who began it tells the two apart."""
    for call_id, call in calls.items():
        leg = call.leg_by_dialog(sip_call_id, incoming=began is Began.INCOMING)
        if leg is not None:
            return LegPlace(call_id, leg.number)
    return None


@dataclass
class _Newcomer:
    """What a leg that is to take another's place has to tell, until the call takes it in."""

    place: LegPlace
    replaced: LegPlace
    party: Party
    phone: PhoneIdentity
    enqueue: Enqueue
    drop: Callable[[str], None]
    told: bool = False

    def tell(self, event: Event) -> None:
        match event:
            case MediaReady() if not self.told:
                self.told = True
                replaced = PartyReplaced(self.replaced.leg, self.party, "taken over", self.place, phone=self.phone)
                self.enqueue(CallHappening(self.replaced.call_id, replaced))
            case LegEnded():
                self.drop(self.place.call_id)


class _Nobody:
    """The owner of a leg that is refused."""

    def tell(self, event: Event) -> None:
        """What becomes of it is nobody's business."""

    def key_sounds(self, number: LegNumber, look_back_ms: int, hold_ms: int) -> None:
        """It has no sound."""
