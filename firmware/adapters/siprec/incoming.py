"""INVITEs of recording clients: refused, a new call, or one more recording session of a call that is known."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any

import pjsua2 as pj

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.sip.later import Later
from firmware.adapters.sip.message import SipRequest, offers_encryption
from firmware.adapters.sip.peers import RefusalLog, split_source
from firmware.adapters.sip.recording import RingHandover
from firmware.adapters.siprec.account import ClientAccount, KnownClients
from firmware.adapters.siprec.body_parts import body_parts, metadata_of, sdp_of
from firmware.adapters.siprec.line_config import SiprecLineConfig
from firmware.adapters.siprec.session import RecordingSession
from firmware.adapters.siprec.tapped_call import TappedCall
from firmware.adapters.siprec.tapped_keys import KeyStreams
from firmware.adapters.siprec.told import Told
from firmware.core.events import Event, HangUpRequested, LegEnded
from firmware.core.leg import CALLER
from firmware.core.recording_metadata import is_another_call
from firmware.ports.clock import Clock
from firmware.ports.line_tap import CallHappening, CallOffered

_LOG = logging.getLogger(__name__)
_ENDED = "ended by the telephone system"
_NO_PHONE = "a call came that is no recording session: make the PBX send recordings here (SIPREC), and no calls"
_NOTHING_SAID = "the PBX says nothing of the calls that it sends, so nobody is named: switch its SIPREC metadata on"
_UNREADABLE = "what the PBX says of a call cannot be read, so nobody is named: see the log, and ask who made it"
_OK = 200
_FORBIDDEN = 403
_EXTENSION_REQUIRED = 421
_NOT_ACCEPTABLE_HERE = 488
# Its numbers decide whether a call is recorded. A client that says nothing with its INVITE may do so right after.
_WAITS_FOR_METADATA_S = 0.5

Enqueue = Callable[[CallOffered | CallHappening], None]


class RecordingSessions:
    """Every recording session and the calls that they belong to.

    Args:
        clients: who may send recordings.
        refusals: where strangers are counted.
        calls: every call by its id; new ones are put here.
        handover: gets rings to the recorder.
        later: does what must not be done inside a callback.
        enqueue: takes what call control is to know.
        clock: for the log of refusals.
        waited_ms: how long what is told now may have waited.
    """

    def __init__(
        self,
        clients: KnownClients,
        refusals: RefusalLog,
        calls: MutableMapping[str, TappedCall],
        handover: RingHandover,
        later: Later,
        enqueue: Enqueue,
        clock: Clock,
        waited_ms: Callable[[], int],
    ) -> None:
        self._clients = clients
        self._refusals = refusals
        self._calls = calls
        self._handover = handover
        self._later = later
        self._enqueue = enqueue
        self._clock = clock
        self._waited_ms = waited_ms
        self._memory_lock = MemoryLock()
        self.keys = KeyStreams()
        #: What is wrong with what came last on a line, by its name; empty for nothing.
        self.troubles: dict[str, str] = {}
        self._ending: list[RecordingSession] = []

    # -- INVITEs, inside the library's callbacks ----------------------------------------------------------------------

    def take(self, account: ClientAccount, prm: pj.OnIncomingCallParam) -> None:
        """Refuse a session, or take it."""
        message = prm.rdata.wholeMsg
        told = Told.read(message)
        session = RecordingSession(account, prm.callId, told)
        line = self._clients.line_of(prm.rdata.srcAddress)
        if line is None:
            address, _ = split_source(prm.rdata.srcAddress)
            self._refusals.note(str(address), self._clock.monotonic_s())
            self._refuse(session, _FORBIDDEN)
        elif not is_recording_session(message):
            self._note(line, _NO_PHONE)
            self._refuse(session, _EXTENSION_REQUIRED)
        elif not told.offer or not told.offer.streams or (line.srtp == "required" and not _is_encrypted(message)):
            self._refuse(session, _NOT_ACCEPTABLE_HERE)
        else:
            self._accept(line, session, told)

    def _accept(self, line: SiprecLineConfig, session: RecordingSession, told: Told) -> None:
        call = self._call_of(line, session)
        self._note(line, "" if told.metadata else _UNREADABLE if told.documents else _NOTHING_SAID)
        session.owner = self
        try:
            session.accept()
        except pj.Error as error:
            _LOG.warning("%s: a recording session cannot be taken: %s", line.name, error.reason)
            self._refuse(session, _NOT_ACCEPTABLE_HERE)
            return
        if call is not None:
            call.add(session, told.documents)
        else:
            self._new_call(line, session, told.documents)

    def _new_call(self, line: SiprecLineConfig, session: RecordingSession, documents: Iterable[str]) -> None:
        call_id = uuid.uuid4().hex

        def tell(event: Event) -> None:
            self._enqueue(CallHappening(call_id, event))

        call = TappedCall(call_id, line, tell, self._handover, self._memory_lock)
        self._calls[call.call_id] = call
        call.add(session, tuple(documents))
        if call.knows_anything:
            self._offer(call)
        else:
            self._later.after(_WAITS_FOR_METADATA_S, lambda: self._offer(call))

    def _offer(self, call: TappedCall) -> None:
        if not call.offered and call.sessions:
            self._enqueue(CallOffered(call.line.name, call.request()))
            call.tell_the_rest()

    def _call_of(self, line: SiprecLineConfig, session: RecordingSession) -> TappedCall | None:
        """The call that another session is of, if any is."""
        calls = (call for call in self._calls.values() if call.line is line)
        return next((call for call in calls if call.is_told_of_by(session.metadata)), None)

    def _note(self, line: SiprecLineConfig, trouble: str) -> None:
        if trouble and trouble != self.troubles.get(line.name):
            _LOG.warning("%s: %s", line.name, trouble)
        self.troubles[line.name] = trouble

    def _refuse(self, session: RecordingSession, status: int) -> None:
        self._ending.append(session)  # a call without a reference would be declined with 603
        session.refuse(status)

    def part_with(self, session: RecordingSession) -> None:
        """Listen to a session no longer, though the call may go on."""
        self._ending.append(session)
        session.end()

    # -- what sessions tell, inside the library's callbacks -----------------------------------------------------------

    def session_told(self, session: RecordingSession, told: Told) -> None:
        call = self.call_of_session(session)
        if call is None:
            return
        if call.sessions == [session] and is_another_call(session.former, session.metadata):
            self._over(call, _OK)
            self._new_call(call.line, session, told.documents)
            return
        call.learn(told.documents)
        if not call.offered and call.knows_anything:
            self._offer(call)

    def session_media(self, session: RecordingSession) -> None:
        call = self.call_of_session(session)
        if call is not None:
            call.reconnect()

    def session_stream(self, session: RecordingSession, place: int, stream: Any) -> None:
        self.keys.listen(session, place, stream)

    def session_over(self, session: RecordingSession, status: int) -> None:
        call = self.call_of_session(session)
        self._later.soon(session.release)
        self.keys.forget(session)
        if call is None:
            return
        call.remove(session)
        if not call.sessions:
            self._over(call, status)

    def _over(self, call: TappedCall, status: int) -> None:
        call.leave()
        if call.offered:
            ended = HangUpRequested(_ENDED) if status < 300 else LegEnded(CALLER, status)
            self._enqueue(CallHappening(call.call_id, ended))
        else:
            self._calls.pop(call.call_id, None)

    def call_of_session(self, session: RecordingSession) -> TappedCall | None:
        return next((call for call in self._calls.values() if session in call.sessions), None)

    # -- outside callbacks --------------------------------------------------------------------------------------------

    def attend_keys(self) -> None:
        """Tell keys. Call often."""
        for session, place, key in self.keys.take():
            call = self.call_of_session(session)
            if call is not None:
                call.key_event(session, place, key, self._waited_ms())
        for call in self._calls.values():
            call.attend_keys()

    def forget_ended(self) -> None:
        """Let go of sessions refused or ended here, once the client has acknowledged it. Not inside a callback."""
        for session in self._ending:
            if session.gone:
                session.release()
        self._ending = [session for session in self._ending if not session.gone]

    def close(self) -> None:
        for session in self._ending:
            session.release()
        self._ending.clear()


def is_recording_session(message: str) -> bool:
    """Whether an INVITE is a recording client's (RFC 7866 section 6.1), by any of the marks that clients give it.

    Some forget the feature tag of their Contact, some write it without its ``+sip.``, some require nothing.
    """
    request = SipRequest.parse(message)
    required = {word.strip().lower() for line in request.all("require") for word in line.split(",")}
    contact = request.first("contact").lower().rpartition(">")[2]
    tagged = any(word.strip().partition("=")[0] in ("+sip.src", "src") for word in contact.split(";"))
    return "siprec" in required or tagged or bool(metadata_of(body_parts(message.encode(errors="surrogateescape"))))


def _is_encrypted(message: str) -> bool:
    return offers_encryption(sdp_of(body_parts(message.encode(errors="surrogateescape"))))
