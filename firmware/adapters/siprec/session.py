"""One recording session: the SIP dialog of a recording client, and the streams of sound in it (RFC 7866)."""

from __future__ import annotations

import contextlib
import logging
import math
from dataclasses import dataclass
from typing import Any, Protocol

import pjsua2 as pj

from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.stream_reception import ReceptionCounter, StreamReception
from firmware.adapters.siprec.offered_streams import MOST_STREAMS, Offer
from firmware.adapters.siprec.told import Told
from firmware.core.recording_metadata import RecordingMetadata

_LOG = logging.getLogger(__name__)
_PACKET_MS = 20
_SILENT_FOR_S = 60.0
# Whoever answers so to what is asked within a session has it no more (RFC 3261 section 12.2.1.2).
_KNOWS_NOTHING = (408, 481)
_TELLING = ("INVITE", "UPDATE", "BYE")


@dataclass(frozen=True)
class LiveStream:
    """A stream as it is now. ``slot`` is its place on the bridge, None while no sound can come."""

    label: str
    place: int
    sends: bool
    slot: int | None


class SessionOwner(Protocol):
    """Who is told of a session, inside pjsua2's callbacks: nothing here may wait."""

    def session_told(self, session: RecordingSession, told: Told) -> None:
        """The client says something new of its call."""

    def session_media(self, session: RecordingSession) -> None:
        """Streams came, went, or were made anew."""

    def session_stream(self, session: RecordingSession, place: int, stream: Any) -> None:
        """A stream was made: the library's own, for its keys."""

    def session_over(self, session: RecordingSession, status: int) -> None:
        """It has ended, whoever ended it."""


