"""Which logged call is which recording.

Logged calls and recordings are compared pair by pair (line, direction, other party, extension, time, length), which
gives each possible pair a confidence from 0 to 1; of all ways to pair them one to one, the one with the greatest sum
counts. The same calls always pair alike, whatever order they came in.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Literal

from firmware.core.call_log import LoggedCall, LogRow
from firmware.core.optimal_assignment import best_assignment

TOLERANCE_MS = 45_000
#: What is less likely than this is no pair.
LEAST_CONFIDENCE = 0.5
#: From this on, and where nothing else comes near, what the log knows of a call is taken over into the catalogue.
SURE = 0.60
_CLEARLY_MORE = 0.20
_NUMBER, _EXTENSION, _TIME, _LENGTH = 0.40, 0.20, 0.25, 0.15
_TOLD_BY_LITTLE = 0.55  # of full confidence, where next to nothing is known of both
_MILLIONTHS = 1_000_000
_COMPARED_DIGITS = 9
_EXTENSION_DIGITS = 6  # a longer one is a number that callers dial
_LENGTHS_ALIKE_MS, _LENGTHS_ALIKE_SHARE = 20_000, 0.25
_LONGEST_BEFORE_MS = 30 * 60_000  # that the box may have a caller, with notice and menu, before the PBX has
_CLOCKS_APART_MS = 14 * 3600 * 1000
_VOTES_TOGETHER_MS = 30_000
_LEAST_VOTES = 3


@dataclass(frozen=True)
class Taped:
    """A recording, as far as it can be told from a call log. ``answered_at_ms`` is when the parties began to speak."""

    recording_id: str
    line: str
    direction: Literal["inbound", "outbound", "unknown"]
    started_at_ms: int
    duration_ms: int
    answered_at_ms: int | None = None
    extension: str | None = None
    number: str | None = None

    @property
    def ended_at_ms(self) -> int:
        return self.started_at_ms + self.duration_ms

    @property
    def beginnings(self) -> tuple[tuple[int, int], ...]:
        """When it may be said to have begun, and how long it lasted from then (ms)."""
        spoken = self.answered_at_ms
        whole = (self.started_at_ms, self.duration_ms)
        return (whole,) if spoken is None else (whole, (spoken, max(0, self.ended_at_ms - spoken)))


@dataclass(frozen=True)
class Match:
    """``whole`` is False for a further part of a call: the PBX logs a transferred call once per extension. ``clear``:
    no other row and no other recording is nearly as likely.
    """

    row_id: str
    recording_id: str
    confidence: float
    whole: bool = True
    clear: bool = False

    @property
    def is_sure(self) -> bool:
        return self.whole and self.clear and self.confidence >= SURE


@dataclass(frozen=True)
class Matching:
    """Which rows are which recordings, and what remains on both sides, by id."""

    matches: tuple[Match, ...]
    rows_left: tuple[str, ...]
    recordings_left: tuple[str, ...] = field(default=())


def match_calls(
    rows: Iterable[LogRow],
    recordings: Iterable[Taped],
    offsets_ms: Mapping[str, int] | None = None,
    tolerance_ms: int = TOLERANCE_MS,
) -> Matching:
    """Pair logged calls with recordings. ``offsets_ms``: by how much each PBX's clock is ahead of ours, by source."""
    offsets = offsets_ms or {}
    calls = sorted(rows, key=lambda each: (each.call.started_at_ms, each.row_id))
    taped = sorted(recordings, key=lambda each: (each.started_at_ms, each.recording_id))
    gains = [_gains(row, taped, offsets.get(row.source, 0), tolerance_ms) for row in calls]
    chosen = best_assignment(gains)
    matches = [
        Match(row.row_id, taped[column].recording_id, gain[column] / _MILLIONTHS, clear=is_clear)
        for row, column, gain, is_clear in zip(calls, chosen, gains, _clear(gains, chosen), strict=True)
        if column is not None
    ]
    left = [row for row, column in zip(calls, chosen, strict=True) if column is None]
    parts = list(_parts(left, calls, taped, chosen, offsets, tolerance_ms))
    found = {each.row_id for each in parts}
    used = {column for column in chosen if column is not None}
    return Matching(
        (*matches, *parts),
        tuple(row.row_id for row in left if row.row_id not in found),
        tuple(each.recording_id for column, each in enumerate(taped) if column not in used),
    )


