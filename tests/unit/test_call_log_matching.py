"""Logged calls and recordings find each other, and what is left over on either side is what is to be looked at."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.call_log import LoggedCall, LogRow
from firmware.core.call_log_matching import SURE, Taped, clock_offset_ms, confidence, match_calls

NOON = 1_795_348_800_000
MINUTE = 60_000


def _row(name: str, at_ms: int = NOON, **told: object) -> LogRow:
    values = {"duration_ms": 60_000, "direction": "inbound", "extension": "201", "number": "+441632960123"} | told
    call = LoggedCall(at_ms, **values)  # type: ignore[arg-type]  # named as its fields, above and in each test
    return LogRow(name, "pbx", "main", call, True, "line main: always recorded", "standard", at_ms + 90_000)


def _taped(name: str, at_ms: int = NOON, **told: object) -> Taped:
    values = {"line": "main", "direction": "inbound", "duration_ms": 60_000, "number": "01632 960123"} | told
    return Taped(name, started_at_ms=at_ms, **values)  # type: ignore[arg-type]  # named as its fields


def test_a_call_and_its_recording_match_surely() -> None:
    found = match_calls([_row("a")], [_taped("r", extension="201")])
    assert [(each.row_id, each.recording_id) for each in found.matches] == [("a", "r")]
    assert found.matches[0].confidence > 0.95
    assert not found.rows_left
    assert not found.recordings_left


def test_a_recording_that_begins_with_the_notice_matches_by_when_it_was_answered() -> None:
    taped = _taped("r", NOON - 40_000, duration_ms=100_000, answered_at_ms=NOON)
    assert confidence(_row("a"), taped) > SURE


def test_another_number_another_line_and_another_direction_are_another_call() -> None:
    assert confidence(_row("a"), _taped("r", number="01632 960999")) == 0
    assert confidence(_row("a"), _taped("r", line="second")) == 0
    assert confidence(_row("a"), _taped("r", direction="outbound")) == 0


def test_without_a_number_a_call_is_matched_by_time_and_length_and_is_less_sure() -> None:
    row, taped = _row("a", number=None, extension=None), _taped("r", number=None)
    assert SURE < confidence(row, taped) < 0.8 < confidence(_row("a"), _taped("r"))
    assert match_calls([row], [_taped("r", number=None, duration_ms=600_000)]).rows_left == ("a",)


def test_a_log_without_seconds_is_as_exact_as_its_minute() -> None:
    row = _row("a", resolution_s=60)
    assert confidence(row, _taped("r", NOON + 59_000)) == confidence(row, _taped("r", NOON))


def test_two_calls_at_once_go_to_the_recordings_that_suit_both_best() -> None:
    rows = [_row("a", number=None, duration_ms=60_000), _row("b", NOON + 5_000, number=None, duration_ms=75_000)]
    taped = [_taped("r", NOON + 5_000, number=None, duration_ms=75_000), _taped("s", number=None)]
    found = {each.row_id: each.recording_id for each in match_calls(rows, taped).matches}
    assert found == {"a": "s", "b": "r"}


def test_a_pair_is_clear_where_nothing_else_is_nearly_as_likely() -> None:
    row = _row("a", number=None, extension=None)
    (alone,) = match_calls([row], [_taped("r", number=None)]).matches
    assert alone.is_sure
    (between_two,) = match_calls([row], [_taped("r", number=None), _taped("s", NOON + 1_000, number=None)]).matches
    assert not between_two.is_sure
    two_rows = [row, _row("b", NOON + 1_000, number=None, extension=None)]
    assert not match_calls(two_rows, [_taped("r", number=None)]).matches[0].is_sure


def test_the_second_line_of_a_transferred_call_is_a_part_and_no_missed_recording() -> None:
    rows = [_row("a", trunk="T1"), _row("b", NOON + 60_000, trunk="T1", extension="202", duration_ms=240_000)]
    found = match_calls(rows, [_taped("r", duration_ms=301_000, answered_at_ms=NOON)])
    assert {(each.row_id, each.whole) for each in found.matches} == {("a", True), ("b", False)} or {
        (each.row_id, each.whole) for each in found.matches
    } == {("b", True), ("a", False)}
    assert not found.rows_left


def test_a_call_without_a_recording_and_a_recording_without_a_call_are_left() -> None:
    found = match_calls([_row("a"), _row("b", NOON + 10 * MINUTE)], [_taped("r"), _taped("s", NOON + 30 * MINUTE)])
    assert found.rows_left == ("b",)
    assert found.recordings_left == ("s",)


def test_a_clock_that_is_an_hour_off_is_found_out_and_allowed_for() -> None:
    numbers = [f"+4416329600{n:02}" for n in range(8)]
    taped = [_taped(f"r{n}", NOON + n * 3 * MINUTE, number=number) for n, number in enumerate(numbers)]
    rows = [
        _row(f"a{n}", NOON + n * 3 * MINUTE + 3_600_000 + 7_000 + n * 300, number=number)
        for n, number in enumerate(numbers)
    ]
    offset = clock_offset_ms(rows, taped)
    assert offset is not None
    assert abs(offset - 3_608_000) < 2_000
    assert not match_calls(rows, taped).matches
    assert len(match_calls(rows, taped, {"pbx": offset}).matches) == 8


def test_calls_that_do_not_agree_tell_nothing_of_the_clock() -> None:
    rows = [_row(f"a{n}", NOON + n * 7_000_000, number=f"+44163296010{n}") for n in range(5)]
    taped = [_taped(f"r{n}", NOON + n * 5_000_000, number=f"+44163296010{n}") for n in range(5)]
    assert clock_offset_ms(rows, taped) is None
    assert clock_offset_ms(rows[:2], [_taped("r", number="+441632960100")]) is None


_SECONDS = st.integers(0, 900)
_CALLS = st.lists(
    st.tuples(_SECONDS, st.integers(1, 300), st.sampled_from(["+441632960123", "+441632960124", None])), max_size=8
)


@given(_CALLS, _CALLS, st.randoms(use_true_random=False))
def test_pairs_are_one_to_one_and_the_same_in_whatever_order_calls_came(
    logged: list[tuple[int, int, str | None]], recorded: list[tuple[int, int, str | None]], chance: random.Random
) -> None:
    rows = [
        _row(f"a{n}", NOON + at * 1000, duration_ms=length * 1000, number=number, extension=None)
        for n, (at, length, number) in enumerate(logged)
    ]
    taped = [
        _taped(f"r{n}", NOON + at * 1000, duration_ms=length * 1000, number=number)
        for n, (at, length, number) in enumerate(recorded)
    ]
    found = match_calls(rows, taped)
    whole = [each.recording_id for each in found.matches if each.whole]
    assert len(whole) == len(set(whole))
    assert all(0 <= each.confidence <= 1 for each in found.matches)
    assert len(found.matches) + len(found.rows_left) == len(rows)
    shuffled, mixed = list(rows), list(taped)
    chance.shuffle(shuffled)
    chance.shuffle(mixed)
    assert match_calls(shuffled, mixed) == found


@given(st.integers(-120_000, 120_000), st.integers(1, 600))
def test_confidence_falls_with_the_time_between(apart_ms: int, length_s: int) -> None:
    row = _row("a", duration_ms=length_s * 1000)
    near = confidence(row, _taped("r", NOON + apart_ms // 2, duration_ms=length_s * 1000))
    far = confidence(row, _taped("r", NOON + apart_ms, duration_ms=length_s * 1000))
    assert 0 <= far <= near <= 1


def test_a_row_survives_the_way_over_the_wire() -> None:
    row = _row("a", reference="17")
    assert LogRow.from_json(row.to_json()) == row
    spoilt: list[dict[str, object]] = [{"meant": 1}, {"source": "x" * 65}, {"received_at_ms": -1}, {"call": {}}]
    for bad in spoilt:
        try:
            LogRow.from_json(row.to_json() | bad)
        except ValueError:
            continue
        raise AssertionError(f"{bad} was taken")
    assert replace(row, line="") != row
