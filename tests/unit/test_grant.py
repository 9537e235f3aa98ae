"""Until when a grant opens something, whatever is done to the clock."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.grant import Grant, LatestTime

MADE, ENDS = 1_800_000_000_000, 1_800_000_600_000
GRANT = Grant("01" * 16, "aa" * 16, "cc" * 16, MADE, ENDS)


def at(shown_ms: int, latest_ms: int = 0) -> LatestTime:
    return LatestTime.first(shown_ms, 0.0, latest_ms)


@pytest.mark.parametrize("now_ms", [MADE, MADE + 1, ENDS - 1])
def test_within_its_dates_it_opens(now_ms: int) -> None:
    assert GRANT.why_shut(at(now_ms)) == ""


@pytest.mark.parametrize("now_ms", [ENDS, ENDS + 1, MADE - 1, 0])
def test_outside_its_dates_it_does_not(now_ms: int) -> None:
    assert GRANT.why_shut(at(now_ms))


def test_one_whose_files_were_destroyed_opens_nothing_though_its_date_is_to_come() -> None:
    assert replace(GRANT, ended_at_ms=MADE + 1).why_shut(at(MADE + 2))


def test_a_clock_that_was_set_back_opens_nothing_again() -> None:
    past_the_end = at(ENDS + 1)
    set_back = past_the_end.then(MADE + 1, 1.0)
    assert set_back.shown_ms == MADE + 1
    assert GRANT.why_shut(set_back)


def test_a_clock_that_was_set_back_before_the_end_does_not_make_it_last_longer() -> None:
    before = at(ENDS - 1000)
    assert not GRANT.why_shut(before.then(MADE + 1, 0.5))
    assert GRANT.why_shut(before.then(MADE + 1, 1.0))


def test_what_was_written_down_before_the_process_began_counts() -> None:
    assert GRANT.why_shut(at(MADE + 1, latest_ms=ENDS))


@given(st.lists(st.tuples(st.integers(0, 2 * ENDS), st.floats(0, 1e6)), max_size=20))
def test_the_latest_moment_never_comes_back(moments: list[tuple[int, float]]) -> None:
    known, at_s = at(MADE), 0.0
    for shown_ms, passed_s in moments:
        at_s += passed_s
        then = known.then(shown_ms, at_s)
        assert then.latest_ms >= max(shown_ms, known.latest_ms)
        known = then


def test_terms_differ_in_every_field() -> None:
    others = [
        replace(GRANT, recording_id="02" * 16),
        replace(GRANT, person_id="ab" * 16),
        replace(GRANT, granted_at_ms=MADE + 1),
        replace(GRANT, ends_at_ms=ENDS + 1),
    ]
    digests = {GRANT.terms(0).digest, GRANT.terms(1).digest, *(other.terms(0).digest for other in others)}
    assert len(digests) == 6
