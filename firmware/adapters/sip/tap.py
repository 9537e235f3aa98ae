"""The SIP line tap: turns pjsua2 into events and carries out a call's effects."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import pjsua2 as pj

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.endpoint import CLOCK_RATE_HZ, SipEndpoint
from firmware.adapters.sip.leg import Leg, operation
from firmware.adapters.sip.line_config import SipLineConfig
from firmware.adapters.sip.media import NoticePlayer, ToneBank
from firmware.adapters.sip.message import SipRequest, offers_encryption, only_fax
from firmware.adapters.sip.peers import KnownPeer, KnownPeers, RefusalLog, split_source
from firmware.adapters.sip.recording import CallAudio, RingHandover
from firmware.adapters.sip.sip_call import Facilities, SipCall
from firmware.adapters.sip.trunk_servers import TrunkServers
from firmware.core.call.effects import (
    CallOver,
    Effect,
)
from firmware.core.call_record import CallRecord
from firmware.core.errors import AudioPathError
from firmware.core.events import Event
from firmware.core.leg import CALLER
from firmware.core.line import CallRequest, LineHealth
from firmware.core.party_number import called_number, far_party, office_party
from firmware.native.build import NativeBuildError
from firmware.native.peer_gate import PeerGate
from firmware.native.recorder_port import load_library
from firmware.ports.clock import Clock
from firmware.ports.line_tap import CallHappening, CallOffered, Stamped
from firmware.ports.prompt_player import PromptPlayer

_LOG = logging.getLogger(__name__)

# Far above what a busy second brings; beyond it something is wrong that only a restart cures.
_MOST_EVENTS = 20_000
# pjmedia may still be telling that a player came to its end when the player is no longer wanted.
_PLAYER_REST_S = 2.0
_FORBIDDEN = 403
_NOT_ACCEPTABLE_HERE = 488


class TooManyEvents(RuntimeError):
    """The dispatcher does not keep up. Ends the process; its supervisor starts it again."""


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
        self._calls: dict[str, SipCall] = {}
        self._refused: list[Leg] = []
        self._resting: deque[tuple[float, NoticePlayer]] = deque()
        self._accounts: dict[tuple[str, str], PeerAccount] = {}
        self._endpoint: SipEndpoint | None = None
        self._gate: PeerGate | None = None
        self._facilities: Facilities | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open every line.

        Raises:
            LineError: settings that cannot work.
            AddressInUse: a port is taken.
        """
        native = _native_code()
        nameservers = dict.fromkeys(server for line in self._lines for server in line.nameservers)
        self._endpoint = SipEndpoint(self._user_agent, nameservers, self._select_account, self._clock)
        if native:
            self._gate = PeerGate.open(self._peers.networks())
        transports = {line.name: self._endpoint.listen(line) for line in self._lines}
        codecs = dict.fromkeys(codec for line in self._lines for codec in line.codecs)
        self._endpoint.start(tuple(codecs))
        self._facilities = Facilities(self._accounts, self._prompts, ToneBank(CLOCK_RATE_HZ), self._lay_to_rest)
        self._servers.start()
        for line in self._lines:
            for peer in line.peers:
                account = PeerAccount(line, peer, self._incoming, self._endpoint.doubts)
                account.open(transports[line.name].get(peer.name, pj.PJSUA_INVALID_ID))
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
        if self._gate is not None:
            self._gate.close()
            self._gate = None
        if self._facilities is not None:
            self._facilities.tones.close()
            self._facilities = None
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
        now_s = self._clock.monotonic_s()
        for account in self._accounts.values():
            account.attend(now_s)
        if self._gate is not None:
            for address, requests in self._gate.refused():
                self._refusals.note(address, now_s, requests)
        self._refusals.flush(now_s)
        if self._endpoint is not None:
            self._endpoint.attend()

    def _line_health(self, line: SipLineConfig) -> LineHealth:
        peers = [self._accounts[line.name, peer.name] for peer in line.peers]
        trunks = [account for account in peers if account.peer.role == "trunk"]
        registering = [trunk for trunk in trunks if trunk.registered is not None]
        troubles = tuple(account.trouble for account in peers if account.trouble) + self._prompts.faults()
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
            address, _ = split_source(prm.rdata.srcAddress)
            self._refusals.note(str(address), self._clock.monotonic_s())
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
        assert self._facilities is not None
        tell = self._teller(call_id)
        leg = Leg(account, CALLER, tell, prm.callId)
        self._calls[call_id] = SipCall(known.line, calling, inbound, leg, tell, self._facilities)
        dialled = called_number(request.request_uri, request.first("to"), known.line.called_number_from)
        offered = CallRequest(call_id, "inbound" if inbound else "outbound", calling, dialled)
        self._enqueue(CallOffered(known.line.name, offered))

    def _refuse(self, account: PeerAccount, pjsua_id: int, status: int) -> None:
        leg = Leg(account, CALLER, lambda event: None, pjsua_id)
        self._refused.append(leg)  # a call without a reference would be declined with 603
        try:
            leg.hangup(operation(status))
        except pj.Error as error:
            _LOG.debug("a call that was refused is gone already: %s", error.reason)

    def _teller(self, call_id: str) -> Callable[[Event], None]:
        return lambda event: self._enqueue(CallHappening(call_id, event))

    def _enqueue(self, what: CallOffered | CallHappening) -> None:
        if len(self._events) >= _MOST_EVENTS:
            self._overrun = True
            return
        self._events.append(Stamped(what, self._clock.wall_ms(), self._clock.monotonic_s()))

    def _lay_to_rest(self, player: NoticePlayer) -> None:
        self._resting.append((self._clock.monotonic_s() + _PLAYER_REST_S, player))

    # -- effects ------------------------------------------------------------------------------------------------------

    def perform(self, call_id: str, effect: Effect) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        call.perform(effect)
        if isinstance(effect, CallOver):
            call.let_go()
            del self._calls[call_id]

    # -- recording ----------------------------------------------------------------------------------------------------

    def start_recording(self, record: CallRecord) -> None:
        call = self._calls.get(record.call_id)
        parties = call.parties() if call is not None else None
        if call is None or parties is None:
            raise AudioPathError("The call was gone before it could be recorded.")
        call.audio = CallAudio(record, *parties, self._handover, self._memory_lock)

    def stop_recording(self, record: CallRecord) -> CallRecord:
        call = self._calls.get(record.call_id)
        if call is None or call.audio is None:
            return record
        audio, call.audio = call.audio, None
        return audio.stop(record)


def _native_code() -> bool:
    """Load, and if need be compile, the C now rather than while a caller waits. False: it is not to be had here."""
    try:
        load_library()
    except NativeBuildError as error:
        _LOG.error("No call will be recorded, and strangers are not turned away early: %s", error)
        return False
    return True
