"""The calls that fit what somebody knew of them: for the approver to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.reader import RecordingQuery, RecordingRow
from firmware.core.access_request import WantedCalls

MOST_SHOWN = 100
_A_LOOK = 200
_MOST_LOOKED_AT = 4000
_HEARABLE = ("complete", "interrupted", "damaged")


@dataclass(frozen=True)
class Matches:
    """Newest first. ``more``: there may be others; a narrower description finds them."""

    rows: Sequence[RecordingRow] = ()
    more: bool = False


def matching(find: Callable[[RecordingQuery], list[RecordingRow]], wanted: WantedCalls, zone: ZoneInfo) -> Matches:
    """Calls that can be heard and fit a description without a mistake. Words alone find nothing: people read them.

    ``find`` is the catalogue's search, newest first.
    """
    if wanted.mistake or not any((wanted.first_day, wanted.last_day, wanted.extension, wanted.number)):
        return Matches()
    found: list[RecordingRow] = []
    before, looked_at = None, 0
    while looked_at < _MOST_LOOKED_AT:
        rows = find(_query(wanted, zone, before))
        found += [row for row in rows if row.state in _HEARABLE and _fits(row, wanted, zone)]
        looked_at += len(rows)
        if len(rows) < _A_LOOK or len(found) > MOST_SHOWN:
            return Matches(found[:MOST_SHOWN], len(found) > MOST_SHOWN)
        before = rows[-1].cursor
    return Matches(found[:MOST_SHOWN], more=True)


def _query(wanted: WantedCalls, zone: ZoneInfo, before: str | None) -> RecordingQuery:
    last_day = wanted.last_day or wanted.first_day
    return RecordingQuery(
        limit=_A_LOOK,
        before=before,
        number=wanted.number or None,
        started_from=_midnight(wanted.first_day, zone) if wanted.first_day else None,
        started_to=_midnight(last_day, zone, days_later=1) if last_day else None,
    )


def _fits(row: RecordingRow, wanted: WantedCalls, zone: ZoneInfo) -> bool:
    begun = row.started_at.astimezone(zone).time().replace(second=0, microsecond=0)
    if wanted.from_time and begun < time.fromisoformat(wanted.from_time):
        return False
    if wanted.until_time and begun > time.fromisoformat(wanted.until_time):
        return False
    return not wanted.extension or wanted.extension in (row.extension, row.office_number)


def _midnight(day: str, zone: ZoneInfo, days_later: int = 0) -> datetime:
    found = date.fromisoformat(day) + timedelta(days=days_later)
    return datetime.combine(found, time(), zone).astimezone(UTC)
