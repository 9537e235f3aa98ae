"""The SIP line tap: turns pjsua2 into events and carries out a call's effects."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import pjsua2 as pj

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.sip.account import PeerAccount
from firmware.adapters.sip.arrivals import Arrivals
from firmware.adapters.sip.endpoint import CLOCK_RATE_HZ, SipEndpoint
from firmware.adapters.sip.greeting import Greetings
from firmware.adapters.sip.in_call_requests import InCallRequests
from firmware.adapters.sip.incoming import IncomingCalls
from firmware.adapters.sip.later import Later
from firmware.adapters.sip.line_config import SipLineConfig, SipPeer
from firmware.adapters.sip.media import ToneBank
from firmware.adapters.sip.message import SipRequest
from firmware.adapters.sip.peers import KnownPeers, RefusalLog
from firmware.adapters.sip.phones.account import PhoneAccount
from firmware.adapters.sip.phones.registered_phones import RegisteredPhones
from firmware.adapters.sip.recording import CallAudio, RingHandover
from firmware.adapters.sip.room import Room
from firmware.adapters.sip.scanners import AskFilter, Scanners, no_filter
from firmware.adapters.sip.sip_call import Facilities, SipCall
from firmware.adapters.sip.trunk_servers import TrunkServers
from firmware.adapters.sip.waiting_events import WaitingEvents
from firmware.core.call.effects import AdoptLeg, CallOver, Effect
from firmware.core.call_record import CallRecord
from firmware.core.errors import AudioPathError
from firmware.core.events import LegEnded
from firmware.core.line import LineHealth
from firmware.core.scanner_watch import Network
from firmware.native.build import NativeBuildError
from firmware.native.dialog_requests import DialogRequests
from firmware.native.peer_gate import PeerGate
from firmware.native.recorder_port import load_library
from firmware.ports.clock import Clock
from firmware.ports.line_tap import CallHappening, Stamped
from firmware.ports.prompt_player import PromptPlayer

_LOG = logging.getLogger(__name__)

# How often heard keys are fetched: well within the time in which a code must show its effect.
_KEYS_EVERY_S = 0.03
# For so long the library goes on listening before it ends, where it waits for answers at all.
_FAREWELL_S = 1.0


class SipTap:
    """Every SIP line of this process (pjsua2 allows one endpoint).

    Args:
        lines: the lines.
        prompts: the notices.
        handover: gets rings to the recorder.
        clock: stamps events.
        greetings: where a greeting that is spoken into a phone goes.
        user_agent: what the box calls itself towards peers.
        registrations: file in which it is kept where registered phones are; None keeps that nowhere.
        ask_filter: has scanners dropped before they get here.
    """

    def __init__(
        self,
        lines: Sequence[SipLineConfig],
        prompts: PromptPlayer,
        handover: RingHandover,
        clock: Clock,
        greetings: Greetings,
        user_agent: str = "Earmark",
        registrations: Path | None = None,
        ask_filter: AskFilter = no_filter,
    ) -> None:
        self._lines = tuple(lines)
        self._prompts = prompts
        self._handover = handover
        self._clock = clock
        self._greetings = greetings
        self._user_agent = user_agent
        self._peers = KnownPeers(self._lines)
        self._phones = RegisteredPhones(self._lines, self._peers, registrations, clock, self._refuse_for)
        self._servers = TrunkServers(self._lines)
        self._refusals = RefusalLog()
        self.scanners = Scanners(self._refusals, ask_filter, self._phones.addresses)
        self._memory_lock = MemoryLock()
        self._calls: dict[str, SipCall] = {}
        self._arrivals = Arrivals(clock)
        self._events = WaitingEvents(self._arrivals)
        self._room = Room(self._calls, clock.monotonic_s)
        self._call_seen_s = -math.inf
        self._later = Later(clock)
        self._keys_due_s = 0.0
        self._accounts: dict[tuple[str, str], PeerAccount] = {}
        self._endpoint: SipEndpoint | None = None
        self._gate: PeerGate | None = None
        self._dialogs: DialogRequests | None = None
        self._tones: ToneBank | None = None
        self._incoming: IncomingCalls | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open every line.

        Raises:
            LineError: settings that cannot work.
            AddressInUse: a port is taken.
        """
        native = _native_code()
        self._servers.start()  # before a call can come in
        nameservers = dict.fromkeys(server for line in self._lines for server in line.nameservers)
        self._endpoint = SipEndpoint(self._user_agent, nameservers, self._select_account, self._clock)
        if native:
            self._gate = PeerGate.open(self._peers.networks())
            requests = InCallRequests(self._calls, lambda: self._dialogs, self._events.put)
            self._dialogs = DialogRequests.open(requests.take)
        self._phones.open(native)
        transports = {line.name: self._endpoint.listen(line) for line in self._lines}
        codecs = dict.fromkeys(codec for line in self._lines for codec in line.codecs)
        self._endpoint.start(tuple(codecs))
        self._tones = ToneBank(CLOCK_RATE_HZ)
        self._incoming = self._door(self._tones)
        for line in self._lines:
            for peer in line.peers:
                account = self._account(line, peer, self._incoming, self._endpoint)
                account.open(transports[line.name].get(peer.name, pj.PJSUA_INVALID_ID))
                self._accounts[line.name, peer.name] = account

    def _account(
        self, line: SipLineConfig, peer: SipPeer, incoming: IncomingCalls, endpoint: SipEndpoint
    ) -> PeerAccount:
        if not peer.registered_phones:
            return PeerAccount(line, peer, incoming.take, endpoint.doubts)
        bindings = partial(self._phones.bindings, line.name, peer.transport)
        return PhoneAccount(line, peer, incoming.take, bindings, self._phones.note_answer)

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        assert self._endpoint is not None
        assert self._incoming is not None
        looked = not self._events
        if looked:
            self._arrivals.looks()
        found_something = looked and self._endpoint.poll(max_wait_ms)
        self._incoming.forget_refused()
        self._later.attend()
        self._attend_keys()
        if looked:
            self._arrivals.looked(found_something)
        if self._calls or self._incoming.refusing:
            self._call_seen_s = self._clock.monotonic_s()
        return self._events.take()

    def close(self) -> None:
        self._servers.stop()
        for call in self._calls.values():
            audio = call.audio
            call.let_go()
            if audio is not None:
                audio.stop(audio.record)
        self._calls.clear()
        self._later.forget()
        self._events.forget()
        if self._incoming is not None:
            self._incoming.close()
        farewells = self._farewells_under_way()
        for account in self._accounts.values():
            account.shutdown()
        self._accounts.clear()
        self._phones.close()
        self._close_native()
        if self._tones is not None:
            self._tones.close()
            self._tones = None
        if self._endpoint is not None:
            self._endpoint.close(wait_for_answers=farewells)
            self._endpoint = None

    def _farewells_under_way(self) -> bool:
        """A trunk is signed off from, or a call has ended so lately that its last words may have to be repeated."""
        registered = any(account.registered is not None for account in self._accounts.values())
        return registered or self._clock.monotonic_s() - self._call_seen_s < _FAREWELL_S

    def _close_native(self) -> None:
        if self._dialogs is not None:
            self._dialogs.close()
            self._dialogs = None
        if self._gate is not None:
            self._gate.close()
            self._gate = None

    def _door(self, tones: ToneBank) -> IncomingCalls:
        facilities = Facilities(
            self._accounts,
            self._prompts,
            tones,
            CLOCK_RATE_HZ,
            self._later,
            self._greetings,
            self._arrivals,
            self._phones,
            self._room,
        )
        return IncomingCalls(
            self._peers, self._refusals, self._calls, facilities, lambda: self._dialogs, self._events.put, self._clock
        )

    # -- how things are -----------------------------------------------------------------------------------------------

    def working_trunks(self, line: str) -> frozenset[str]:
        return frozenset(name for (owner, name), account in self._accounts.items() if owner == line and account.working)

    def registered_phones(self, line: str) -> Mapping[str, Sequence[str]]:
        """The phones of each extension that are registered."""
        return self._phones.registered(line)

    def phones(self) -> list[dict[str, object]]:
        """Every phone that may register, as JSON values."""
        return self._phones.shown()

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
        self._phones.attend()
        for account in self._accounts.values():
            account.attend(now_s)
        self.scanners.attend(self._gate, now_s)
        self._room.attend()
        if self._endpoint is not None:
            self._endpoint.attend()

    def _line_health(self, line: SipLineConfig) -> LineHealth:
        peers = [self._accounts[line.name, peer.name] for peer in line.peers]
        trunks = [account for account in peers if account.peer.role == "trunk"]
        registering = [trunk for trunk in trunks if trunk.registered is not None]
        troubles = (
            *(account.trouble for account in peers if account.trouble),
            *self._prompts.faults(),
            *self._phones.troubles(line.name),
        )
        waiting = any(not trunk.working for trunk in trunks)
        return LineHealth(
            line.name,
            "sip",
            "degraded" if troubles else "starting" if waiting else "working",
            registered=all(trunk.registered for trunk in registering) if registering else None,
            attention=troubles,
        )

    # -- events -------------------------------------------------------------------------------------------------------

    def _refuse_for(self, place: Network, for_s: float) -> None:
        """Passwords are guessed from there."""
        if self._gate is not None:
            self._gate.no_longer_answer(place, for_s)
            self.scanners.filter(place, for_s)

    def _select_account(self, prm: pj.OnSelectAccountParam) -> None:
        """Take a request with the account of the peer that sent it, whatever its Request-URI says."""
        request = SipRequest.parse(prm.rdata.wholeMsg)
        known = self._peers.match(prm.rdata.srcAddress, request.sent_by_port)
        admitted = self._phones.admitted(request) if known is None else None
        place = (known.line.name, known.peer.name) if known else None
        if admitted is not None:
            place = (admitted[0].line, admitted[1])
        account = self._accounts.get(place) if place is not None else None
        if account is not None:
            prm.accountIndex = account.getId()

    def _attend_keys(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._keys_due_s:
            self._keys_due_s = now_s + _KEYS_EVERY_S
            for call in self._calls.values():
                call.attend_keys()

    # -- effects ------------------------------------------------------------------------------------------------------

    def perform(self, call_id: str, effect: Effect) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        if isinstance(effect, AdoptLeg):
            self._adopt(call_id, call, effect)
            return
        call.perform(effect)
        if isinstance(effect, CallOver):
            call.let_go()
            del self._calls[call_id]

    def _adopt(self, call_id: str, call: SipCall, effect: AdoptLeg) -> None:
        """Move a leg from one call to another; one that is gone meanwhile has ended as far as that call knows."""
        giver = self._calls.get(effect.place.call_id)
        leg = giver.give_up_leg(effect.place.leg) if giver is not None else None
        if leg is None:
            self._events.put(CallHappening(call_id, LegEnded(effect.leg)))
            return
        call.adopt(effect.leg, leg)
        if giver is not None and not giver.offered:
            del self._calls[effect.place.call_id]

    # -- recording ----------------------------------------------------------------------------------------------------

    def start_recording(self, record: CallRecord) -> None:
        call = self._calls.get(record.call_id)
        parties = call.parties() if call is not None else None
        if call is None or parties is None:
            raise AudioPathError("The call was gone before it could be recorded.")
        call.recorded_by(CallAudio(record, parties, self._handover, self._memory_lock, paused=record.paused))

    def resume_recording(self, call_id: str) -> int:
        call = self._calls.get(call_id)
        return 0 if call is None or call.audio is None else call.audio.resume()

    def stop_recording(self, record: CallRecord) -> CallRecord:
        call = self._calls.get(record.call_id)
        if call is None or call.audio is None:
            return record
        audio = call.audio
        call.recorded_by(None)
        return audio.stop(record)

    def update_recording(self, record: CallRecord) -> None:
        self._handover.update(record)

    def not_recorded(self, record: CallRecord) -> None:
        self._handover.not_recorded(record)


def _native_code() -> bool:
    """Load, and if need be compile, the C now rather than while a caller waits. False: it is not to be had here."""
    try:
        load_library()
    except NativeBuildError as error:
        _LOG.error("No call will be recorded, and strangers are not turned away early: %s", error)
        return False
    return True
