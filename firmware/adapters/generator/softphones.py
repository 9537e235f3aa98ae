"""The generator's two telephones: a trunk on one side of the lines process and an inner phone on the other.

Both live in one pjsua2 endpoint, each on an address of its own, and talk to the lines process by real SIP and RTP.
Everything here belongs to the thread that made it: pjsua2 runs without threads of its own (``threadCnt=0``), and its
callbacks only note what happened.
"""

from __future__ import annotations

import ctypes
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Literal, Self

import pjsua2 as pj

from firmware.adapters.generator.conversation import write_track
from firmware.adapters.generator.exchange import HANG_UP_WITHIN_S, CallPlan, Exchange
from firmware.adapters.generator.speech import SAMPLE_RATE_HZ
from firmware.core.call_record import Direction
from firmware.core.errors import AddressInUse, LineError
from firmware.core.name_address import parse_name_address
from firmware.core.party_number import telephone_number

_TRANSPORTS = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP}
_SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "required": pj.PJMEDIA_SRTP_MANDATORY}
_RTP_PORTS = (28000, 4000)  # first, how many: clear of the lines process's own and of the kernel's ephemeral ports
_ADDRESS_IN_USE = 120098  # PJ_STATUS_FROM_OS(EADDRINUSE)
# pjsua2 tells a player of its file's end from another thread, even when the player has just been deleted, and crashes.
# So no file may end while its player lives: this much silence outlasts every hanging up.
_UNHEARD = array("h", bytes(2 * SAMPLE_RATE_HZ * int(HANG_UP_WITHIN_S + 5)))
_ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'


@dataclass(frozen=True)
class PeerAddress:
    """Where one of the telephones listens, and how."""

    host: str
    port: int
    transport: Literal["udp", "tcp"] = "udp"
    srtp: Literal["off", "optional", "required"] = "off"

    def uri(self, user: str = "") -> str:
        suffix = ";transport=tcp" if self.transport == "tcp" else ""
        return f"sip:{user}{'@' if user else ''}{self.host}:{self.port}{suffix}"


class Softphones:
    """Makes calls through the lines process. Use as a context manager, from one thread.

    Args:
        trunk: where the lines process expects its trunk.
        office: where it expects the inner phone.
        lines: where the lines process itself listens; it is called over the caller's own transport.
        most_calls: how many calls at a time will be asked for.
        must_wait: asked when both parties of a call could talk: is there a reason for them not to begin yet?

    Raises:
        AddressInUse: another program listens on one of the addresses.
    """

    def __init__(
        self,
        trunk: PeerAddress,
        office: PeerAddress,
        lines: PeerAddress,
        most_calls: int = 1,
        must_wait: Callable[[CallPlan], bool] = lambda _: False,
    ) -> None:
        self._lines = lines
        self._must_wait = must_wait
        self._exchanges: list[Exchange] = []
        self._legs: list[_Leg] = []
        self._called: deque[_Leg] = deque()
        self._tracks = TemporaryDirectory(prefix="earmark-generator-")
        self._accounts: dict[str, _Account] = {}
        self._endpoint: Any = _endpoint(most_calls)
        try:
            for side, address in (("trunk", trunk), ("office", office)):
                self._accounts[side] = _Account(self, self._endpoint, address)
            self._endpoint.libStart()
        except BaseException:
            self.close()
            raise

    def place(self, plan: CallPlan) -> Exchange:
        """Dial. The call goes on while ``poll`` is called.

        Raises:
            LineError: the call could not even be sent.
        """
        account = self._accounts[_caller_side(plan.direction)]
        leg = _Leg(account, self._track(plan, caller=True))
        now_s = time.monotonic()
        try:
            lines = replace(self._lines, transport=account.address.transport)
            leg.dial(lines.uri(plan.called), _invitation(plan, account.address))
        except pj.Error as error:
            raise LineError(f"The made-up call could not be sent: {error.reason}.") from error
        self._legs.append(leg)
        exchange = Exchange(plan, leg, now_s, lambda: self._must_wait(plan))
        self._exchanges.append(exchange)
        return exchange

    def poll(self, longest_ms: int = 10) -> None:
        """Let the telephones work for up to that long."""
        self._endpoint.libHandleEvents(longest_ms)
        now_s = time.monotonic()
        while self._called:
            self._take_up(self._called.popleft(), now_s)
        for exchange in self._exchanges:
            exchange.step(now_s)
        self._exchanges = [exchange for exchange in self._exchanges if not exchange.over]
        for leg in [leg for leg in self._legs if leg.ended]:
            leg.release()
            self._legs.remove(leg)

    def close(self) -> None:
        """Hang up everything and let go of the addresses. Safe to call twice."""
        if self._endpoint is not None:
            self._endpoint.hangupAllCalls()
            for leg in self._legs:
                leg.release()
            self._accounts.clear()
            self._endpoint.libDestroy()
            self._endpoint = None
        self._tracks.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def incoming(self, account: _Account, call_id: int) -> None:
        """From pjsua2's callback: a call without a Python object would be declined, so it gets one at once."""
        leg = _Leg(account, None, call_id)
        self._legs.append(leg)
        self._called.append(leg)

    def _take_up(self, callee: _Leg, now_s: float) -> None:
        """Find the exchange that an incoming call belongs to: by the caller's number, else the one waiting longest."""
        waiting = [exchange for exchange in self._exchanges if exchange.waits_for_callee]
        number = callee.remote_number
        named = [exchange for exchange in waiting if number is not None and exchange.plan.caller == number]
        exchange = next(iter(named or waiting), None)
        if exchange is None:
            callee.refuse()
            return
        callee.track = self._track(exchange.plan, caller=False)
        exchange.callee_is_called(callee, now_s)

    def _track(self, plan: CallPlan, *, caller: bool) -> Path:
        far_party = caller == (plan.direction == "inbound")
        samples = plan.conversation.far_party if far_party else plan.conversation.office
        path = Path(self._tracks.name) / f"{id(plan.conversation):x}-{'far' if far_party else 'office'}.wav"
        write_track(path, samples + _UNHEARD)
        return path


