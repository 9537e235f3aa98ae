"""One SIP leg: a pjsua2 call whose callbacks only copy and enqueue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pjsua2 as pj

from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.message import only_fax
from firmware.core.call_record import LegReport, Side
from firmware.core.events import Event, KeyPressed, LegAnswered, LegEnded, LegProgress, LegTrying, MediaReady
from firmware.core.held_back import HeldBack
from firmware.core.leg import CALLER, LegNumber

# onDtmfEvent's flags, which the bindings do not export: 0 start, 1 update, 3 end (pjmedia/stream_common.h).
_DTMF_IS_END = 2
_NOT_ACCEPTABLE_HERE = 488
_DECLINE = 603

Tell = Callable[[Event], None]


@dataclass(frozen=True)
class Reception:
    """What a leg has received so far: RTP packets, and the delay of its jitter buffer at this moment."""

    packets: int = 0
    lost: int = 0
    discarded: int = 0
    delay_ms: float = 0.0


class Leg(pj.Call):
    """One leg. Its owner must keep a reference until ``LegEnded`` was dealt with, outside any callback.

    Args:
        account: the account whose settings (SRTP, ports, timers) the leg uses.
        number: which leg of its call it is.
        tell: takes the leg's events; called inside pjsua2's callbacks, so it must only enqueue.
        call_id: pjsua's id of an incoming call.
    """

    def __init__(self, account: pj.Account, number: LegNumber, tell: Tell, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(account, call_id)
        self.number = number
        self.gone = False
        self.codec = ""
        self.reception = Reception()
        self._tell = tell
        self._heard = False
        self._streaming = False
        # Streams made anew by a re-INVITE count from nought: what the ones before had received.
        self._before = Reception()
        self._held_back = HeldBack()
        self._frame_ms = 0.0

    # -- for the owner ------------------------------------------------------------------------------------------------

    def audio(self) -> pj.AudioMedia | None:
        """The leg's place on the bridge, None while it has no sound."""
        if self.gone:
            return None
        try:
            return self.getAudioMedia(-1)
        except pj.Error:
            return None

    def measure(self) -> Reception:
        """Count what was received; the last known while there is no stream. Call about once a second."""
        if not self._streaming:
            return self.reception
        try:
            stats = self.getStreamStat(0)
        except pj.Error:
            return self.reception
        received = stats.rtcp.rxStat
        before = self._before
        packets = before.packets + int(received.pkt)
        if packets > self.reception.packets:
            self._held_back.look(int(stats.jbuf.size) * self._frame_ms)
        self.reception = Reception(
            packets,
            before.lost + int(received.loss),
            # Both count what came too late; only the jitter buffer's also has what it dropped to catch up.
            before.discarded + max(int(received.discard), int(stats.jbuf.discard)),
            self._held_back.delay_ms,
        )
        return self.reception

    def report(self, side: Side) -> LegReport:
        now = self.reception
        return LegReport(side, self.codec or "none", now.packets, now.lost, now.discarded, now.delay_ms)

    # -- pjsua2's callbacks -------------------------------------------------------------------------------------------

    @callback
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_EARLY and self.number != CALLER:
            message = prm.e.body.tsxState.src.rdata.wholeMsg
            self._tell(LegProgress(self.number, info.lastStatusCode, "application/sdp" in message))
        elif info.state == pj.PJSIP_INV_STATE_CONFIRMED and self.number != CALLER:
            self._tell(LegAnswered(self.number))
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            # Where the other side hung up, the stream is still there for as long as this callback lasts.
            self.measure()
            self.gone = True
            self._tell(LegEnded(self.number, info.lastStatusCode))

    @callback
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802
        if self._heard or self.number == CALLER:
            return
        transaction = prm.e.body.tsxState.tsx
        if transaction.method == "INVITE" and transaction.state >= pj.PJSIP_TSX_STATE_PROCEEDING:
            self._heard = True
            if transaction.state == pj.PJSIP_TSX_STATE_PROCEEDING:
                self._tell(LegTrying(self.number))

    @callback
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802
        info = self.getInfo()
        if info.media.size() == 0:
            return
        # ``info`` must outlive ``media``, which is a view into it.
        media = info.media[0]
        if media.status not in (pj.PJSUA_CALL_MEDIA_ACTIVE, pj.PJSUA_CALL_MEDIA_REMOTE_HOLD):
            return
        if not self._streaming:
            self._held_back.start_afresh()
        self._streaming = True
        self._note_codec()
        self._tell(MediaReady(self.number, held=media.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD))

    @callback
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802
        self._before = self.measure()
        self._streaming = False

    @callback
    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:  # noqa: N802
        if prm.flags & _DTMF_IS_END:
            self._tell(KeyPressed(self.number, prm.digit, max(40, int(prm.duration))))

    @callback
    def onCallRxReinvite(self, prm: pj.OnCallRxReinviteParam) -> None:  # noqa: N802
        if only_fax(prm.offer.wholeSdp):
            prm.statusCode = _NOT_ACCEPTABLE_HERE

    @callback
    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:  # noqa: N802
        # The sender falls back to joining both calls itself; following it would take the call past the recorder.
        prm.statusCode = _DECLINE

    def _note_codec(self) -> None:
        try:
            stream = self.getStreamInfo(0)
        except pj.Error:
            return
        self.codec = f"{stream.codecName}/{stream.codecClockRate}"
        codec = stream.audCodecParam.info
        # What the jitter buffer counts in: G.711's packets of 20 ms lie there as two frames of 10 ms.
        self._frame_ms = int(codec.frameLen) / max(1, int(codec.frameLenDenum))


def operation(status: int = 0) -> pj.CallOpParam:
    """Parameters of a pjsua2 operation: one audio stream and nothing else (it would offer text and video)."""
    parameters = pj.CallOpParam(True)
    parameters.statusCode = status
    parameters.opt.audioCount = 1
    parameters.opt.videoCount = 0
    parameters.opt.textCount = 0
    return parameters
