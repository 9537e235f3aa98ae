"""Which recordings the PBX's call log speaks of, and which calls were missed.

Rows come late and recordings end late, so nothing is final at once: what may still change is compared again whenever
something new came. A row that finds no recording is given time; then, if the policy meant the call to be recorded, it
is a *missed recording*: an entry in the evidence, and an alarm until somebody explains it or the recording turns up.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from firmware.core.call_log import LogRow, is_dated_well
from firmware.core.call_log_matching import Match, Taped, clock_offset_ms, match_calls
from firmware.core.evidence_chain import ENTRY_ID
from firmware.ports.call_log import CallLogStore, KeptRow, Newest, RowOutcome, TapedCall

_LOG = logging.getLogger(__name__)
MISSED, FOUND, FILLED = "missed-recording", "missed-recording-found", "catalogue-filled"
#: So long after a call's end, and after its row came, its recording must be there.
SETTLED_AFTER_MS = 5 * 60_000
_AROUND_MS = 2 * 3600_000  # compared again around whatever is new
_CLOCK_FROM_MS = 24 * 3600_000  # calls of the last day tell how the PBX's clock goes
_ALARM_FOR_MS = 30 * 24 * 3600_000
_LEFT_FOR_MS = 24 * 3600_000  # rows of calls that nobody meant to record are not kept longer
_CLOCK_WORTH_A_WORD_MS = 2 * 60_000
_SILENT_FOR_CALLS = 10  # recorded, while the log tells of none


class _Evidence(Protocol):
    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int: ...


class CallLogMatching:
    """``take`` may be called from any thread, ``run`` from one; ``attention`` from any."""

    def __init__(self, store: CallLogStore, evidence: _Evidence) -> None:
        self._store = store
        self._evidence = evidence
        self._lock = threading.Lock()
        self._new_from_ms: int | None = None
        self._new_until_ms = 0
        self._offsets: dict[str, int] = {}
        self._seen = Newest(0, 0, None)
        self._missed = self._unlogged = 0

    def take(self, rows: Sequence[LogRow]) -> int:
        """Keep rows; durable on return. Returns how many were not known yet. Raises StorageError."""
        sensible = [row for row in rows if is_dated_well(row.call, row.received_at_ms)]
        new = self._store.add(sensible)
        if new:
            begun = [row.call.started_at_ms for row in sensible]
            with self._lock:
                self._new_from_ms = min([*begun, *([self._new_from_ms] if self._new_from_ms is not None else [])])
                self._new_until_ms = max([*begun, self._new_until_ms])
        return new

    def run(self, now_ms: int) -> bool:
        """Compare what may have changed. Returns whether rows were dropped that nothing may be left of.

        Raises StorageError: it is tried again the next time.
        """
        dropped = False
        span = self._span(now_ms) if self._store.has_rows() else None
        if span is not None:
            self._learn_clocks(now_ms)
            dropped = self._compare(*span, now_ms)
        self._store.drop_left(now_ms - _LEFT_FOR_MS)
        self._missed = self._store.missed_since(now_ms - _ALARM_FOR_MS)
        self._unlogged = self._store.recorded_since_last_row()
        return dropped

    def attention(self) -> list[str]:
        """What a person must know."""
        words = []
        if self._missed == 1:
            words.append("1 call that should have been recorded has no recording. See Call log.")
        elif self._missed:
            words.append(f"{self._missed} calls that should have been recorded have no recording. See Call log.")
        if self._unlogged >= _SILENT_FOR_CALLS:
            words.append(
                f"The telephone system's call log is silent: {self._unlogged} calls were recorded since its last line. "
                "Check its cable or connection, and that it still logs."
            )
        for source, offset_ms in sorted(self._offsets.items()):
            if abs(offset_ms) >= _CLOCK_WORTH_A_WORD_MS:
                way = "ahead of" if offset_ms > 0 else "behind"
                words.append(
                    f"The clock of the PBX {source} is {abs(offset_ms) // 60_000} minutes {way} ours. Set it right; "
                    "until then its call log is read with that in mind."
                )
        return words

    # ---

    def _span(self, now_ms: int) -> tuple[int, int] | None:
        """Between what beginnings something may have changed; None: nothing can have."""
        with self._lock:
            first, last = self._new_from_ms, self._new_until_ms
            self._new_from_ms, self._new_until_ms = None, 0
        waiting = self._store.first_open_ms(now_ms - 3 * SETTLED_AFTER_MS)
        seen = self._store.newest(self._seen.number)
        if first is None and waiting is None and not seen.is_other_than(self._seen):
            return None
        self._seen = seen
        begun = [each for each in (first, waiting, seen.began_ms, now_ms - _AROUND_MS) if each is not None]
        return min(begun) - _AROUND_MS, max(last, now_ms) + _AROUND_MS

    def _learn_clocks(self, now_ms: int) -> None:
        first = now_ms - _CLOCK_FROM_MS
        by_source: dict[str, list[LogRow]] = {}
        for kept in self._store.rows_between(first, now_ms + _CLOCK_FROM_MS):
            by_source.setdefault(kept.row.source, []).append(kept.row)
        recordings = [each.taped for each in self._store.calls_between(first, now_ms) if each.kept and not each.goes_on]
        for source, rows in by_source.items():
            offset_ms = clock_offset_ms(rows, recordings)
            if offset_ms is not None:
                self._offsets[source] = offset_ms

    def _compare(self, first_ms: int, last_ms: int, now_ms: int) -> bool:
        kept = {each.row.row_id: each for each in self._store.rows_between(first_ms, last_ms)}
        calls = {each.taped.recording_id: each for each in self._calls(first_ms, last_ms, now_ms)}
        # A pair that reaches out of the span stays as it is.
        fixed = {each.recording_id for each in kept.values() if each.recording_id and each.recording_id not in calls}
        free = [each for each in kept.values() if each.recording_id not in fixed]
        taped = list(_of_their_own(calls, kept.values()))
        found = match_calls((each.row for each in free), taped, self._offsets)
        by_row = {each.row_id: each for each in found.matches}
        outcomes = {each.row.row_id: self._outcome(each, by_row.get(each.row.row_id), calls, now_ms) for each in free}
        self._carry_out(kept, outcomes)
        self._fill_in([each for each in found.matches if each.is_sure], kept, calls, now_ms)
        return None in outcomes.values()

    def _calls(self, first_ms: int, last_ms: int, now_ms: int) -> Iterable[TapedCall]:
        for each in self._store.calls_between(first_ms, last_ms):
            if each.goes_on:
                length_ms = max(0, now_ms - each.taped.started_at_ms)
                yield replace(each, taped=replace(each.taped, duration_ms=length_ms))
            else:
                yield each

    def _outcome(
        self, kept: KeptRow, match: Match | None, calls: Mapping[str, TapedCall], now_ms: int
    ) -> RowOutcome | None:
        """None: nothing of it need or may be kept."""
        row = kept.row
        if match is not None and calls[match.recording_id].kept:
            return RowOutcome(row.row_id, "matched", match.recording_id, match.confidence, match.whole)
        settled = self._must_be_there(row, calls, now_ms)
        if match is not None and calls[match.recording_id].excused:
            return None if settled else RowOutcome(row.row_id, "left")
        if not row.meant:
            return RowOutcome(row.row_id, "left")
        return RowOutcome(row.row_id, "missed" if settled or kept.state == "missed" else "waiting")

    def _must_be_there(self, row: LogRow, calls: Mapping[str, TapedCall], now_ms: int) -> bool:
        began_ms = row.call.started_at_ms - self._offsets.get(row.source, 0)
        if now_ms < max(began_ms + row.call.duration_ms, row.received_at_ms) + SETTLED_AFTER_MS:
            return False
        # The PBX logs each part of a transferred call when it is over; the recording goes on.
        return not any(
            each.goes_on and each.taped.line == (row.line or each.taped.line) and each.taped.started_at_ms <= began_ms
            for each in calls.values()
        )

    def _carry_out(self, kept: Mapping[str, KeptRow], outcomes: Mapping[str, RowOutcome | None]) -> None:
        changed = [each for name, each in outcomes.items() if each is not None and _differs(each, kept[name])]
        for each in changed:
            self._take_back(kept[each.row_id], each)
            self._enter(kept[each.row_id], each)
        self._store.save(changed)
        self._store.drop([name for name, each in outcomes.items() if each is None])

    def _enter(self, was: KeptRow, now: RowOutcome) -> None:
        """Into the evidence, before the row says so: entered twice after a kill, it is entered once by its id."""
        row = was.row
        about = {"row": row.row_id}
        if now.state == "missed":
            seconds = row.call.duration_ms // 1000
            detail = {"line": row.line, "started_at_ms": row.call.started_at_ms, "seconds": seconds}
            self._evidence.enter(MISSED, about | {ENTRY_ID: f"missed-{row.row_id}"}, detail)
            _LOG.warning("a call of %d s that was to be recorded has no recording (row %s)", seconds, row.row_id)
        elif was.state == "missed" and now.state == "matched":
            found = {"recording": now.recording_id or "", ENTRY_ID: f"found-{row.row_id}"}
            self._evidence.enter(FOUND, about | found)

    def _take_back(self, was: KeptRow, now: RowOutcome) -> None:
        if was.filled and was.recording_id and was.recording_id != now.recording_id:
            about = {"recording": was.recording_id, "row": was.row.row_id}
            self._evidence.enter(FILLED, about, {"taken_back": list(was.filled)})
            self._store.unfill(was.row, was.recording_id, was.filled)

    def _fill_in(
        self, sure: Sequence[Match], kept: Mapping[str, KeptRow], calls: Mapping[str, TapedCall], now_ms: int
    ) -> None:
        """What recordings do not know, once nothing should come any more that suits better."""
        for match in sure:
            call, row = calls[match.recording_id], kept[match.row_id].row
            told = _lacking(call, row)
            if not told or not call.kept or call.goes_on or now_ms < row.received_at_ms + SETTLED_AFTER_MS:
                continue
            identity = f"filled-{match.recording_id}-{row.row_id}-{'-'.join(told)}"
            about = {"recording": match.recording_id, "row": row.row_id, ENTRY_ID: identity}
            self._evidence.enter(FILLED, about, {"from": f"the call log of {row.source}", **told})
            self._store.fill(row, match.recording_id)


def _of_their_own(calls: Mapping[str, TapedCall], kept: Iterable[KeptRow]) -> Iterator[Taped]:
    """What recordings know of themselves: what they have from the log says nothing for the row it came from."""
    filled = {each.recording_id: each.filled for each in kept if each.filled}
    for recording_id, call in calls.items():
        theirs = filled.get(recording_id, ())
        yield replace(
            call.taped,
            number=None if "number" in theirs else call.taped.number,
            extension=None if "extension" in theirs else call.taped.extension,
        )


def _lacking(call: TapedCall, row: LogRow) -> dict[str, str]:
    """What the row knows and the recording does not."""
    told = {}
    if call.lacks_number and row.call.number:
        told["number"] = row.call.number
    if call.lacks_extension and row.call.extension:
        told["extension"] = row.call.extension
    return told


def _differs(now: RowOutcome, was: KeptRow) -> bool:
    return (now.state, now.recording_id, now.whole, round(now.confidence, 3)) != (
        was.state,
        was.recording_id,
        was.whole,
        round(was.confidence, 3),
    )
