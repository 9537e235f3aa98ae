"""Counts for reports, by the database itself: of a million calls no row ever comes into the program, only sums.

One pass over the calls of the period: what SQLite spends its time on is sorting them, so they are sorted once, by day,
line and extension together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, not_, or_, select

from firmware.adapters.catalogue.database import catalogue_errors, open_for_reading
from firmware.adapters.catalogue.erasing import is_held
from firmware.adapters.catalogue.schema import recordings, space_samples
from firmware.core.call_counts import CallCounts, CallTable
from firmware.core.report_period import Period, Stretch, day_of

_DAY_MS = 86_400_000


class ReportFigures:
    """Any thread. Each question opens the catalogue anew: it comes and goes with the data disk.

    Every method raises StorageError when there is no catalogue, and DamagedCatalogue when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def calls(self, period: Period, zone: tzinfo) -> CallTable:
        """The calls that began within the period."""
        row = recordings.c
        keys = (_local_day(row.started_at_ms, period.stretches(zone)), row.line, func.coalesce(row.extension, ""))
        question = select(*keys, *_sums()).where(_within(period, zone)).group_by(*keys)
        tables: tuple[dict[Any, CallCounts], ...] = ({}, {}, {})
        with _reading(self._path) as connection:
            for number, line, extension, *sums in connection.execute(question):
                counts = CallCounts(*map(int, sums))
                for table, key in zip(tables, (day_of(number), line, extension), strict=True):
                    table[key] = table[key] + counts if key in table else counts
        return CallTable(*tables)

    def due(self, period: Period, zone: tzinfo) -> tuple[Mapping[date, int], int]:
        """How many calls go on which day, what is overdue on the first, those under a legal hold left out; and how many
        of all these a hold keeps."""
        row, end_ms = recordings.c, period.bounds_ms(zone)[1]
        dated = and_(row.expires_at_ms.is_not(None), row.expires_at_ms < end_ms)
        day = _local_day(row.expires_at_ms, period.stretches(zone))
        going = select(day, func.count()).where(dated, not_(is_held(row.id))).group_by(day)
        held = select(func.count()).where(dated, is_held(row.id))
        found: dict[date, int] = {}
        with _reading(self._path) as connection:
            for number, count in connection.execute(going):
                on = max(day_of(int(number)), period.first)
                found[on] = found.get(on, 0) + int(count)
            return found, int(connection.execute(held).scalar_one())

    def taken(self, since_ms: int, until_ms: int, most: int = 120) -> Sequence[tuple[int, int]]:
        """Bytes in use on the data disk at moments (Unix ms) between, evenly spread: at most about ``most``."""
        row = space_samples.c
        slot = row.taken_at_ms // max(1, (until_ms - since_ms) // most)
        newest = select(func.max(row.taken_at_ms)).where(row.taken_at_ms.between(since_ms, until_ms)).group_by(slot)
        asked = select(row.taken_at_ms, row.total_bytes - row.free_bytes).where(row.taken_at_ms.in_(newest))
        with _reading(self._path) as connection:
            return [(int(at), int(used)) for at, used in connection.execute(asked.order_by(row.taken_at_ms))]


def _sums() -> tuple[ColumnElement[int], ...]:
    """The fields of ``CallCounts``, in order."""
    row = recordings.c
    answered = and_(row.answered_at_ms.is_not(None), row.ended_at_ms > row.answered_at_ms)
    kept = row.state != "not_recorded"
    return (
        func.count(),
        _how_many(row.direction == "inbound"),
        _how_many(kept),
        _how_many(row.pause_count > 0),
        _how_many(row.opted_out == 1),
        func.sum(case((answered, row.ended_at_ms - row.answered_at_ms), else_=0)),
        func.sum(case((kept, row.duration_ms - row.paused_ms), else_=0)),
    )


def _within(period: Period, zone: tzinfo) -> ColumnElement[bool]:
    """Calls that began then. One that was silenced in part counts once, also while what it replaces is still there."""
    row, first = recordings.c, recordings.alias("before")
    from_ms, until_ms = period.bounds_ms(zone)
    revises_nothing = or_(row.revises.is_(None), not_(exists(select(1).where(first.c.id == row.revises))))
    return and_(row.started_at_ms >= from_ms, row.started_at_ms < until_ms, revises_nothing)


def _how_many(which: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((which, 1), else_=0))


def _local_day(moment_ms: ColumnElement[int], stretches: Sequence[Stretch]) -> ColumnElement[int]:
    """The number of the day, by the office's clock as it went at that moment."""
    *changed, last = stretches
    if not changed:
        return (moment_ms + last.ahead_ms) // _DAY_MS
    until = zip(changed, [*changed[1:], last], strict=True)
    ahead = case(*((moment_ms < after.from_ms, each.ahead_ms) for each, after in until), else_=last.ahead_ms)
    return (moment_ms + ahead) // _DAY_MS


@contextmanager
def _reading(path: Path) -> Iterator[Connection]:
    engine = open_for_reading(path)
    try:
        with catalogue_errors(path), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
