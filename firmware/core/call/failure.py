"""What a failed attempt means: whether another trunk may do better, and what the caller is told (RFC 3261 §21)."""

from __future__ import annotations

from collections.abc import Sequence

# The trunk, not the number, is at fault: no answer to the request (408), overload, a broken gateway, or an account
# that the trunk no longer accepts.
_TRUNK_AT_FAULT = frozenset({401, 403, 407, 408, 500, 502, 503, 504})
# Busy, or a person who declines.
_SOMEBODY_THERE = frozenset({486, 600, 603})


def another_trunk_may_help(status: int, rang: bool, emergency: bool) -> bool:
    """Whether the next trunk is worth trying after ``status``. An emergency call never takes a trunk's word for it."""
    return emergency or (not rang and status in _TRUNK_AT_FAULT)


def worst(statuses: Sequence[int]) -> int:
    """What is said of several phones that all failed: that somebody is there and busy tells most (RFC 3261 §16.7)."""
    return min(statuses, key=lambda status: (status not in _SOMEBODY_THERE, status in _TRUNK_AT_FAULT))


def status_of_phones(status: int) -> int:
    """Of the office's own phones: one that cannot be reached is no fault that the caller's exchange could mend."""
    return 480 if status in _TRUNK_AT_FAULT else status


def status_for_caller(status: int) -> int:
    """The final status relayed on the caller's unanswered leg.

    What concerns only the box's own dealings with the trunk is not passed on: a challenge (401, 407) would ask the
    caller for the box's password, a redirection (3xx) would send it past the recorder.
    """
    if status in (401, 407):
        return 503
    if status < 400 or status in (408, 487) or status > 699:
        return 480
    return status
