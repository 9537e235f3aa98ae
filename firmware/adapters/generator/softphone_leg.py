"""One telephone's end of a made-up call. pjsua2's callbacks only note what happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pjsua2 as pj

from firmware.adapters.generator.exchange import CallPlan
from firmware.adapters.generator.softphone_endpoint import PeerAddress, Telephone
from firmware.core.name_address import parse_name_address
from firmware.core.party_number import telephone_number

_ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'


class _Call(pj.Call):
    """pjsua2's call: hands its callbacks on."""

    def __init__(self, account: Telephone, leg: SoftphoneLeg, call_id: int) -> None:
        super().__init__(account, call_id)
        self._leg = leg

    def onCallState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._leg.state_changed()

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._leg.media_changed()

    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._leg.stream_ends(prm.streamIdx)


class SoftphoneLeg:
    """What an exchange sees of it (``exchange.Leg``)."""

    def __init__(self, account: Telephone, track: Path | None, call_id: int = pj.PJSUA_INVALID_ID) -> None:
        self.track = track
        self.can_talk = False
        self.ended = False
        self.end_reason = "no answer"
        self.sip_call_id = ""
        self.packets_received = 0
        self._confirmed = False
        self._player: Any = None
        self._call: Any = _Call(account, self, call_id)
        incoming = call_id != pj.PJSUA_INVALID_ID
        self.remote_number = _number_of(self._call.getInfo().remoteUri) if incoming else None

    def dial(self, uri: str, plan: CallPlan, address: PeerAddress) -> None:
        """Send the INVITE. Raises pj.Error."""
        self._call.makeCall(uri, _invitation(plan, address))

    def state_changed(self) -> None:
        """In pjsua2's callback."""
        info = self._call.getInfo()
        self.sip_call_id = info.callIdString
        self._confirmed = info.state == pj.PJSIP_INV_STATE_CONFIRMED
        self.can_talk = self._confirmed and _audio_flows(info)
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.end_reason = f"{info.lastStatusCode} {info.lastReason}"
            self.ended = True

    def media_changed(self) -> None:
        """In pjsua2's callback. A re-INVITE may have given the call another slot on the bridge."""
        flows = _audio_flows(self._call.getInfo())
        self.can_talk = self._confirmed and flows
        if flows and self._player is not None:
            self._player.startTransmit(self._call.getAudioMedia(-1))

    def stream_ends(self, stream_index: int) -> None:
        """In pjsua2's callback: the last moment at which the stream can be asked."""
        # Each step is a view into the one before, which must stay alive.
        statistics = self._call.getStreamStat(stream_index)
        received = (counts := statistics.rtcp).rxStat
        self.packets_received += int(received.pkt)
        del received, counts, statistics

    def ring(self) -> None:
        self._answer(180)

    def answer(self) -> None:
        self._answer(200)

    def refuse(self) -> None:
        self._answer(486)

    def speak(self) -> None:
        player = pj.AudioMediaPlayer()
        player.createPlayer(str(self.track), pj.PJMEDIA_FILE_NO_LOOP)
        player.startTransmit(self._call.getAudioMedia(-1))
        self._player = player

    def hang_up(self) -> None:
        self._player = None
        self._unless_ended(self._call.hangup, pj.CallOpParam())

    def release(self) -> None:
        """Let go of pjsua2's objects; not in a callback."""
        self._player = None
        self._call = None

    def _answer(self, status: int) -> None:
        parameters = pj.CallOpParam()
        parameters.statusCode = status
        self._unless_ended(self._call.answer, parameters)

    def _unless_ended(self, act: Callable[[Any], None], parameters: Any) -> None:
        """The other side may have hung up in this very moment: then there is nothing left to do."""
        try:
            act(parameters)
        except pj.Error:
            if self._call.isActive():
                raise


def _invitation(plan: CallPlan, address: PeerAddress) -> Any:
    parameters = pj.CallOpParam(True)
    parameters.opt.audioCount = 1
    parameters.opt.videoCount = parameters.opt.textCount = 0
    number = f"<{address.uri(plan.caller)}>"
    parameters.txOption.localUri = _ANONYMOUS if plan.withheld else number
    # As a trunk does: the network vouches for the number even where the caller withholds it.
    headers = [_header("P-Asserted-Identity", number)]
    if plan.withheld:
        headers.append(_header("Privacy", "id"))
    for header in headers:
        parameters.txOption.headers.push_back(header)
    return parameters


def _header(name: str, value: str) -> Any:
    header = pj.SipHeader()
    header.hName, header.hValue = name, value
    return header


def _audio_flows(info: Any) -> bool:
    return any(
        media.type == pj.PJMEDIA_TYPE_AUDIO and media.status == pj.PJSUA_CALL_MEDIA_ACTIVE for media in info.media
    )


def _number_of(remote_uri: str) -> str | None:
    address = parse_name_address(remote_uri)
    return telephone_number(address.uri) if address else None
