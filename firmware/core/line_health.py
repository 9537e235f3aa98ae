"""What is wrong with a line, by what its process says of it and by its calls. Pure, and of no caller."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from firmware.core.health_check import Finding, Fix
from firmware.core.local_time import local_time
from firmware.core.office_hours import OfficeHours

#: So many recorded calls in a row must have the same thing wrong with them.
IN_A_ROW = 3
#: Calls with less to hear say nothing.
LONG_ENOUGH_MS = 20_000
#: Less than this on one side, in a call of that length, is nobody speaking.
_SPOKE_MS = 500
_STEP = timedelta(minutes=15)
#: Quiet for longer than this, it is not asked how many of the hours were open.
_LONGEST = timedelta(days=60)


@dataclass(frozen=True)
class HeardCall:
    """One recorded call. ``far_ms``, ``office_ms``: for how long each side spoke; ``office_ms`` None where the line
    hears both mixed.
    """

    heard_ms: int
    far_ms: int
    office_ms: int | None


@dataclass(frozen=True)
class Unrecorded:
    """Calls of a line that were to be recorded and were not: how many, why the newest was not, and whether none has
    been recorded since.
    """

    count: int
    why: str
    go_on: bool


def judge_registration(line: str, why: Sequence[str]) -> Iterator[Finding]:
    """Of a line that is not registered. ``why``: what it says of itself."""
    fix = Fix("Check the trunk's password and that the provider answers.", f"earmark line test {line}")
    because = f" ({'; '.join(words.rstrip('.') for words in why)})" if why else ""
    what = f"Line {line} is not registered: calls may not come in{because}."
    yield Finding("line-registered", "fault", what, fix, line)


def judge_hearing(line: str, calls: Sequence[HeardCall]) -> Iterator[Finding]:
    """``calls``: the newest first."""
    judged = [call for call in calls if call.heard_ms >= LONG_ENOUGH_MS][:IN_A_ROW]
    if len(judged) < IN_A_ROW:
        return
    fix = Fix("Make a call and listen to both sides of it.", f"earmark line test {line}")
    if all(_silent(call.far_ms) and _silent(call.office_ms) for call in judged):
        what = f"Nobody was heard to speak in the last {IN_A_ROW} calls of line {line}."
        yield Finding("no-speech", "attention", what, fix, line)
    for side, silent in (
        ("the outside party", [_silent(call.far_ms) and not _silent(call.office_ms) for call in judged]),
        ("the office", [not _silent(call.far_ms) and _silent(call.office_ms) for call in judged]),
    ):
        if all(silent) and all(call.office_ms is not None for call in judged):
            what = f"Only one side was heard in the last {IN_A_ROW} calls of line {line}: {side} was silent."
            yield Finding("one-sided", "attention", what, fix, line)


def judge_quiet(
    line: str, since: datetime, now: datetime, hours: OfficeHours | None, most: timedelta
) -> Iterator[Finding]:
    """``since``: its last call, or when it was first looked at. ``hours``: None while the office never closes.

    Times with their zone, the office's. Hours in which it is closed do not count.
    """
    if now - since < most or _open_for(since, now, hours, most) < most:
        return
    fix = Fix(
        "Call it from outside. If nobody ever calls on it, name it under [alerts] quiet_lines.",
        f"earmark line test {line}",
    )
    last = f"since {since:%A %-d %B, %H:%M}"
    yield Finding("line-quiet", "attention", f"No call was seen on line {line} {last}.", fix, line)


def judge_unrecorded(line: str, calls: Unrecorded) -> Iterator[Finding]:
    """Of a line's calls of the last day: those that were to be recorded, and of which nothing is kept."""
    fix = Fix("See to what else is found here, and make a call to try it.", f"earmark line test {line}")
    many = f"A call of line {line} was" if calls.count == 1 else f"{calls.count} calls of line {line} were"
    since = "none of it has been since" if calls.go_on else "calls after that were"
    what = f"{many} not recorded in the last day, and {since} ({calls.why.rstrip('.')})."
    yield Finding("unrecorded", "fault" if calls.go_on else "attention", what, fix, line)


def judge_no_line() -> Iterator[Finding]:
    fix = Fix("Name the office's lines in the settings, and import them.", "earmark settings import office.toml")
    yield Finding("line-quiet", "attention", "No line is set up: no call is recorded.", fix, "none")


def judge_lost_sound(line: str, lost_ms: int, not_stored_ms: int) -> Iterator[Finding]:
    """Of a line's calls of the last day."""
    if lost_ms:
        fix = Fix("See whether the machine is overloaded, or a sound card gone.", f"earmark line test {line}")
        what = f"{lost_ms / 1000:.1f} s of sound could not be taken off line {line} in the last day (xruns)."
        yield Finding("sound-lost", "attention", what, fix, line)
    if not_stored_ms:
        what = f"{not_stored_ms / 1000:.1f} s of sound of line {line} could not be stored in the last day."
        yield Finding("sound-lost", "attention", what, Fix("See the disk's findings.", page="/health"), f"{line} disk")


def _silent(spoke_ms: int | None) -> bool:
    return spoke_ms is None or spoke_ms < _SPOKE_MS


def _open_for(since: datetime, now: datetime, hours: OfficeHours | None, enough: timedelta) -> timedelta:
    if hours is None or now - since > _LONGEST:
        return now - since
    zone: tzinfo | None = since.tzinfo
    assert zone is not None
    total, moment = timedelta(), since
    while moment < now and total < enough:
        if hours.at(local_time(round(moment.timestamp() * 1000), zone)).open:
            total += _STEP
        moment += _STEP
    return total
