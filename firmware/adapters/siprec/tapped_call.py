"""One call as recording clients tell of it: its sessions, who takes part, and what the recorder hears of whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from firmware.adapters.ring.shared_memory import MemoryLock
from firmware.adapters.sip.keypad import Press
from firmware.adapters.sip.recording import RingHandover
from firmware.adapters.siprec.kept_metadata import KeptMetadata
from firmware.adapters.siprec.line_config import SiprecLineConfig
from firmware.adapters.siprec.session import LiveStream, RecordingSession
from firmware.adapters.siprec.tapped_audio import HeardStream, TappedAudio
from firmware.adapters.siprec.tapped_keys import TappedKeys
from firmware.core.call.effects import Effect, PauseRecording, RecordAsHeld
from firmware.core.call_record import Asker, CallRecord, Party, Side
from firmware.core.events import ActionRequested, Event, KeyPressed, MediaReady, PartyReplaced
from firmware.core.leg import CALLER, LegNumber
from firmware.core.line import CallRequest
from firmware.core.recording_metadata import (
    Participant,
    RecordingMetadata,
    is_same_call,
    joined,
    numbered_label,
)
from firmware.core.tapped_parties import BOTH, TappedParties, heard_on, party_of, tapped_parties
from firmware.native.stream_keys import StreamKey

CALLED: LegNumber = 1
_PBX = Asker("pbx")
_BY_ITSELF = Asker("automatic")
_SIDES: tuple[Side, ...] = ("far_party", "office")

Tell = Callable[[Event], None]


class TappedCall:
    """One call. Nothing here raises for what a client does.

    Args:
        call_id: its id, for call control.
        line: the line it is heard on.
        tell: takes the call's events, for call control.
        handover: gets rings to the recorder.
        lock: keeps rings in memory.
    """

    def __init__(
        self, call_id: str, line: SiprecLineConfig, tell: Tell, handover: RingHandover, lock: MemoryLock
    ) -> None:
        self.call_id = call_id
        self.line = line
        self.sessions: list[RecordingSession] = []
        #: Whether call control knows it.
        self.offered = False
        self.audio: TappedAudio | None = None
        self._tell = tell
        self._handover = handover
        self._lock = lock
        self._kept = KeptMetadata()
        self._metadata = RecordingMetadata()
        #: What each session said last, those that are over included when all are.
        self.said: tuple[RecordingMetadata, ...] = ()
        self._parties: TappedParties | None = None
        self._told: dict[Side, Party] = {}
        self._told_others: dict[Side, tuple[Participant, ...]] = {side: () for side in _SIDES}
        self._held: dict[Side, bool] = dict.fromkeys(_SIDES, False)
        self._spoke: set[Side] = set()
        self._paused_by_pbx = False
        self._keys = TappedKeys(self._tell_press)

    # -- sessions -----------------------------------------------------------------------------------------------------

    def add(self, session: RecordingSession, documents: Sequence[str] = ()) -> None:
        """One more recording session of this call."""
        self.sessions.append(session)
        self.learn(documents)

    def remove(self, session: RecordingSession) -> None:
        """A session is over; the others go on."""
        self.sessions.remove(session)
        if self.sessions:
            self.learn(())

    def learn(self, documents: Sequence[str]) -> None:
        """Something was said: sort the participants anew, and tell what has changed."""
        news = self._kept.add(documents)
        self.said = tuple(session.metadata for session in self.sessions)
        self._metadata = joined(self.said)
        parties = tapped_parties(self._metadata, self.line.is_office, self.line.direction_unless_known, self._parties)
        self._parties = parties
        if self.offered:
            self._tell_parties(parties)
        self.reconnect()
        if news and self.audio is not None:
            self.audio.update(self.complete(self.audio.record))

    def is_told_of_by(self, metadata: RecordingMetadata) -> bool:
        """Whether another recording session is of this call as well."""
        return any(is_same_call(session.metadata, metadata) for session in self.sessions)

    def leave(self) -> None:
        """The call is over for this line, though its session goes on with another."""
        self.sessions.clear()
        if self.audio is not None:
            self.audio.hear(())

    @property
    def knows_anything(self) -> bool:
        return any(session.knows_anything for session in self.sessions)

    # -- for call control ---------------------------------------------------------------------------------------------

    def request(self) -> CallRequest:
        """The call as it is offered; from here on what changes is told."""
        parties = self._must_have_parties()
        self.offered = True
        self._told = {side: parties.party(side) for side in _SIDES}
        calling = parties.calling_side
        called = self._told["office" if calling == "far_party" else "far_party"]
        dialled = called.number
        return CallRequest(self.call_id, parties.direction, self._told[calling], dialled, tapped=True, called=called)

    def tell_the_rest(self) -> None:
        """Once the call is known: the further parties of a conference, holds, a pause."""
        self._tell_parties(self._must_have_parties())
        self.reconnect()

    def perform(self, effect: Effect) -> None:
        """Carry out what may be asked of a call that is only listened to."""
        match effect:
            case PauseRecording(look_back_ms) if self.audio is not None:
                self.audio.pause(look_back_ms)
                self._ask_for_sound(False)
            case RecordAsHeld(leg, held) if self.audio is not None:
                self.audio.hold(self._side_of(leg), held)

    def start_recording(self, record: CallRecord, paused: bool) -> None:
        """Record from now on; ``paused`` keeps nothing before it is let go on.

        Raises:
            AudioPathError: it cannot; the call is untouched.
        """
        streams = self._heard_streams()
        mixed = [stream.heard for stream in streams] == [BOTH]
        self.audio = TappedAudio(self.complete(record), mixed, streams, self._handover, self._lock, paused)

    def resume_recording(self) -> int:
        self._ask_for_sound(True)
        return 0 if self.audio is None else self.audio.resume()

    def stop_recording(self, record: CallRecord) -> CallRecord:
        if self.audio is None:
            return record
        audio, self.audio = self.audio, None
        return audio.stop(self.complete(record))

    def complete(self, record: CallRecord) -> CallRecord:
        """The record with what the clients said in their own words."""
        withheld = any(party.presentation == "withheld" for party in self._told.values())
        withheld = withheld or any(each.withheld for each in self._metadata.participants)
        withheld = withheld or any(change.party.presentation == "withheld" for change in record.parties)
        return replace(record, session_metadata=self._kept.texts(withheld))

    def stay_paused(self) -> None:
        """It goes on with a call that was left paused."""
        self._tell(ActionRequested("pause", _BY_ITSELF))

    def key_event(self, session: RecordingSession, place: int, key: StreamKey, waited_ms: int) -> None:
        """A key goes by as an event on a stream: its sound, if there is any, must not be recorded."""
        if self.audio is None:
            return
        heard = self.audio.heard_on(session, place)
        self.audio.key_event(heard, waited_ms)
        if len(heard) == 1:
            self._keys.event(next(iter(heard)), key)

    def attend_keys(self) -> None:
        """Tell keys that were heard. Call often."""
        if self.audio is not None and not self.audio.mixed:
            for key in self.audio.heard_keys():
                self._keys.heard(_SIDES[key.channel], key.key, key.duration_ms)
        self._keys.attend()

    def _tell_press(self, side: Side, press: Press) -> None:
        self._tell(KeyPressed(self._leg_of(side), press.key, press.duration_ms, press.way))

    # -- what is heard ------------------------------------------------------------------------------------------------

    def reconnect(self) -> None:
        """Streams came, went, or were made anew, or carry another's voice."""
        if self.audio is not None:
            self.audio.hear(self._heard_streams())
        for session in self.sessions:
            session.drain(self.audio is None)
        if self.offered:
            self._tell_silences()

    def _live(self) -> list[tuple[RecordingSession, str, LiveStream]]:
        return [
            (session, numbered_label(place, stream.label), stream)
            for place, session in enumerate(self.sessions)
            for stream in session.streams()
        ]

    def _heard_streams(self) -> list[HeardStream]:
        """What is to be heard: of a party that comes in several sessions, one stream that sends."""
        live = self._live()
        heard = heard_on([label for _, label, _ in live], self._metadata, self._must_have_parties())
        taken: dict[frozenset[str], RecordingSession] = {}
        streams = []
        for session, label, stream in live:
            speakers = frozenset(each.participant_id for each in self._metadata.speakers(label))
            if not stream.sends or (speakers and taken.setdefault(speakers, session) is not session):
                continue
            streams.append(HeardStream(session, stream.place, heard[label], stream.slot))
        return streams

    # -- what is told -------------------------------------------------------------------------------------------------

    def _tell_parties(self, parties: TappedParties) -> None:
        for side in _SIDES:
            leg = self._leg_of(side)
            for gone in self._told_others[side]:
                if not _is_among(gone, (*parties.others[side], *_first_of(parties, side))):
                    self._tell(PartyReplaced(leg, party_of(gone, side), "left"))
            party = parties.party(side)
            if side in parties.first and party != self._told[side]:
                self._told[side] = party
                self._tell(PartyReplaced(leg, party))
            for come in parties.others[side]:
                if not _is_among(come, self._told_others[side]):
                    self._tell(PartyReplaced(leg, party_of(come, side), "joined"))
            self._told_others[side] = parties.others[side]

    def _tell_silences(self) -> None:
        """Tell a pause of the client, and which sides have put the call on hold or are muted."""
        live = self._live()
        sends = any(stream.sends for _, _, stream in live)
        paused = bool(self.sessions) and (not sends or all(session.offer.paused for session in self.sessions))
        steerable = self.audio is not None and self.audio.record.mode != "always"
        # Where nobody may pause the recording, silence is told as a hold.
        pauses = paused and steerable
        self._tell_pause(pauses)
        for side in _SIDES:
            self._tell_hold(side, not pauses and self._is_silent(side, live))

    def _tell_pause(self, paused: bool) -> None:
        if paused != self._paused_by_pbx:
            self._paused_by_pbx = paused
            self._tell(ActionRequested("pause" if paused else "resume", _PBX))

    def _tell_hold(self, side: Side, held: bool) -> None:
        if held != self._held[side]:
            self._held[side] = held
            self._tell(MediaReady(self._leg_of(side), held))

    def _is_silent(self, side: Side, live: Sequence[tuple[RecordingSession, str, LiveStream]]) -> bool:
        """Whether nothing of a side is sent that was sent before: no stream of theirs, or nobody who speaks."""
        parties = self._must_have_parties()
        heard = heard_on([label for _, label, _ in live], self._metadata, parties)
        theirs = [stream for _, label, stream in live if side in heard[label]]
        speaking = self._metadata.speaking
        mute = self._metadata.says_who_speaks and not any(
            parties.sides[each.participant_id] == side and each.participant_id in speaking
            for each in self._metadata.present
        )
        silent = bool(theirs) and not any(stream.sends for stream in theirs)
        if not silent and not mute:
            self._spoke.add(side)
        return (silent or mute) and side in self._spoke

    def _ask_for_sound(self, wanted: bool) -> None:
        if self.line.asks_to_pause:
            for session in self.sessions:
                session.ask_for_sound(wanted)

    def _must_have_parties(self) -> TappedParties:
        assert self._parties is not None
        return self._parties

    def _leg_of(self, side: Side) -> LegNumber:
        return CALLER if side == self._must_have_parties().calling_side else CALLED

    def _side_of(self, leg: LegNumber) -> Side:
        return next(side for side in _SIDES if self._leg_of(side) == leg)


def _first_of(parties: TappedParties, side: Side) -> tuple[Participant, ...]:
    first = parties.first.get(side)
    return () if first is None else (first,)


def _is_among(participant: Participant, others: Sequence[Participant]) -> bool:
    return any(
        each.participant_id == participant.participant_id or (participant.aor and each.aor == participant.aor)
        for each in others
    )
