"""Whether the wall clock may be believed when something is to be destroyed by it.

A Raspberry Pi has no clock of its own while it is off, a battery may be empty, a time server may be wrong: a clock that
jumps years ahead would have six years of recordings erased in a minute. Erasing late does no harm, so in doubt nothing
is erased until a person says that the clock is right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

#: 1 January 2026: before this program was made (Unix ms).
MADE_AT_MS = 1_767_225_600_000
_HOUR_MS = 3_600_000
_DAY_MS = 24 * _HOUR_MS
#: How much the wall clock may be set while the machine runs.
JUMP_MS = 6 * _HOUR_MS
#: How far it may stand behind what was dated by it.
BEHIND_MS = _HOUR_MS
#: How long the machine may have been off: with a clock that nobody has set since it started, and with one from the net.
OFF_MS = 31 * _DAY_MS
OFF_AND_SET_MS = 366 * _DAY_MS


@dataclass(frozen=True)
class Moment:
    """One look at both clocks.

    Attributes:
        wall_ms: Unix time.
        since_start_ms: since the machine started, asleep or awake (clock_gettime(2), CLOCK_BOOTTIME).
        start_of_machine: tells one start of the machine from another.
        is_set: the wall clock was set from outside since then.
    """

    wall_ms: int
    since_start_ms: int
    start_of_machine: str
    is_set: bool = False


def why_doubt(now: Moment, believed: Moment | None, newest_ms: int) -> str:
    """Why the wall clock is not believed; empty when it is.

    Args:
        believed: the last look at which it was; None when there was none.
        newest_ms: the latest date that the box itself has put on anything; 0 for none.
    """
    if now.wall_ms < MADE_AT_MS:
        return "it shows a time before this program was made"
    if now.wall_ms < newest_ms - BEHIND_MS:
        return "it shows a time before the newest recording or line of evidence"
    if believed is None:
        return _why_doubt_after_a_stop(now, newest_ms) if newest_ms else ""
    if believed.start_of_machine != now.start_of_machine:
        return _why_doubt_after_a_stop(now, believed.wall_ms)
    jump_ms = (now.wall_ms - believed.wall_ms) - (now.since_start_ms - believed.since_start_ms)
    if abs(jump_ms) > JUMP_MS:
        return f"it was put {'forward' if jump_ms > 0 else 'back'} by {_span(abs(jump_ms))} while the box was running"
    return ""


def as_if_unset(now: Moment, believed: Moment | None) -> Moment:
    """``now`` as it is to be kept: by what the wall clock would show, had nobody set it since the machine started. So
    many small settings count together, and nobody leads the clock years ahead a few hours at a time.
    """
    if believed is None or believed.start_of_machine != now.start_of_machine:
        return now
    return replace(now, wall_ms=believed.wall_ms + now.since_start_ms - believed.since_start_ms)


def _why_doubt_after_a_stop(now: Moment, last_ms: int) -> str:
    if now.wall_ms < last_ms - BEHIND_MS:
        return "it shows a time before the box was last seen at work"
    off_ms = now.wall_ms - last_ms
    if off_ms > (OFF_AND_SET_MS if now.is_set else OFF_MS):
        return f"by it {_span(off_ms)} have passed since the box was last seen at work"
    return ""


def _span(length_ms: int) -> str:
    days = length_ms // _DAY_MS
    return f"{days} days" if days > 1 else f"{length_ms // _HOUR_MS} hours"
