"""What was left out of a recording on purpose, put together from what is told of it in any order and more than once."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.left_out import LeftOut, event_of, total
from firmware.core.ring_layout import FAR_PARTY, GOES_ON, OFFICE, Marker, MarkerKind

END = 100_000


def begun(kind: MarkerKind, start: int, channel: int = FAR_PARTY) -> Marker:
    return Marker(kind, start, 0, channel, GOES_ON)


def left_out(*markers: Marker) -> LeftOut:
    return LeftOut(event for marker in markers if (event := event_of(marker)))


def test_a_pause_begins_with_what_was_dropped_from_before_it_and_is_one_for_both_parties() -> None:
    told = left_out(
        Marker(MarkerKind.WIPED, 4000, 4000, FAR_PARTY),
        begun(MarkerKind.PAUSED, 8000, FAR_PARTY),
        Marker(MarkerKind.WIPED, 4160, 4000, OFFICE),
        begun(MarkerKind.PAUSED, 8160, OFFICE),
        Marker(MarkerKind.PAUSED, 8000, 16000, FAR_PARTY),
        Marker(MarkerKind.PAUSED, 8160, 16000, OFFICE),
    )
    assert told.pauses(END) == [(4000, 20160)]


def test_a_pause_that_has_not_ended_lasts_to_where_the_recording_has_come() -> None:
    told = left_out(begun(MarkerKind.PAUSED, 8000))
    assert told.pauses(20_000) == [(8000, 12_000)]
    assert told.pauses(7_000) == []


def test_what_is_told_again_counts_once_and_a_beginning_never_undoes_an_end() -> None:
    over, begins = Marker(MarkerKind.PAUSED, 8000, 800, FAR_PARTY), begun(MarkerKind.PAUSED, 8000)
    told = left_out(begins, over, begins, over)
    assert told.pauses(END) == [(8000, 800)]
    assert told.pause_news == 2


def test_two_pauses_that_reach_back_to_the_same_sample_both_count() -> None:
    short, long = Marker(MarkerKind.WIPED, 0, 640, FAR_PARTY), Marker(MarkerKind.WIPED, 0, 7040, FAR_PARTY)
    assert left_out(short, long).pauses(END) == left_out(long, short).pauses(END) == [(0, 7040)]


def test_holds_are_told_for_each_side_and_tones_are_counted_one_by_one() -> None:
    told = left_out(
        Marker(MarkerKind.HELD, 100, 50, OFFICE),
        Marker(MarkerKind.TOUCH_TONE, 300, 400, FAR_PARTY),
        Marker(MarkerKind.TOUCH_TONE, 900, 400, FAR_PARTY),
        Marker(MarkerKind.TOUCH_TONE, 900, 320, OFFICE),
    )
    assert (told.holds(FAR_PARTY, END), told.holds(OFFICE, END)) == ([], [(100, 50)])
    assert told.totals(END) == {
        "pauses": [],
        "holds": [(OFFICE, 100, 50)],
        "touch_tones": {"count": 3, "samples": 1120},
    }


def test_what_is_told_of_a_tone_says_nothing_of_its_key() -> None:
    event = event_of(Marker(MarkerKind.TOUCH_TONE, 300, 400, FAR_PARTY))
    assert event == {
        "kind": "left_out",
        "cause": "touch_tone",
        "start_sample": 300,
        "samples": 400,
        "channel": FAR_PARTY,
    }


def test_losses_are_nothing_that_was_left_out() -> None:
    for kind in (MarkerKind.LOSS_NOT_TAKEN, MarkerKind.LOSS_NETWORK):
        assert event_of(Marker(kind, 0, 100, FAR_PARTY, 5)) is None


spans = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 500), st.integers(0, 1)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(spans, st.integers())
def test_pauses_are_exactly_the_samples_that_either_party_was_left_out(
    told: list[tuple[int, int, int]], seed: int
) -> None:
    first = {(channel, start): length for start, length, channel in told}  # one beginning has one length
    markers = [Marker(MarkerKind.PAUSED, start, length, channel) for (channel, start), length in first.items()]
    markers += [begun(MarkerKind.PAUSED, start, channel) for channel, start in first]
    random.Random(seed).shuffle(markers)
    pauses = left_out(*markers).pauses(END)
    expected = {sample for (_, start), length in first.items() for sample in range(start, start + length)}
    assert {sample for start, length in pauses for sample in range(start, start + length)} == expected
    assert total(pauses) == len(expected)
    assert pauses == sorted(pauses)