class _Account(pj.Account):
    """One telephone: an address to listen on and an identity."""

    def __init__(self, phones: Softphones, endpoint: Any, address: PeerAddress) -> None:
        super().__init__()
        self.address = address
        self._phones = phones
        config = pj.AccountConfig()
        config.idUri = address.uri()
        config.sipConfig.transportId = _listen(endpoint, address)
        config.mediaConfig.transportConfig.port, config.mediaConfig.transportConfig.portRange = _RTP_PORTS
        config.mediaConfig.transportConfig.boundAddress = address.host
        config.mediaConfig.srtpUse = _SRTP[address.srtp]
        config.mediaConfig.srtpSecureSignaling = 0
        self.create(config)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._phones.incoming(self, prm.callId)


class _Call(pj.Call):
    """pjsua2's call: hands its callbacks on."""

    def __init__(self, account: _Account, leg: _Leg, call_id: int) -> None:
        super().__init__(account, call_id)
        self._leg = leg

    def onCallState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._leg.state_changed()

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._leg.media_changed()

    def onStreamDestroyed(self, prm: Any) -> None:  # noqa: N802 - pjsua2's name
        self._leg.stream_ends(prm.streamIdx)


class _Leg:
    """One telephone's end of a call: what an exchange sees of it (``exchange.Leg``)."""

    def __init__(self, account: _Account, track: Path | None, call_id: int = pj.PJSUA_INVALID_ID) -> None:
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

    def dial(self, uri: str, invitation: Any) -> None:
        self._call.makeCall(uri, invitation)

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


def _endpoint(most_calls: int) -> Any:
    # Creating the library logs to standard output, before any log settings can be given.
    ctypes.CDLL(pj._pjsua2.__file__).pj_log_set_level(0)
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = 2 * most_calls + 2
    config.uaConfig.userAgent = "Earmark generator"
    config.medConfig.clockRate = 8000
    config.medConfig.noVad = True
    config.medConfig.ecTailLen = 0
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    endpoint.audDevManager().setNullDev()
    endpoint.codecSetPriority("PCMA/8000", 255)
    return endpoint


def _listen(endpoint: Any, address: PeerAddress) -> int:
    config = pj.TransportConfig()
    config.port = address.port
    config.boundAddress = address.host
    try:
        return int(endpoint.transportCreate(_TRANSPORTS[address.transport], config))
    except pj.Error as error:
        where = f"{address.host}:{address.port} ({address.transport})"
        if error.status == _ADDRESS_IN_USE:
            remedy = "End it, or let the real telephone there make the call."
            raise AddressInUse(f"Another program already listens on {where}.", remedy) from error
        raise LineError(f"The generator cannot listen on {where}: {error.reason}.") from error


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


def _caller_side(direction: Direction) -> str:
    return "trunk" if direction == "inbound" else "office"