def confidence(row: LogRow, taped: Taped, offset_ms: int = 0, tolerance_ms: int = TOLERANCE_MS) -> float:
    """How likely the two are one call: 0 where they cannot be."""
    if not _may_be_one(row, taped):
        return 0.0
    call = row.call
    late_ms, lengths_apart_ms, longer_ms = min(
        (_outside(began, call, offset_ms), abs(length - call.duration_ms), max(length, call.duration_ms))
        for began, length in taped.beginnings
    )
    if late_ms > tolerance_ms:
        return 0.0
    alike_ms = max(_LENGTHS_ALIKE_MS, _LENGTHS_ALIKE_SHARE * longer_ms)
    found = [(_TIME, 1 - late_ms / tolerance_ms if tolerance_ms else 1.0)]
    found.append((_LENGTH, max(0.0, 1 - lengths_apart_ms / alike_ms)))
    if call.number and taped.number:
        found.append((_NUMBER, 1.0))
    if call.extension and taped.extension and _is_extension(taped.extension):
        found.append((_EXTENSION, float(call.extension == taped.extension)))
    known = sum(weight for weight, _ in found)
    alike = sum(weight * score for weight, score in found) / known
    return alike * (_TOLD_BY_LITTLE + (1 - _TOLD_BY_LITTLE) * known)


def clock_offset_ms(rows: Iterable[LogRow], recordings: Iterable[Taped]) -> int | None:
    """By how much the PBX's clock is ahead of ours, from calls that are surely the same: with one number and as long.

    None: too few calls tell, or they do not agree.
    """
    by_number: dict[str, list[Taped]] = {}
    for each in sorted(recordings, key=lambda each: (each.started_at_ms, each.recording_id)):
        if each.number:
            by_number.setdefault(_end_of(each.number), []).append(each)
    votes: list[tuple[int, str]] = []
    for row in rows:
        for taped in by_number.get(_end_of(row.call.number or ""), ()):
            votes += ((apart, row.row_id) for apart in _votes(row.call, taped))
    agreeing = _densest(sorted(votes))
    voters = {who for _, who in agreeing}
    if len(voters) < _LEAST_VOTES or 2 * len(voters) <= len({who for _, who in votes}):
        return None
    return median_low(apart for apart, _ in agreeing)


