"""What waits for a web hook: bounded, tried again with growing pauses, and given up at last."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.hook_queue import AGAIN_AFTER_S, MOST_WAITING, HookQueue, Outcome

TAKEN, NOT, GONE = Outcome("taken"), Outcome("not_taken", "It answered 500."), Outcome("gone")


def test_a_message_that_is_never_taken_is_tried_nine_times_over_hours_and_then_given_up() -> None:
    queue, now_s, tries = HookQueue(), 0.0, []
    queue.add("a", b"{}", now_s)
    while (wait_s := queue.next_in_s(now_s)) is not None:
        now_s += wait_s
        message = queue.due(now_s)
        assert message is not None
        tries.append(now_s)
        queue.tried(message, NOT, now_s)
    assert len(tries) == len(AGAIN_AFTER_S) + 1
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert all(shorter <= longer for shorter, longer in pairwise(pauses))
    assert sum(AGAIN_AFTER_S) <= now_s < sum(AGAIN_AFTER_S) + 120
    assert (queue.dropped, queue.trouble) == (1, "It answered 500.")


def test_how_long_nothing_was_taken_is_known_until_something_is() -> None:
    queue = HookQueue()
    for at_s, outcome, since_s in ((10.0, NOT, 10.0), (20.0, NOT, 10.0), (30.0, TAKEN, None), (40.0, GONE, 40.0)):
        queue.add("a", b"{}", at_s)
        queue.tried(queue.waiting["a"], outcome, at_s)
        assert queue.failing_since_s == since_s
    queue.takes_again()
    assert (queue.gone, queue.trouble, queue.failing_since_s) == (False, "", None)
    queue.add("b", b"{}", 50.0)
    assert queue.due(50.0) is not None, "what comes after is sent again"


def test_one_message_that_is_refused_keeps_no_other_back_for_long() -> None:
    queue = HookQueue()
    queue.add("bad", b"1", 0.0)
    queue.add("good", b"2", 0.0)
    first = queue.due(0.0)
    assert first is not None
    queue.tried(first, NOT, 0.0)
    assert queue.due(1.0) is None  # it rests
    second = queue.due(2.0)
    assert second is not None
    assert second.message_id == "good"
    queue.tried(second, TAKEN, 2.0)
    assert queue.trouble == ""
    assert list(queue.waiting) == ["bad"]


def test_whoever_asks_for_time_is_given_it() -> None:
    queue = HookQueue()
    queue.add("a", b"{}", 0.0)
    message = queue.due(0.0)
    assert message is not None
    queue.tried(message, Outcome("not_taken", "It answered 429.", 90.0), 0.0)
    assert queue.due(89.0) is None
    assert queue.due(90.0) is not None


def test_what_wants_nothing_more_is_sent_nothing_more() -> None:
    queue = HookQueue()
    for each in "abc":
        queue.add(each, b"{}", 0.0)
    message = queue.due(0.0)
    assert message is not None
    queue.tried(message, GONE, 0.0)
    queue.add("d", b"{}", 1.0)
    assert (queue.next_in_s(1e9), queue.dropped, queue.gone) == (None, 3, True)


@given(steps=st.lists(st.sampled_from(["add", "taken", "not"]), max_size=80), at_once=st.integers(0, MOST_WAITING + 20))
def test_nothing_is_lost_uncounted_and_never_more_waits_than_there_is_room_for(steps: list[str], at_once: int) -> None:
    queue, now_s, added, taken = HookQueue(), 0.0, 0, 0
    for number, step in enumerate(["add"] * at_once + steps):
        if step == "add":
            added += 1
            queue.add(str(number), b"{}", now_s)
        elif (wait_s := queue.next_in_s(now_s)) is not None:
            now_s += wait_s
            message = queue.due(now_s)
            assert message is not None
            queue.tried(message, TAKEN if step == "taken" else NOT, now_s)
            taken += step == "taken"
        assert len(queue.waiting) <= MOST_WAITING
        assert added == taken + queue.dropped + len(queue.waiting)
