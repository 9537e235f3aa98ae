"""One SIP leg: a pjsua2 call whose callbacks only copy and enqueue."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable
from typing import Protocol

import pjsua2 as pj

from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.connected_party import ConnectedParty
from firmware.adapters.sip.key_message import KeyMessage
from firmware.adapters.sip.keypad import Keypad, Press
from firmware.adapters.sip.message import SipRequest, only_fax
from firmware.adapters.sip.phones.phone import Phone
from firmware.adapters.sip.refer import report
from firmware.adapters.sip.stream_reception import ReceptionCounter, StreamReception
from firmware.core.call_record import LegReport, Side
from firmware.core.events import (
    Event,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTrying,
    MediaReady,
    PartyReplaced,
)
from firmware.core.leg import LegNumber, PhoneIdentity
from firmware.core.name_address import parse_name_address, uri_user
from firmware.core.party_number import far_party, office_party
from firmware.core.ring_layout import LONGEST_LOOK_BACK_MS

# onDtmfEvent's flags, which the bindings do not export: 0 start, 1 update, 3 end (pjmedia/stream_common.h).
_DTMF_IS_END = 2
_NOT_ACCEPTABLE_HERE = 488
_DECLINE = 603
# Sound that goes with an event: gateways let some through before they notice the key, and the jitter buffer plays it
# after the event came. With INFO the press is over when it is told.
_EVENT_LOOK_BACK_MS = 60
_KEY_HOLD_MS = 120
# A packet of speech as telephones send it, and the media clock's tick.
_PACKET_MS = 20

Tell = Callable[[Event], None]


class LegOwner(Protocol):
    """The call a leg belongs to. Called inside pjsua2's callbacks: nothing here may wait."""

    def tell(self, event: Event) -> None:
        """Take an event of the leg, to be dealt with later."""

    def key_sounds(self, number: LegNumber, look_back_ms: int, hold_ms: int) -> None:
        """A key is down at that leg: its sound must not be recorded."""


