"""What a recording client says of the call that it sends a copy of (RFC 7865), and what is known after its updates.

A *communication session* is the call; *participants* take part in it; each *stream* of sound has a label, and
associations say whose voice it carries. Everything is a value. Ids are as the client made them up, and mean nothing
beyond its own recording session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar


@dataclass(frozen=True)
class Participant:
    """Somebody in the call. ``calling`` is whether they made it, where that is said in so many words.

    ``withheld``: their number came along although they asked for privacy, and must not be kept.
    """

    participant_id: str
    aor: str = ""
    name: str = ""
    calling: bool | None = None
    withheld: bool = False


@dataclass(frozen=True)
class CommunicationSession:
    """A call; ``marks`` are what others may know it by, such as a vendor's call id, each with its kind."""

    session_id: str
    group: str = ""
    marks: frozenset[str] = frozenset()
    ended: bool = False


@dataclass(frozen=True)
class Stream:
    """``mixed``: the client says that it carries the voices of all."""

    stream_id: str
    label: str
    mixed: bool = False


@dataclass(frozen=True)
class Presence:
    """A participant takes part in a session, or has ``left`` it (RFC 7865 section 6.6)."""

    participant_id: str
    session_id: str
    left: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.participant_id, self.session_id


@dataclass(frozen=True)
class Voice:
    """The streams that a participant sends, by their ids (RFC 7865 section 6.8)."""

    participant_id: str
    sends: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RecordingMetadata:
    """One document, or all that is known after several.

    ``complete``: what it does not name is over; else it names only what has changed. ``recorded_user_calls`` is
    whether the call was made by the user whom the client records, where it says so.
    """

    complete: bool = True
    sessions: tuple[CommunicationSession, ...] = ()
    participants: tuple[Participant, ...] = ()
    streams: tuple[Stream, ...] = ()
    presences: tuple[Presence, ...] = ()
    voices: tuple[Voice, ...] = ()
    recorded_user_calls: bool | None = None

    def updated(self, said: RecordingMetadata) -> RecordingMetadata:
        """What is known after another document (RFC 7865 section 5.1). Who made the call does not change."""
        user_calls = self.recorded_user_calls if said.recorded_user_calls is None else said.recorded_user_calls
        if said.complete:
            known = {each.participant_id: place for place, each in enumerate(self.participants)}
            in_order = sorted(said.participants, key=lambda each: known.get(each.participant_id, len(known)))
            return replace(said, participants=tuple(map(self._still_calling, in_order)), recorded_user_calls=user_calls)
        return RecordingMetadata(
            complete=True,
            sessions=_merged(self.sessions, said.sessions, lambda each: each.session_id),
            participants=_merged(
                self.participants, map(self._still_calling, said.participants), lambda each: each.participant_id
            ),
            streams=_merged(self.streams, said.streams, lambda each: each.stream_id),
            presences=_merged(self.presences, said.presences, lambda each: each.key),
            voices=_merged(self.voices, said.voices, lambda each: each.participant_id),
            recorded_user_calls=user_calls,
        )

    @property
    def present(self) -> tuple[Participant, ...]:
        """Who takes part now. Nobody is taken to have left of whom it is not said, and of all at least the last."""
        found = tuple(each for each in self.participants if self._is_present(each.participant_id))
        return found or self.participants

    @property
    def speaking(self) -> frozenset[str]:
        """The participants, by id, who send any stream."""
        return frozenset(voice.participant_id for voice in self.voices if voice.sends)

    @property
    def says_who_speaks(self) -> bool:
        return any(voice.sends for voice in self.voices)

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of everybody who is named."""
        return frozenset(each.aor for each in self.participants if each.aor)

    @property
    def live_sessions(self) -> tuple[CommunicationSession, ...]:
        """The calls that go on; of what is over altogether, all."""
        return tuple(session for session in self.sessions if not session.ended) or self.sessions

    def speakers(self, label: str) -> tuple[Participant, ...]:
        """Whose voice the stream of that label carries; empty when nothing is said of it."""
        theirs = [stream for stream in self.streams if stream.label == label]
        if any(stream.mixed for stream in theirs):
            return self.present
        ids = {stream.stream_id for stream in theirs}
        senders = {voice.participant_id for voice in self.voices if voice.sends & ids}
        return tuple(each for each in self.present if each.participant_id in senders)

    def _is_present(self, participant_id: str) -> bool:
        theirs = [presence for presence in self.presences if presence.participant_id == participant_id]
        if not theirs:
            return True
        ended = {session.session_id for session in self.sessions if session.ended}
        return any(not presence.left and presence.session_id not in ended for presence in theirs)

    def _still_calling(self, said: Participant) -> Participant:
        if said.calling is not None:
            return said
        known = (each.calling for each in self.participants if each.participant_id == said.participant_id)
        return replace(said, calling=next(known, None))


def joined(metadata: Sequence[RecordingMetadata]) -> RecordingMetadata:
    """What several recording sessions say of one call. Ids and labels get the session's place before them.

    Participants with the same address are the same.
    """
    if len(metadata) == 1:
        return _numbered(metadata[0], 0, {})
    known: dict[str, str] = {}
    parts = [_numbered(each, place, known) for place, each in enumerate(metadata)]
    everybody = {each.participant_id: each for part in reversed(parts) for each in part.participants}
    in_order = dict.fromkeys(each.participant_id for part in parts for each in part.participants)
    voices: dict[str, frozenset[str]] = {}
    for voice in (voice for part in parts for voice in part.voices):
        voices[voice.participant_id] = voices.get(voice.participant_id, frozenset()) | voice.sends
    said = (part.recorded_user_calls for part in parts if part.recorded_user_calls is not None)
    return RecordingMetadata(
        sessions=tuple(session for part in parts for session in part.sessions),
        participants=tuple(everybody[identity] for identity in in_order),
        streams=tuple(stream for part in parts for stream in part.streams),
        presences=tuple(presence for part in parts for presence in part.presences),
        voices=tuple(Voice(identity, sends) for identity, sends in voices.items()),
        recorded_user_calls=next(said, None),
    )


def numbered_label(place: int, label: str) -> str:
    """A label as ``joined`` has it."""
    return f"{place}/{label}"


def _numbered(metadata: RecordingMetadata, place: int, known: dict[str, str]) -> RecordingMetadata:
    def own(identity: str) -> str:
        return numbered_label(place, identity)

    # Two in one session with the same address are two: both may be called anonymous.
    same = {each.participant_id: known.get(each.aor, own(each.participant_id)) for each in metadata.participants}
    for each in metadata.participants:
        if each.aor:
            known.setdefault(each.aor, same[each.participant_id])
    return replace(
        metadata,
        sessions=tuple(replace(each, session_id=own(each.session_id)) for each in metadata.sessions),
        participants=tuple(replace(each, participant_id=same[each.participant_id]) for each in metadata.participants),
        streams=tuple(Stream(own(each.stream_id), own(each.label), each.mixed) for each in metadata.streams),
        presences=tuple(
            Presence(same.get(each.participant_id, own(each.participant_id)), own(each.session_id), each.left)
            for each in metadata.presences
        ),
        voices=tuple(
            Voice(same.get(each.participant_id, own(each.participant_id)), frozenset(map(own, each.sends)))
            for each in metadata.voices
        ),
    )


@dataclass(frozen=True)
class CallTraits:
    """By what a call is known again: its ids, the groups of calls that it belongs to, and who takes part."""

    ids: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def is_same_call(self, other: CallTraits) -> bool:
        """Whether two recording sessions are of one call.

        They have an id of the call in common, and somebody who takes part: some clients give all calls one id. A group
        holds calls that have to do with each other (RFC 7865 section 6.2), as one and the consultation about it: that
        is the same call only where the same people talk.
        """
        ours, theirs = self.addresses, other.addresses
        if self.ids & other.ids:
            return bool(ours & theirs) or not (ours and theirs)
        return bool(self.groups & other.groups and ours and theirs) and (ours <= theirs or theirs <= ours)

    def written(self, write: Callable[[str], str]) -> CallTraits:
        """The same with each of them written otherwise: alike where they are alike."""
        return CallTraits(
            frozenset(map(write, self.ids)), frozenset(map(write, self.groups)), frozenset(map(write, self.addresses))
        )


def call_traits(metadata: RecordingMetadata) -> CallTraits:
    """What of a call's metadata it is known again by."""
    return CallTraits(_ids(metadata), _groups(metadata), metadata.addresses)


