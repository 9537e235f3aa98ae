"""The SIPREC line tap: calls that go on elsewhere, of which recording clients send a copy (RFC 7866, RFC 7245)."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pjsua2 as pj

from firmware.adapters.sip.arrivals import Arrivals
from firmware.adapters.sip.endpoint import Listening, SipEndpoint
from firmware.adapters.sip.later import Later
from firmware.adapters.sip.peers import RefusalLog
from firmware.adapters.sip.recording import RingHandover
from firmware.adapters.sip.scanners import AskFilter, Scanners, no_filter
from firmware.adapters.sip.waiting_events import WaitingEvents
from firmware.adapters.siprec.account import ClientAccount, KnownClients, secure
from firmware.adapters.siprec.carried_pauses import CarriedPauses
from firmware.adapters.siprec.incoming import RecordingSessions
from firmware.adapters.siprec.line_config import SiprecLineConfig
from firmware.adapters.siprec.tapped_call import TappedCall
from firmware.core.call.effects import CallOver, Effect
from firmware.core.call_record import CallRecord
from firmware.core.errors import AudioPathError
from firmware.core.line import LineHealth
from firmware.native.peer_gate import PeerGate
from firmware.native.recorder_port import load_library
from firmware.native.recording_requests import RecordingRequests
from firmware.ports.clock import Clock
from firmware.ports.line_tap import Stamped

_LOG = logging.getLogger(__name__)
_KEYS_EVERY_S = 0.03


class SiprecTap:
    """Every SIPREC line of this process (pjsua2 allows one endpoint).

    Args:
        lines: the lines.
        handover: gets rings to the recorder.
        clock: stamps events.
        user_agent: what the box calls itself towards clients.
        paused: folder in which it is kept which calls are paused; None keeps that nowhere.
        ask_filter: has scanners dropped before they get here.
    """

    def __init__(
        self,
        lines: Sequence[SiprecLineConfig],
        handover: RingHandover,
        clock: Clock,
        user_agent: str = "Earmark",
        paused: Path | None = None,
        ask_filter: AskFilter = no_filter,
    ) -> None:
        self._lines = tuple(lines)
        self._handover = handover
        self._clock = clock
        self._user_agent = user_agent
        self._clients = KnownClients(self._lines)
        self._refusals = RefusalLog()
        self.scanners = Scanners(self._refusals, ask_filter, tuple)
        self._calls: dict[str, TappedCall] = {}
        self._pauses = CarriedPauses(paused, clock.monotonic_s())
        self._arrivals = Arrivals(clock)
        self._events = WaitingEvents(self._arrivals)
        self._later = Later(clock)
        self._keys_due_s = 0.0
        self._accounts: dict[str, ClientAccount] = {}
        self._endpoint: SipEndpoint | None = None
        self._gate: PeerGate | None = None
        self._requests: RecordingRequests | None = None
        self._sessions = RecordingSessions(
            self._clients,
            self._refusals,
            self._calls,
            handover,
            self._later,
            self._events.put,
            clock,
            self._arrivals.waited_ms,
        )

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open every line.

        Raises:
            LineError: settings that cannot work.
            AddressInUse: a port is taken.
            NativeBuildError: the C cannot be compiled or loaded here: nothing could be recorded.
        """
        load_library()
        self._endpoint = SipEndpoint(self._user_agent, (), self._select_account, self._clock)
        self._gate = PeerGate.open(self._clients.networks())
        self._requests = RecordingRequests.open()
        self._sessions.keys.open()
        for line in self._lines:
            self._listen(self._endpoint, line)
        self._endpoint.start(tuple(dict.fromkeys(codec for line in self._lines for codec in line.codecs)))
        for line in self._lines:
            account = self._accounts[line.name] = ClientAccount(line, self._sessions.take)
            account.open(is_default=line is self._lines[0])

    def poll(self, max_wait_ms: int) -> Sequence[Stamped]:
        assert self._endpoint is not None
        looked = not self._events
        if looked:
            self._arrivals.looks()
        found_something = looked and self._endpoint.poll(max_wait_ms)
        self._sessions.forget_ended()
        self._later.attend()
        self._attend_keys()
        if looked:
            self._arrivals.looked(found_something)
        return self._events.take()

    def close(self) -> None:
        for call in self._calls.values():
            if call.audio is not None:
                call.stop_recording(call.audio.record)
            for session in call.sessions:
                session.release()
        self._calls.clear()
        self._later.forget()
        self._events.forget()
        self._sessions.close()
        for account in self._accounts.values():
            account.shutdown()
        self._accounts.clear()
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._gate is not None:
            self._gate.close()
            self._gate = None
        if self._endpoint is not None:
            self._endpoint.close()
            self._endpoint = None

    def _listen(self, endpoint: SipEndpoint, line: SiprecLineConfig) -> None:
        for transport in dict.fromkeys(line.transports):
            port = line.tls_port if transport == "tls" else line.bind_port
            place = Listening(line.name, line.bind_host, port, transport, line.public_address)
            if transport == "tls":
                endpoint.listen_at(place, lambda config: secure(config, line))
            else:
                endpoint.listen_at(place, lambda config: None)

    # -- how things are -----------------------------------------------------------------------------------------------

    def working_trunks(self, line: str) -> frozenset[str]:
        return frozenset()

    def servers(self, line: str) -> Mapping[str, Sequence[str]]:
        return {}

    def health(self) -> Sequence[LineHealth]:
        troubles = self._sessions.troubles
        return [
            LineHealth(line.name, "siprec", "working", attention=tuple(filter(None, (troubles.get(line.name),))))
            for line in self._lines
        ]

    def recorder_connected(self) -> bool:
        return self._handover.connected

    def attend(self) -> None:
        now_s = self._clock.monotonic_s()
        for call in list(self._calls.values()):
            if call.audio is not None:
                call.audio.measure()
                self._pauses.goes_on(call.audio.record, call.said, now_s)
            for session in tuple(call.sessions):
                session.attend(now_s)
        self._pauses.forget_old(now_s)
        self.scanners.attend(self._gate, now_s)
        if self._endpoint is not None:
            self._endpoint.attend()

    # -- events -------------------------------------------------------------------------------------------------------

    def _select_account(self, prm: pj.OnSelectAccountParam) -> None:
        """Take a request with the account of the line whose client sent it, whatever its Request-URI says."""
        line = self._clients.line_of(prm.rdata.srcAddress)
        account = self._accounts.get(line.name) if line is not None else None
        if account is not None:
            prm.accountIndex = account.getId()

    def _attend_keys(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s >= self._keys_due_s:
            self._keys_due_s = now_s + _KEYS_EVERY_S
            self._sessions.attend_keys()

    # -- effects and recording ----------------------------------------------------------------------------------------

    def perform(self, call_id: str, effect: Effect) -> None:
        call = self._calls.get(call_id)
        if call is None:
            return
        if isinstance(effect, CallOver):
            # Mostly the client ended it; else somebody here wants to hear no more of it.
            for session in call.sessions:
                self._sessions.part_with(session)
            del self._calls[call_id]
        else:
            call.perform(effect)

    def start_recording(self, record: CallRecord) -> None:
        call = self._calls.get(record.call_id)
        if call is None:
            raise AudioPathError("The call was gone before it could be recorded.")
        now_s = self._clock.monotonic_s()
        # What is always recorded nobody pauses, whatever was before.
        carried = record.mode != "always" and self._pauses.go_on_in(record, call.said, now_s)
        call.start_recording(record, paused=record.paused or carried)
        if carried:
            call.stay_paused()
        self._pauses.goes_on(record, call.said, now_s)
        # What was paused or held before there was anything to record must be told again.
        self._later.soon(call.reconnect)

    def resume_recording(self, call_id: str) -> int:
        call = self._calls.get(call_id)
        return 0 if call is None else call.resume_recording()

    def stop_recording(self, record: CallRecord) -> CallRecord:
        call = self._calls.get(record.call_id)
        if call is None:
            return record
        self._pauses.ended(record, call.said, self._clock.monotonic_s())
        return call.stop_recording(record)

    def update_recording(self, record: CallRecord) -> None:
        call = self._calls.get(record.call_id)
        if call is not None and call.audio is not None:
            call.audio.update(call.complete(record))
            self._pauses.goes_on(record, call.said, self._clock.monotonic_s())
        else:
            self._handover.update(record)

    def not_recorded(self, record: CallRecord) -> None:
        self._handover.not_recorded(record)
