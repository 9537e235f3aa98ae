"""How failed sign-ins are slowed down and locked out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.sign_in_attempts import Attempts, LockOutRules

RULES = LockOutRules()


def after(failures: int, now_ms: int = 1_000_000) -> Attempts:
    attempts = Attempts()
    for _ in range(failures):
        attempts = attempts.failed(now_ms, RULES)
    return attempts


def test_the_first_two_mistakes_cost_nothing() -> None:
    assert [after(n).wait_ms(1_000_000) for n in range(3)] == [0, 0, 0]


def test_then_the_wait_doubles() -> None:
    assert [after(n).wait_ms(1_000_000) for n in range(3, 10)] == [1000, 2000, 4000, 8000, 16000, 32000, 60000]


def test_ten_in_a_row_lock_the_name_for_thirty_minutes() -> None:
    attempts = after(10)
    assert attempts.is_locked(1_000_000, RULES)
    assert attempts.wait_ms(1_000_000) == 30 * 60_000
    assert attempts.wait_ms(1_000_000 + 30 * 60_000) == 0
    assert not attempts.is_locked(1_000_000 + 30 * 60_000, RULES)


def test_after_a_lock_has_run_out_the_count_begins_anew() -> None:
    assert after(10).failed(10_000_000, RULES).failures == 1


@given(st.integers(3, 10), st.lists(st.integers(0, 10_000_000), max_size=40))
def test_more_than_the_allowed_failures_never_go_by_without_a_lock(allowed: int, gaps: list[int]) -> None:
    rules = LockOutRules(allowed, 30 * 60_000)
    attempts, now_ms, in_a_row = Attempts(), 0, 0
    for gap in gaps:
        now_ms += gap
        if attempts.wait_ms(now_ms):
            continue
        attempts = attempts.failed(now_ms, rules)
        in_a_row = 0 if attempts.is_locked(now_ms, rules) else in_a_row + 1
        assert in_a_row < allowed


@given(st.lists(st.tuples(st.integers(0, 400_000), st.booleans()), max_size=120))
def test_no_half_hour_sees_more_than_ten_failures_whoever_signs_in_between(events: list[tuple[int, bool]]) -> None:
    attempts, now_ms, failures = Attempts(), 1_000_000, []
    for gap, succeeds in events:
        now_ms += gap
        if attempts.wait_ms(now_ms):
            continue
        if succeeds:
            attempts = attempts.succeeded()
        else:
            attempts = attempts.failed(now_ms, RULES)
            failures.append(now_ms)
    for first, eleventh in zip(failures, failures[10:], strict=False):
        assert eleventh - first >= RULES.locked_ms


def test_a_success_ends_the_row_but_not_what_is_counted_lately() -> None:
    attempts = after(9).succeeded()
    assert attempts.wait_ms(1_000_000) == 0
    assert attempts.failed(1_000_000, RULES).is_locked(1_000_000, RULES)
