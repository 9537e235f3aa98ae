"""Who is on which side of a tapped call, whatever is said of it and in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.call_record import Direction
from firmware.core.recording_metadata import (
    CommunicationSession,
    Participant,
    Presence,
    RecordingMetadata,
    Stream,
    Voice,
    is_same_call,
    joined,
    numbered_label,
)
from firmware.core.tapped_parties import BOTH, heard_on, tapped_parties

_IDS = st.sampled_from(["a", "b", "c", "d"])
_AORS = st.sampled_from(
    [
        "",
        "sip:201@pbx",
        "sip:202@pbx",
        "sip:+441632960123@carrier",
        "tel:+441632960777",
        "anonymous@anonymous.invalid",
        "<>",
    ]
)
_LABELS = st.sampled_from(["1", "2", "3"])


def is_office(number: str) -> bool:
    return number.startswith("20")


@st.composite
def metadata(draw: st.DrawFn) -> RecordingMetadata:
    people = draw(st.dictionaries(_IDS, _AORS, max_size=4))
    streams = draw(st.dictionaries(st.sampled_from(["x", "y", "z"]), _LABELS, max_size=3))
    voices = draw(st.dictionaries(_IDS, st.frozensets(st.sampled_from(["x", "y", "z"]), max_size=2), max_size=4))
    presences = draw(st.lists(st.builds(Presence, _IDS, st.sampled_from(["s", "t"]), st.booleans()), max_size=5))
    sessions = draw(
        st.lists(st.builds(CommunicationSession, st.sampled_from(["s", "t"]), ended=st.booleans()), max_size=2)
    )
    return RecordingMetadata(
        complete=draw(st.booleans()),
        sessions=tuple(sessions),
        participants=tuple(
            Participant(identity, aor, calling=draw(st.none() | st.booleans())) for identity, aor in people.items()
        ),
        streams=tuple(Stream(identity, label) for identity, label in streams.items()),
        presences=tuple(presences),
        voices=tuple(Voice(identity, sends) for identity, sends in voices.items()),
    )


@given(st.lists(metadata(), min_size=1, max_size=6), st.sampled_from(["inbound", "outbound"]))
@settings(max_examples=300, deadline=None)
def test_everybody_is_on_one_side_keeps_it_and_the_direction_stays(
    said: list[RecordingMetadata], otherwise: Direction
) -> None:
    known, parties = RecordingMetadata(), None
    for each in said:
        known = known.updated(each)
        before, parties = parties, tapped_parties(known, is_office, otherwise, parties)
        present = {participant.participant_id for participant in known.present}
        stand = [participant.participant_id for participant in parties.first.values()]
        beside = [participant.participant_id for others in parties.others.values() for participant in others]
        assert sorted(stand + beside) == sorted(present)
        if before is not None:
            assert parties.direction == before.direction
            assert all(
                parties.sides[identity] == side for identity, side in before.sides.items() if identity in parties.sides
            )
        heard = heard_on(["1", "2", "3"], known, parties)
        assert set(heard) == {"1", "2", "3"}
        assert all(voices and voices <= BOTH for voices in heard.values())
        for side in ("far_party", "office"):
            party = parties.party(side)
            assert party.presentation == "available" or party.number is None


@given(metadata(), metadata())
@settings(max_examples=200, deadline=None)
def test_sessions_joined_keep_every_stream_and_name_nobody_twice(
    one: RecordingMetadata, other: RecordingMetadata
) -> None:
    both = joined([one, other])
    labels = [numbered_label(place, stream.label) for place, each in enumerate((one, other)) for stream in each.streams]
    assert [stream.label for stream in both.streams] == labels
    ids = [participant.participant_id for participant in both.participants]
    assert len(ids) == len(set(ids))
    assert both.addresses == one.addresses | other.addresses
    assert is_same_call(one, other) == is_same_call(other, one)


@given(metadata())
@settings(max_examples=100, deadline=None)
def test_the_same_said_again_changes_nothing(said: RecordingMetadata) -> None:
    known = RecordingMetadata().updated(said)
    again = known.updated(said)
    assert again.present == known.present
    assert {voice.participant_id: voice.sends for voice in again.voices} == {
        voice.participant_id: voice.sends for voice in known.voices
    }


def test_two_streams_of_nobody_in_particular_are_the_callers_and_the_called_partys() -> None:
    nothing = RecordingMetadata()
    inward = tapped_parties(nothing, is_office, "inbound")
    assert heard_on(["x", "y"], nothing, inward) == {"x": {"far_party"}, "y": {"office"}}
    outward = tapped_parties(nothing, is_office, "outbound")
    assert heard_on(["x", "y"], nothing, outward) == {"x": {"office"}, "y": {"far_party"}}
    assert heard_on(["x"], nothing, inward) == {"x": BOTH}


def test_two_with_the_same_address_are_two() -> None:
    nameless = RecordingMetadata(
        participants=(Participant("a", "sip:anonymous@pbx"), Participant("b", "sip:anonymous@pbx")),
        streams=(Stream("x", "1"), Stream("y", "2")),
        voices=(Voice("a", frozenset({"x"})), Voice("b", frozenset({"y"}))),
    )
    alone = joined([nameless])
    parties = tapped_parties(alone, is_office, "inbound")
    assert heard_on(["0/1", "0/2"], alone, parties) == {"0/1": {"far_party"}, "0/2": {"office"}}