def _densest(votes: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """Of votes in order, those close together that most rows agree in."""
    best, most, first = (0, 0), 0, 0
    within = Counter[str]()
    for last, (apart, who) in enumerate(votes):
        within[who] += 1
        while apart - votes[first][0] > _VOTES_TOGETHER_MS:
            within[votes[first][1]] -= 1
            if not within[votes[first][1]]:
                del within[votes[first][1]]
            first += 1
        if len(within) > most:
            best, most = (first, last + 1), len(within)
    return votes[slice(*best)]


def _votes(call: LoggedCall, taped: Taped) -> Iterator[int]:
    alike_ms = 5000 + call.resolution_s * 500
    for began, length in taped.beginnings:
        apart = call.started_at_ms + call.resolution_s * 500 - 500 - began
        if abs(apart) <= _CLOCKS_APART_MS and abs(length - call.duration_ms) <= alike_ms:
            yield apart


def _gains(row: LogRow, taped: Sequence[Taped], offset_ms: int, tolerance_ms: int) -> dict[int, int]:
    """``taped`` in the order of their beginnings: only those that are near need be compared."""
    began = row.call.started_at_ms - offset_ms
    first = bisect_left(taped, began - tolerance_ms - _LONGEST_BEFORE_MS, key=lambda each: each.started_at_ms)
    last = bisect_left(taped, began + tolerance_ms + row.call.resolution_s * 1000, key=lambda each: each.started_at_ms)
    likely = ((column, confidence(row, taped[column], offset_ms, tolerance_ms)) for column in range(first, last))
    return {column: round(each * _MILLIONTHS) for column, each in likely if each >= LEAST_CONFIDENCE}


def _clear(gains: Sequence[Mapping[int, int]], chosen: Sequence[int | None]) -> Iterator[bool]:
    """For each row whether its pair is clearly more likely than any other pair of the row or of the recording."""
    by_column: dict[int, list[int]] = {}
    for row in gains:
        for column, gain in row.items():
            by_column.setdefault(column, []).append(gain)
    for row, its in zip(gains, chosen, strict=True):
        if its is None:
            yield False
            continue
        others = [gain for column, gain in row.items() if column != its]
        rivals = sorted([*others, *by_column[its]])[:-1] if row[its] == max(by_column[its]) else [row[its]]
        nearest = max(rivals, default=0)
        yield row[its] - nearest >= round(_CLEARLY_MORE * _MILLIONTHS) or not rivals


def _parts(
    left: Sequence[LogRow],
    calls: Sequence[LogRow],
    taped: Sequence[Taped],
    chosen: Sequence[int | None],
    offsets: Mapping[str, int],
    tolerance_ms: int,
) -> Iterator[Match]:
    """Rows that lie within a recording that another row was matched to, and belong to the same call."""
    firsts = [(row, taped[column]) for row, column in zip(calls, chosen, strict=True) if column is not None]
    for row in left:
        offset = offsets.get(row.source, 0)
        whole = (each for first, each in firsts if _is_part(row, first, each, offset, tolerance_ms))
        if (found := next(whole, None)) is not None:
            yield Match(row.row_id, found.recording_id, LEAST_CONFIDENCE, whole=False)


def _is_part(row: LogRow, first: LogRow, taped: Taped, offset_ms: int, tolerance_ms: int) -> bool:
    call = row.call
    if row.source != first.source or not _may_be_one(row, taped):
        return False
    by_reference = bool(call.reference) and call.reference == first.call.reference
    on_trunk = bool(call.trunk) and call.trunk == first.call.trunk
    by_number = bool(call.number) and _same_number(call.number or "", first.call.number or taped.number or "")
    began = call.started_at_ms - offset_ms
    within = (
        taped.started_at_ms - tolerance_ms <= began
        and began + call.duration_ms <= taped.ended_at_ms + tolerance_ms + call.resolution_s * 1000
    )
    return within and (by_reference or on_trunk or by_number)


def _may_be_one(row: LogRow, taped: Taped) -> bool:
    call = row.call
    if row.line and row.line != taped.line:
        return False
    if call.direction in ("inbound", "outbound") and taped.direction != "unknown" and call.direction != taped.direction:
        return False
    return not (call.number and taped.number) or _same_number(call.number, taped.number)


def _outside(began_ms: int, call: LoggedCall, offset_ms: int) -> int:
    """How far a beginning lies outside the time that the log tells, which has no seconds in some logs (ms)."""
    first = call.started_at_ms - offset_ms
    last = first + call.resolution_s * 1000 - 1000
    return max(first - began_ms, began_ms - last, 0)


def _same_number(one: str, other: str) -> bool:
    return _end_of(one) == _end_of(other)


def _end_of(number: str) -> str:
    """What two forms of one number have in common: how it ends."""
    digits = "".join(each for each in number if each.isdigit())
    return digits[-_COMPARED_DIGITS:]


def _is_extension(number: str) -> bool:
    return number.isdigit() and len(number) <= _EXTENSION_DIGITS
