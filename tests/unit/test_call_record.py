"""The record that travels with a recording."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.adapters.ring.packets import PACKET_LIMIT
from firmware.core.call_record import (
    ABRIDGED,
    CallRecord,
    Hold,
    LegReport,
    Notice,
    Party,
    PartyChange,
    Pause,
    Presentation,
)

numbers = st.one_of(st.none(), st.from_regex(r"\+?[0-9]{3,15}", fullmatch=True))
parties = st.builds(
    Party,
    number=numbers,
    presentation=st.sampled_from(["available", "withheld", "unavailable"]),
    network_number=numbers,
    display_name=st.one_of(st.none(), st.text(max_size=20)),
)
notices = st.builds(
    Notice,
    prompt=st.text(min_size=1, max_size=20),
    to=st.sampled_from(["far_party", "office_party"]),
    started_at_ms=st.integers(0, 2**42),
    ended_at_ms=st.one_of(st.none(), st.integers(0, 2**42)),
    completed=st.booleans(),
)
legs = st.builds(
    LegReport,
    side=st.sampled_from(["far_party", "office"]),
    codec=st.sampled_from(["PCMA", "opus"]),
    packets_lost=st.integers(0, 1000),
    jitter_buffer_delay_ms=st.floats(0, 1000),
)
records = st.builds(
    CallRecord,
    recording_id=st.uuids().map(lambda value: value.hex),
    call_id=st.text(max_size=20),
    line=st.text(max_size=20),
    direction=st.sampled_from(["inbound", "outbound"]),
    far_party=parties,
    office_party=parties,
    started_at_ms=st.integers(0, 2**42),
    decided_by=st.text(max_size=20),
    notice=st.one_of(st.none(), notices),
    legs=st.lists(legs, max_size=2).map(tuple),
)


@given(records)
def test_a_record_survives_the_journey_as_json(record: CallRecord) -> None:
    assert CallRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


@given(records)
def test_a_record_from_a_newer_version_is_still_read(record: CallRecord) -> None:
    document = record.to_json()
    document["a_later_field"] = 1
    document["far_party"]["a_later_field"] = 1
    assert CallRecord.from_json(document) == record


@pytest.mark.parametrize("presentation", ["withheld", "unavailable"])
def test_a_party_without_presentation_never_carries_a_number_or_name(presentation: Presentation) -> None:
    party = Party("01632960001", presentation, "+441632960001", "A Caller")
    assert (party.number, party.network_number, party.display_name) == (None, None, None)
    assert party.shown == presentation


def test_a_record_without_its_parties_is_refused() -> None:
    with pytest.raises(KeyError):
        CallRecord.from_json({"recording_id": "a"})


def test_the_record_of_a_call_in_which_a_thousand_things_happened_fits_into_a_packet_and_keeps_the_newest() -> None:
    at = 1_790_000_000_000
    someone = Party("+44" + "1" * 61, "available", "+44" + "2" * 61, "é" * 80)
    record = CallRecord(
        "1" * 32,
        "c1",
        "main",
        "inbound",
        someone,
        someone,
        at,
        "line main",
        pauses=(*(Pause(at, at + n, at + n, "page", "w" * 64, "page", "w" * 64) for n in range(999)), Pause(at, at)),
        announcements=tuple(Notice("n" * 64, "far_party", at, at + n, True) for n in range(1000)),
        holds=tuple(Hold(at, at + n, "far_party") for n in range(1000)),
        parties=tuple(PartyChange(at + n, "far_party", someone, "attended transfer") for n in range(1000)),
        tags=("told caller",),
    )
    short = record.abridged()
    assert len(json.dumps(short.to_json(), ensure_ascii=False).encode()) < PACKET_LIMIT - 1000
    assert short.paused
    assert short.pauses[-1] == record.pauses[-1]
    assert short.holds[-1] == record.holds[-1]
    assert short.tags == ("told caller", ABRIDGED)
    assert short.abridged() == short


@given(records)
def test_a_record_of_an_ordinary_call_is_left_as_it_is(record: CallRecord) -> None:
    assert record.abridged() is record
