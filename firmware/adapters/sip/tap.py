"""The SIP line tap: turns pjsua2 into events and carries out a call's effects."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pjsua2 as pj

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.endpoint import CLOCK_RATE_HZ, SipEndpoint
from firmware.adapters.sip.identity import identity_of, request_uri
from firmware.adapters.sip.leg import Leg
from firmware.adapters.sip.line_config import SipLineConfig
from firmware.adapters.sip.media import NoticePlayer, Patchbay, ToneBank
from firmware.adapters.sip.message import SipRequest, offers_encryption, only_fax
from firmware.adapters.sip.peers import KnownPeer, KnownPeers, RefusalLog
from firmware.adapters.sip.recording import CallAudio, RingHandover
from firmware.adapters.sip.trunk_servers import TrunkServers
from firmware.core.call.effects import (
    AnswerCaller,
    Bridge,
    CallOver,
    Dial,
    Effect,
    HangUp,
    PlayNotice,
    PlayTone,
    Reconnect,
    RelayKey,
    RelayProgress,
    StopPlaying,
    Target,
    Unbridge,
)
from firmware.core.call_record import CallRecord, Party
from firmware.core.errors import AudioPathError, PromptError
from firmware.core.events import Event, LegEnded, NoticeEnded, NoticeStarted
from firmware.core.leg import CALLER, LegNumber
from firmware.core.line import CallRequest, LineHealth
from firmware.core.party_number import called_number, far_party, office_party
from firmware.native.build import NativeBuildError
from firmware.native.recorder_port import load_library
from firmware.ports.clock import Clock
from firmware.ports.line_tap import CallHappening, CallOffered, Stamped
from firmware.ports.prompt_player import PromptPlayer

_LOG = logging.getLogger(__name__)

# Far above what a busy second brings; beyond it something is wrong that only a restart cures.
_MOST_EVENTS = 20_000
# pjmedia may still be telling that a player came to its end when the player is no longer wanted.
_PLAYER_REST_S = 2.0
_SERVICE_UNAVAILABLE = 503
_FORBIDDEN = 403
_NOT_ACCEPTABLE_HERE = 488


class TooManyEvents(RuntimeError):
    """The dispatcher does not keep up. Ends the process; its supervisor starts it again."""


@dataclass
class _SipCall:
    """What the adapter keeps of one call."""

    line: SipLineConfig
    calling: Party
    inbound: bool
    legs: dict[LegNumber, Leg]
    patchbay: Patchbay
    audio: CallAudio | None = None
    player: NoticePlayer | None = None
    listeners: set[LegNumber] = field(default_factory=set)


class SipTap:
    """Every SIP line of this process (pjsua2 allows one endpoint).

    Args:
        lines: the lines.
        prompts: the notices.
        handover: gets rings to the recorder.
        clock: stamps events.
        user_agent: what the box calls itself towards peers.
    """

    def __init__(
        self,
        lines: Sequence[SipLineConfig],
        prompts: PromptPlayer,
        handover: RingHandover,
        clock: Clock,
        user_agent: str = "Earmark",
    ) -> None:
        self._lines = tuple(lines)
        self._prompts = prompts
        self._handover = handover
        self._clock = clock
        self._user_agent = user_agent
        self._peers = KnownPeers(self._lines)
        self._servers = TrunkServers(self._lines)
        self._refusals = RefusalLog()
        self._memory_lock = MemoryLock()
        self._events: deque[Stamped] = deque()
        self._overrun = False
        self._calls: dict[str, _SipCall] = {}
        self._refused: list[Leg] = []
        self._resting: deque[tuple[float, NoticePlayer]] = deque()
        self._accounts: dict[tuple[str, str], PeerAccount] = {}
        self._endpoint: SipEndpoint | None = None
        self._tones: ToneBank | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open every line.

        Raises:
            LineError: settings that cannot work.
            AddressInUse: a port is taken.
        """
        _warm_up_recorder_port()
        nameservers = dict.fromkeys(server for line in self._lines for server in line.nameservers)
        self._endpoint = SipEndpoint(self._user_agent, nameservers, self._select_account)
        transports = {line.name: self._endpoint.listen(line) for line in self._lines}
        codecs = dict.fromkeys(codec for line in self._lines for codec in line.codecs)
        self._endpoint.start(tuple(codecs))
        self._tones = ToneBank(CLOCK_RATE_HZ)
        self._servers.start()
        for line in self._lines:
            for peer in line.peers:
                account = PeerAccount(line, peer, self._incoming)
                account.open(transports[line.name].get(peer.transport, pj.PJSUA_INVALID_ID))
                self._accounts[line.name, peer.name] = account

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        assert self._endpoint is not None
        if not self._events:
            self._endpoint.poll(max_wait_ms)
        self._refused = [leg for leg in self._refused if not leg.gone]
        while self._resting and self._resting[0][0] < self._clock.monotonic_s():
            self._resting.popleft()
        if self._overrun:
            raise TooManyEvents(f"{_MOST_EVENTS} events wait to be dealt with")
        events = list(self._events)
        self._events.clear()
        return events

    def close(self) -> None:
        self._servers.stop()
        for call in self._calls.values():
            if call.audio is not None:
                call.audio.stop(call.audio.record)
        self._calls.clear()
        self._refused.clear()
        self._resting.clear()
        self._events.clear()
        for account in self._accounts.values():
            account.shutdown()
        self._accounts.clear()
        if self._tones is not None:
            self._tones.close()
            self._tones = None
        if self._endpoint is not None:
            self._endpoint.close()
            self._endpoint = None

    # -- how things are -----------------------------------------------------------------------------------------------

    def working_trunks(self, line: str) -> frozenset[str]:
        return frozenset(name for (owner, name), account in self._accounts.items() if owner == line and account.working)

    def servers(self, line: str) -> Mapping[str, Sequence[str]]:
        return self._servers.of(line)

    def health(self) -> Sequence[LineHealth]:
        return [self._line_health(line) for line in self._lines]

    def recorder_connected(self) -> bool:
        return self._handover.connected

    def attend(self) -> None:
        for call in self._calls.values():
            if call.audio is not None:
                call.audio.measure()
        self._refusals.flush(self._clock.monotonic_s())

    def _line_health(self, line: SipLineConfig) -> LineHealth:
        trunks = [self._accounts[line.name, trunk.name] for trunk in line.trunks]
        registering = [trunk for trunk in trunks if trunk.registered is not None]
        troubles = tuple(trunk.trouble for trunk in trunks if trunk.trouble) + self._prompts.faults()
        waiting = any(not trunk.working for trunk in trunks)
        return LineHealth(
            line.name,
            "sip",
            "degraded" if troubles else "starting" if waiting else "working",
            registered=all(trunk.registered for trunk in registering) if registering else None,
            attention=troubles,
        )

    # -- incoming -----------------------------------------------------------------------------------------------------

    def _known(self, data: pj.SipRxData) -> KnownPeer | None:
        return self._peers.match(data.srcAddress, SipRequest.parse(data.wholeMsg).sent_by_port)

    def _select_account(self, prm: pj.OnSelectAccountParam) -> None:
        """Take a request with the account of the peer that sent it, whatever its Request-URI says."""
        known = self._known(prm.rdata)
        account = self._accounts.get((known.line.name, known.peer.name)) if known else None
        if account is not None:
            prm.accountIndex = account.getId()

    def _incoming(self, account: PeerAccount, prm: pj.OnIncomingCallParam) -> None:
        """A new INVITE: refuse it, or keep its leg and say that it is there."""
        known = self._known(prm.rdata)
        if known is None:
            self._refusals.note(prm.rdata.srcAddress, self._clock.monotonic_s())
            self._refuse(account, prm.callId, _FORBIDDEN)
            return
        request = SipRequest.parse(prm.rdata.wholeMsg)
        if only_fax(request.body) or (
            known.peer.srtp == "required" and request.body and not offers_encryption(request.body)
        ):
            self._refuse(account, prm.callId, _NOT_ACCEPTABLE_HERE)
            return
        call_id = uuid.uuid4().hex
        inbound = known.peer.role == "trunk"
        headers = request.caller_headers
        calling = far_party(headers) if inbound else office_party(headers)
        leg = Leg(account, CALLER, self._teller(call_id), prm.callId)
        legs = {CALLER: leg}
        self._calls[call_id] = _SipCall(known.line, calling, inbound, legs, Patchbay(legs))
        dialled = called_number(request.request_uri, request.first("to"), known.line.called_number_from)
        offered = CallRequest(call_id, "inbound" if inbound else "outbound", calling, dialled)
        self._enqueue(CallOffered(known.line.name, offered))

    def _refuse(self, account: PeerAccount, pjsua_id: int, status: int) -> None:
        leg = Leg(account, CALLER, lambda event: None, pjsua_id)
        self._refused.append(leg)  # a call without a reference would be declined with 603
        try:
            leg.hangup(_parameters(status))
        except pj.Error as error:
            _LOG.debug("a call that was refused is gone already: %s", error.reason)

    def _teller(self, call_id: str) -> Callable[[Event], None]:
        return lambda event: self._enqueue(CallHappening(call_id, event))

    def _enqueue(self, what: CallOffered | CallHappening) -> None:
        if len(self._events) >= _MOST_EVENTS:
            self._overrun = True
            return
        self._events.append(Stamped(what, self._clock.wall_ms(), self._clock.monotonic_s()))

    # -- effects ------------------------------------------------------------------------------------------------------

    def perform(self, call_id: str, effect: Effect) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        match effect:
            case RelayProgress(status, early_media):
                # 180 with sound is answered as 183, so that the caller's phone does not ring over it.
                self._answer(call_id, call, 183 if early_media else status)
            case AnswerCaller():
                self._answer(call_id, call, 200)
            case Dial(number, target):
                self._dial(call_id, call, number, target)
            case HangUp(number, status):
                self._hang_up(call_id, call, number, status)
            case PlayNotice(number, prompt, overheard_by):
                self._play_notice(call_id, call, number, prompt, overheard_by)
            case PlayTone(number, tone):
                assert self._tones is not None
                call.patchbay.listen(number, self._tones.source(tone))
            case StopPlaying(number):
                self._stop_playing(call, number)
            case Bridge(caller, called):
                call.patchbay.bridge(caller, called)
            case Unbridge(caller, called):
                call.patchbay.silence(caller)
                call.patchbay.silence(called)
            case Reconnect(number):
                call.patchbay.reconnect(number)
                if call.audio is not None:
                    call.audio.reconnect()
            case RelayKey(number, key, duration_ms):
                self._relay_key(call, number, key, duration_ms)
            case CallOver():
                self._forget(call_id, call)
            case _:
                pass  # recording and timers are call control's

    def _answer(self, call_id: str, call: _SipCall, status: int) -> None:
        leg = call.legs[CALLER]
        try:
            leg.answer(_parameters(status))
        except pj.Error as error:
            self._failed(call_id, leg, error)

    def _dial(self, call_id: str, call: _SipCall, number: LegNumber, target: Target) -> None:
        account = self._accounts[call.line.name, target.peer]
        identity = identity_of(call.calling, call.line, account.peer)
        parameters = _parameters()
        parameters.txOption.localUri = identity.from_uri
        if target.server:
            parameters.txOption.targetUri = request_uri(account.peer, target.number, target.server)
        for name, value in identity.headers:
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        leg = Leg(account, number, self._teller(call_id))
        call.legs[number] = leg
        try:
            leg.makeCall(request_uri(account.peer, target.number), parameters)
        except pj.Error as error:
            _LOG.warning("%s: cannot dial by %s: %s", call.line.name, target.peer, error.reason)
            leg.gone = True
            self._teller(call_id)(LegEnded(number, _SERVICE_UNAVAILABLE))

    def _hang_up(self, call_id: str, call: _SipCall, number: LegNumber, status: int) -> None:
        leg = call.legs[number]
        if leg.gone:
            return
        try:
            leg.hangup(_parameters(status))
        except pj.Error as error:
            self._failed(call_id, leg, error)

    def _failed(self, call_id: str, leg: Leg, error: pj.Error) -> None:
        """What was asked of a leg failed: mostly it ended a moment ago. See to it that its end is told."""
        _LOG.debug("leg %d: %s", leg.number, error.reason)
        if not leg.isActive():
            leg.gone = True
        if leg.gone:
            self._teller(call_id)(LegEnded(leg.number, _SERVICE_UNAVAILABLE))
            return
        try:
            leg.hangup(_parameters(_SERVICE_UNAVAILABLE))
        except pj.Error as again:
            _LOG.warning("leg %d cannot be ended: %s", leg.number, again.reason)
            leg.gone = True
            self._teller(call_id)(LegEnded(leg.number, _SERVICE_UNAVAILABLE))

    def _play_notice(
        self, call_id: str, call: _SipCall, number: LegNumber, prompt: str, overheard_by: tuple[LegNumber, ...]
    ) -> None:
        tell = self._teller(call_id)
        try:
            playable = self._prompts.prompt(prompt)
            player = NoticePlayer(playable, lambda: tell(NoticeEnded(number, completed=True)))
        except (PromptError, pj.Error) as error:
            reason = error.reason if isinstance(error, pj.Error) else error.what
            _LOG.error("%s: a notice was not played: %s", call.line.name, reason)
            tell(NoticeEnded(number, completed=False))
            return
        call.player = player
        call.listeners = {number, *overheard_by}
        for listener in call.listeners:
            call.patchbay.listen(listener, player)
        tell(NoticeStarted(number, playable.duration_ms))

    def _stop_playing(self, call: _SipCall, number: LegNumber) -> None:
        call.patchbay.silence(number)
        call.listeners.discard(number)
        if call.player is not None and not call.listeners:
            self._rest(call)

    def _rest(self, call: _SipCall) -> None:
        if call.player is not None:
            self._resting.append((self._clock.monotonic_s() + _PLAYER_REST_S, call.player))
            call.player = None

    def _relay_key(self, call: _SipCall, number: LegNumber, key: str, duration_ms: int) -> None:
        parameters = pj.CallSendDtmfParam()
        parameters.method = pj.PJSUA_DTMF_METHOD_RFC2833
        parameters.digits = key
        parameters.duration = duration_ms
        try:
            call.legs[number].sendDtmf(parameters)
        except pj.Error as error:
            _LOG.debug("a key was not passed on to leg %d: %s", number, error.reason)

    def _forget(self, call_id: str, call: _SipCall) -> None:
        self._rest(call)
        self._calls.pop(call_id, None)

    # -- recording ----------------------------------------------------------------------------------------------------

    def start_recording(self, record: CallRecord) -> None:
        call = self._calls.get(record.call_id)
        if call is None or len(call.legs) < 2:
            raise AudioPathError("The call was gone before it could be recorded.")
        caller, called = call.legs[CALLER], call.legs[max(call.legs)]
        far, office = (caller, called) if call.inbound else (called, caller)
        call.audio = CallAudio(record, far, office, self._handover, self._memory_lock)

    def stop_recording(self, record: CallRecord) -> CallRecord:
        call = self._calls.get(record.call_id)
        if call is None or call.audio is None:
            return record
        audio, call.audio = call.audio, None
        return audio.stop(record)


def _warm_up_recorder_port() -> None:
    """Load, and if need be compile, the recorder port now rather than while a caller waits."""
    try:
        load_library()
    except NativeBuildError as error:
        _LOG.error("No call will be recorded: %s", error)


def _parameters(status: int = 0) -> pj.CallOpParam:
    """Parameters of a pjsua2 operation: one audio stream and nothing else (it would offer text and video)."""
    parameters = pj.CallOpParam(True)
    parameters.statusCode = status
    parameters.opt.audioCount = 1
    parameters.opt.videoCount = 0
    parameters.opt.textCount = 0
    return parameters