def is_same_call(one: RecordingMetadata, other: RecordingMetadata) -> bool:
    """Whether two recording sessions are of one call."""
    return call_traits(one).is_same_call(call_traits(other))


def is_another_call(before: RecordingMetadata, after: RecordingMetadata) -> bool:
    """Whether a recording session that outlives its calls has come to the next one (RFC 7866 section 6.1)."""
    gone = {session.session_id for session in before.live_sessions}
    now = {session.session_id for session in after.live_sessions}
    if not (gone and now) or gone & now or _groups(before) & _groups(after) or _ids(before) & _ids(after):
        return False
    return bool(after.addresses - before.addresses)


# An id shorter than this was not made to be unlike all others.
_SHORTEST_ID = 8


def _ids(metadata: RecordingMetadata) -> frozenset[str]:
    live = metadata.live_sessions
    own = frozenset(f"session {each.session_id}" for each in live if len(each.session_id) >= _SHORTEST_ID)
    return own.union(*(each.marks for each in live))


def _groups(metadata: RecordingMetadata) -> frozenset[str]:
    return frozenset(each.group for each in metadata.live_sessions if each.group)


_Part = TypeVar("_Part")


def _merged(known: Iterable[_Part], said: Iterable[_Part], key: Callable[[_Part], object]) -> tuple[_Part, ...]:
    """The known with what is newly said of them, then the new, each in the order in which it came."""
    parts = {key(each): each for each in known}
    parts.update({key(each): each for each in said})
    return tuple(parts.values())