class Leg(pj.Call):
    """One leg. Its owner must keep a reference until ``LegEnded`` was dealt with, outside any callback.

    Its owner calls ``release`` once the leg is gone. The library's half keeps its number, which another call is given
    before long: ended only when Python collects the leg, it would hang up whichever call has that number by then.

    Args:
        account: the account whose settings (SRTP, ports, timers) the leg uses.
        owner: the call it belongs to.
        number: which leg of its call it is.
        side: whose leg it is.
        call_id: pjsua's id of an incoming call.
        dialled: whom an outgoing call is for.
        phone: the registered phone that it leads to, or came from; what it says of itself is not asked.
    """

    def __init__(
        self,
        account: pj.Account,
        owner: LegOwner,
        number: LegNumber,
        side: Side,
        call_id: int = pj.PJSUA_INVALID_ID,
        dialled: str | None = None,
        phone: Phone | None = None,
    ) -> None:
        super().__init__(account, call_id)
        self.number = number
        self.incoming = call_id != pj.PJSUA_INVALID_ID
        self.gone = False
        self._released = False
        self.held = False
        #: Whether the call is up on this leg: both sides know that it was answered.
        self.established = False
        self.wants_transfer_reports = True
        self.codec = ""
        #: Whether the peer takes keys as RFC 4733 events; else they must be sounded.
        self.takes_key_events = True
        self.party = ConnectedParty(office_party if side == "office" else far_party, dialled)
        self._registered = phone
        self._keypad = Keypad()
        self._owner = owner
        self._phone: PhoneIdentity | None = None
        self._sip_call_id = ""
        self._heard = False
        self._counter = ReceptionCounter()

    # -- for the owner ------------------------------------------------------------------------------------------------

    def belong_to(self, owner: LegOwner, number: LegNumber) -> None:
        """Go on as a leg of another call; its events are that call's from now on."""
        self._owner, self.number = owner, number
        if self.gone:
            self._tell(LegEnded(number, 200))

    def release(self) -> None:
        """End the library's half of a leg; nothing can be asked of the library about it any more.

        One that is still up, because the box stops, is hung up. Not inside a callback. Safe to call twice.
        """
        if not self._released:
            self.measure()
            # Whoever still knows it, such as a recording that is yet to be closed, finds it gone.
            self._released = self.gone = True
            self.established = False
            pj.Call.__swig_destroy__(self)
            self.this = None  # asking all the same is an error, and not a use of freed memory

    @property
    def sip_call_id(self) -> str:
        """The Call-ID; empty before the leg is there, and once it is gone."""
        if self.gone:
            return ""
        if not self._sip_call_id:
            with contextlib.suppress(pj.Error):
                self._sip_call_id = str(self.getInfo().callIdString)
        return self._sip_call_id

    def audio(self) -> pj.AudioMedia | None:
        """The leg's place on the bridge, None while it has no sound."""
        if self.gone:
            return None
        try:
            return self.getAudioMedia(-1)
        except pj.Error:
            return None

    def measure(self) -> StreamReception:
        """Count what was received; the last known while there is no stream. Call about once a second."""
        return self._counter.last if self.gone else self._counter.measure(self)

    def buffered_ms(self) -> int:
        """How long it takes until all that was received by now has left the jitter buffer, at most.

        What lies there now, or on average, whichever is more; and a packet that is just on its way in or out.
        """
        now = self.measure()
        return math.ceil(max(now.held_ms, now.delay_ms)) + max(_PACKET_MS, math.ceil(self._counter.frame_ms))

    @property
    def reception(self) -> StreamReception:
        """What was counted last."""
        return self._counter.last

    def report(self, side: Side) -> LegReport:
        now = self.reception
        return LegReport(side, self.codec or "none", now.packets, now.lost, now.discarded, now.delay_ms)

    def key_by_info(self, message: KeyMessage) -> None:
        """A key came by SIP INFO."""
        look_back_ms = min(message.duration_ms + _KEY_HOLD_MS, LONGEST_LOOK_BACK_MS)
        self._owner.key_sounds(self.number, look_back_ms, _KEY_HOLD_MS)
        self._tell_presses(self._keypad.whole(message.key, message.duration_ms, "info", time.monotonic()))

    def key_heard(self, key: str, duration_ms: int) -> None:
        """A key was heard in the leg's sound."""
        self._tell_presses(self._keypad.whole(key, duration_ms, "audible", time.monotonic()))

    def attend(self) -> None:
        """Tell keys whose end was lost on the way. Call often."""
        self._tell_presses(self._keypad.overdue(time.monotonic()))

    def report_transfer(self, status: int) -> None:
        """Tell the peer how the transfer goes that it asked for (RFC 3515 section 2.4.4).

        Raises:
            pj.Error: the leg is about to end.
        """
        parameters = pj.CallSendRequestParam()
        parameters.method = "NOTIFY"
        parameters.txOption.contentType = "message/sipfrag;version=2.0"
        parameters.txOption.msgBody = report(status)
        state = "active;expires=60" if status < 200 else "terminated;reason=noresource"
        for name, value in (("Event", "refer"), ("Subscription-State", state)):
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        self.sendRequest(parameters)

    def _tell(self, event: Event) -> None:
        self._owner.tell(event)

    def _tell_presses(self, presses: Iterable[Press]) -> None:
        for press in presses:
            self._tell(KeyPressed(self.number, press.key, press.duration_ms, press.way))

    # -- pjsua2's callbacks -------------------------------------------------------------------------------------------

    @callback
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and not self.incoming:
            message = prm.e.body.tsxState.src.rdata.wholeMsg
            self._tell(LegProgress(self.number, info.lastStatusCode, "application/sdp" in message))
        elif info.state == pj.PJSIP_INV_STATE_CONNECTING and not self.incoming:
            data = prm.e.body.tsxState.src.rdata
            answer = SipRequest.parse(data.wholeMsg)
            self.party.answers(answer)
            self._phone = phone_identity(answer, answer.first("to"), data.srcAddress, self._registered)
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.established = True
            if not self.incoming:
                self._tell(LegAnswered(self.number, self._phone))
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            # Where the other side hung up, the stream is still there for as long as this callback lasts.
            self.measure()
            self.gone, self.established = True, False
            self._tell(LegEnded(self.number, info.lastStatusCode))

    @callback
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802 - pjsua2's name
        transaction = prm.e.body.tsxState.tsx
        if transaction.role == pj.PJSIP_ROLE_UAS:
            self._note_request(prm)
            return
        if self._heard or self.incoming:
            return
        if transaction.method == "INVITE" and transaction.state >= pj.PJSIP_TSX_STATE_PROCEEDING:
            self._heard = True
            if transaction.state == pj.PJSIP_TSX_STATE_PROCEEDING:
                self._tell(LegTrying(self.number))

    @callback
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        if info.media.size() == 0:
            return
        # ``info`` must outlive ``media``, which is a view into it.
        media = info.media[0]
        if media.status not in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
            return
        self._counter.stream_begins()
        self._note_codec()
        self.held = media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
        self._tell(MediaReady(self.number, self.held))

    @callback
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802 - pjsua2's name
        self._counter.stream_ends(self)

    @callback
    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:  # noqa: N802 - pjsua2's name
        if prm.method == pj.PJSUA_DTMF_METHOD_SIP_INFO:  # only where our own listener for INFO is not to be had
            self.key_by_info(KeyMessage(prm.digit, int(prm.duration)))
            return
        self._owner.key_sounds(self.number, _EVENT_LOOK_BACK_MS, _KEY_HOLD_MS)
        over = bool(prm.flags & _DTMF_IS_END)
        self._tell_presses(self._keypad.event(prm.digit, int(prm.duration), over, time.monotonic()))

    @callback
    def onCallRxReinvite(self, prm: pj.OnCallRxReinviteParam) -> None:  # noqa: N802 - pjsua2's name
        if only_fax(prm.offer.wholeSdp):
            prm.statusCode = _NOT_ACCEPTABLE_HERE

    @callback
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802 - pjsua2's name
        # Only where our own listener for REFER is not to be had: what pjsua would dial goes past the recorder.
        prm.statusCode = _DECLINE

    @callback
    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:  # noqa: N802 - pjsua2's name
        # As above: who takes a leg's place is call control's to decide.
        prm.statusCode = _DECLINE

    def _note_request(self, prm: pj.OnCallTsxStateParam) -> None:
        """A request inside the call may name another party (RFC 4916)."""
        state = prm.e.body.tsxState
        if state.tsx.state != pj.PJSIP_TSX_STATE_TRYING or state.tsx.method not in ("INVITE", "UPDATE"):
            return
        request = SipRequest.parse(state.src.rdata.wholeMsg)
        if "tag=" not in request.first("to") or self._registered is not None:
            return
        party = self.party.changed(request)
        if party is not None:
            self._tell(PartyReplaced(self.number, party))

    def _note_codec(self) -> None:
        try:
            stream = self.getStreamInfo(0)
        except pj.Error:
            return
        self.codec = f"{stream.codecName}/{stream.codecClockRate}"
        self.takes_key_events = stream.audTxEventPt >= 0
        codec = stream.audCodecParam.info
        # What the jitter buffer counts in: G.711's packets of 20 ms lie there as two frames of 10 ms.
        self._counter.frame_ms = int(codec.frameLen) / max(1, int(codec.frameLenDenum))


def phone_identity(message: SipRequest, address: str, source: str, phone: Phone | None = None) -> PhoneIdentity:
    """What a phone's message says of it: its Contact, the user in ``address`` (From or To), where it came from.

    Of a registered phone it is known better.
    """
    if phone is not None:
        return PhoneIdentity(f"phone {phone.user}", phone.extension, source)
    found = parse_name_address(address)
    contact = parse_name_address(message.first("contact"))
    return PhoneIdentity(
        contact=contact.uri.partition(";")[0] if contact else "",
        user=(uri_user(found.uri) or "") if found else "",
        source=source,
    )


def operation(status: int = 0) -> pj.CallOpParam:
    """Parameters of a pjsua2 operation: one audio stream and nothing else (it would offer text and video)."""
    parameters = pj.CallOpParam(True)
    parameters.statusCode = status
    parameters.opt.audioCount = 1
    parameters.opt.videoCount = 0
    parameters.opt.textCount = 0
    return parameters