class RecordingSession(pj.Call):
    """One session. Its owner keeps a reference until it is over, and calls ``release`` then, outside any callback.

    Args:
        account: the account of the line.
        pjsua_id: pjsua's id of the incoming call.
        told: what its INVITE says.
    """

    def __init__(self, account: pj.Account, pjsua_id: int, told: Told) -> None:
        super().__init__(account, pjsua_id)
        self.owner: SessionOwner | None = None
        self.metadata = RecordingMetadata()
        #: As it was before the last message.
        self.former = RecordingMetadata()
        self.knows_anything = False
        self.offer = Offer()
        self.gone = False
        self._released = False
        self._wants_sound = True
        self._packets = 0
        self._asks_at_s: float | None = None
        self._slots: dict[int, int] = {}
        self._codecs: dict[int, str] = {}
        self._counters: dict[int, ReceptionCounter] = {}
        self.take(told)

    # -- for the owner ------------------------------------------------------------------------------------------------

    def take(self, told: Told) -> None:
        """Take note of what a message says."""
        self.former = self.metadata
        for metadata in told.metadata:
            self.metadata = self.metadata.updated(metadata)
            self.knows_anything = True
        if told.offer is not None:
            self.offer = told.offer

    def streams(self) -> tuple[LiveStream, ...]:
        """The streams of sound, in the order of the offer."""
        return tuple(
            LiveStream(each.label, each.place, each.sends, self._slots.get(each.place)) for each in self.offer.streams
        )

    def accept(self) -> None:
        """Answer: every stream of sound is taken, nothing is sent.

        Raises:
            pj.Error: it has ended meanwhile, or its streams cannot be made.
        """
        self.answer(self._operation(200))

    def refuse(self, status: int) -> None:
        """End a session that was not answered."""
        with contextlib.suppress(pj.Error):
            self.hangup(self._operation(status))

    def end(self) -> None:
        """Listen no longer."""
        with contextlib.suppress(pj.Error):
            self.hangup(pj.CallOpParam(True))

    def ask_for_sound(self, wanted: bool) -> None:
        """Ask the client to send, or to send nothing; one that does not do so is recorded no more for it."""
        if wanted == self._wants_sound or self.gone:
            return
        self._wants_sound = wanted
        try:
            self.reinvite(self._operation(0))
        except pj.Error as error:
            _LOG.debug("a recording client is not asked: %s", error.reason)

    def reception(self, place: int) -> StreamReception:
        """What came of a stream; the last known once it is gone."""
        counter = self._counters.get(place)
        if counter is None:
            return StreamReception()
        return counter.last if self.gone else counter.measure(self)

    def codec(self, place: int) -> str:
        return self._codecs.get(place, "none")

    def buffered_ms(self) -> int:
        """How long it takes until all that was received by now has left the jitter buffers, at most."""
        held = [self.reception(place) for place in self._slots]
        longest = max((max(each.held_ms, each.delay_ms) for each in held), default=0.0)
        frames = (counter.frame_ms for counter in self._counters.values())
        return math.ceil(longest) + max(_PACKET_MS, math.ceil(max(frames, default=0.0)))

    def attend(self, now_s: float) -> None:
        """Ask a client of which nothing has come for a while whether the session is still there. Call once a second.

        Without this, and without a session timer, a client that died would be listened to for ever.
        """
        packets = sum(self.reception(place).packets for place in self._counters)
        if packets != self._packets or self._asks_at_s is None:
            self._packets, self._asks_at_s = packets, now_s + _SILENT_FOR_S
        elif now_s >= self._asks_at_s and not self.gone:
            self._asks_at_s = now_s + _SILENT_FOR_S
            request = pj.CallSendRequestParam()
            request.method = "OPTIONS"
            with contextlib.suppress(pj.Error):
                self.sendRequest(request)

    def drain(self, on: bool) -> None:
        """Whether what comes goes nowhere while nobody listens: else it would wait, and come late to who does then."""
        void = pj.Endpoint.instance().audDevManager().getPlaybackDevMedia()
        for place in self._slots:
            with contextlib.suppress(pj.Error):
                stream = self.getAudioMedia(place)
                if on:
                    stream.startTransmit(void)
                else:
                    stream.stopTransmit(void)

    def release(self) -> None:
        """End the library's half; nothing can be asked of it any more. Not inside a callback. Safe to call twice."""
        if not self._released:
            self._released = self.gone = True
            self._slots.clear()
            pj.Call.__swig_destroy__(self)
            self.this = None

    def _operation(self, status: int) -> pj.CallOpParam:
        parameters = pj.CallOpParam(True)
        parameters.statusCode = status
        self._settle(parameters.opt)
        return parameters

    def _settle(self, setting: pj.CallSetting) -> None:
        """As many streams of sound as are offered, all of them received only.

        Of an offer within the session the library tells no more than 1,024 characters: it was read before, by
        ``onCallTsxState``, which comes first.
        """
        count = max(1, min(MOST_STREAMS, len(self.offer.streams)))
        direction = pj.PJMEDIA_DIR_DECODING if self._wants_sound else pj.PJMEDIA_DIR_NONE
        setting.audioCount = count
        setting.videoCount = 0
        setting.textCount = 0
        setting.flag |= pj.PJSUA_CALL_SET_MEDIA_DIR
        setting.mediaDir.clear()
        # pjsua2 writes as many as it is given into an array of PJMEDIA_MAX_SDP_MEDIA.
        for _ in range(min(MOST_STREAMS, max(count, self.offer.places))):
            setting.mediaDir.push_back(direction)

    # -- pjsua2's callbacks -------------------------------------------------------------------------------------------

    @callback
    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            for place in self._slots:
                self.reception(place)
            self.gone = True
            self._slots.clear()
            if self.owner is not None:
                self.owner.session_over(self, info.lastStatusCode)

    @callback
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802 - pjsua2's name
        state = prm.e.body.tsxState
        transaction = state.tsx
        asked = transaction.role == pj.PJSIP_ROLE_UAC and transaction.method == "OPTIONS"
        if asked and transaction.state >= pj.PJSIP_TSX_STATE_COMPLETED and transaction.statusCode in _KNOWS_NOTHING:
            self.end()
            return
        if transaction.role != pj.PJSIP_ROLE_UAS or transaction.state != pj.PJSIP_TSX_STATE_TRYING:
            return
        if self.owner is None or transaction.method not in _TELLING:
            return
        told = Told.read(state.src.rdata.wholeMsg)
        if transaction.method == "BYE":
            # What is said with a goodbye is kept; that everybody has left changes nothing any more.
            told = Told(None, (), told.documents)
        self.take(told)
        self.owner.session_told(self, told)

    @callback
    def onCallRxReinvite(self, prm: pj.OnCallRxReinviteParam) -> None:  # noqa: N802 - pjsua2's name
        self._settle(prm.opt)

    @callback
    def onCallRxOffer(self, prm: pj.OnCallRxOfferParam) -> None:  # noqa: N802 - pjsua2's name
        self._settle(prm.opt)

    @callback
    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: N802 - pjsua2's name
        info = self.getInfo()
        slots: dict[int, int] = {}
        # ``info`` must outlive ``media``, which is a view into it.
        for place in range(info.media.size()):
            media = info.media[place]
            if media.type != pj.PJMEDIA_TYPE_AUDIO or not media.dir & pj.PJMEDIA_DIR_DECODING:
                continue
            with contextlib.suppress(pj.Error):
                slots[place] = int(self.getAudioMedia(place).getPortId())
        self._slots = slots
        for place in slots:
            self._stream_begins(place)
        if self.owner is not None:
            self.owner.session_media(self)

    @callback
    def onStreamDestroyed(self, prm: pj.OnStreamDestroyedParam) -> None:  # noqa: N802 - pjsua2's name
        place = int(prm.streamIdx)
        self._slots.pop(place, None)
        counter = self._counters.get(place)
        if counter is not None:
            counter.stream_ends(self)

    @callback
    def onStreamCreated(self, prm: pj.OnStreamCreatedParam) -> None:  # noqa: N802 - pjsua2's name
        if self.owner is not None:
            self.owner.session_stream(self, int(prm.streamIdx), prm.stream)

    def _stream_begins(self, place: int) -> None:
        counter = self._counters.setdefault(place, ReceptionCounter(place))
        counter.stream_begins()
        try:
            stream = self.getStreamInfo(place)
        except pj.Error:
            return
        self._codecs[place] = f"{stream.codecName}/{stream.codecClockRate}"
        codec = stream.audCodecParam.info
        counter.frame_ms = int(codec.frameLen) / max(1, int(codec.frameLenDenum))
