"""Reading the catalogue: for the web pages and the command line. Opens the file so that it cannot be written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, TextClause, func, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.call_text_search import CURSOR, asks_the_index, docs, held_calls
from firmware.adapters.catalogue.database import catalogue_errors, open_for_reading
from firmware.adapters.catalogue.note_search import (
    MOST_LOOKED_UP,
    count_of,
    has_note,
    has_note_in,
    last_but_few,
    stretches,
)
from firmware.adapters.catalogue.number_index import number_search
from firmware.adapters.catalogue.restrictions import is_restricted
from firmware.adapters.catalogue.schema import call_words, party_numbers, recordings, segments
from firmware.core.call_record import (
    Party,
    holds_from_json,
    legs_from_json,
    marks_from_json,
    notices_from_json,
    parties_from_json,
    pauses_from_json,
)
from firmware.core.call_story import NOT_KEPT, names_nobody
from firmware.core.clock_quality import ClockQuality
from firmware.ports.catalogue import RecordingQuery, RecordingRow, SegmentRow

__all__ = ["CatalogueReader", "RecordingQuery", "RecordingRow", "SegmentRow"]

_SEGMENT_COUNT = (
    select(func.count())
    .select_from(segments)
    .where(segments.c.recording_id == recordings.c.id)
    .scalar_subquery()
    .label("segment_count")
)
_ROW = select(recordings, _SEGMENT_COUNT, is_restricted(recordings.c.id).label("restricted"))
#: Asked for apart, each is the end of an index.
_SPAN = select(
    select(func.min(recordings.c.started_at_ms)).scalar_subquery().label("oldest"),
    select(func.max(recordings.c.started_at_ms)).scalar_subquery().label("newest"),
)


class CatalogueReader:
    """May be used from any thread.

    Every method raises StorageError when there is no catalogue yet, and DamagedCatalogue when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_for_reading(path)

    def recordings(self, query: RecordingQuery = RecordingQuery()) -> list[RecordingRow]:  # noqa: B008  frozen
        """The rows that match, newest first."""
        if asks_the_index(query):
            return self._found(query)
        if query.noted:
            return self._noted(query, query.noted)
        return self._first(_narrowed(_ROW, query), query.limit)

    def _found(self, query: RecordingQuery) -> list[RecordingRow]:
        found = docs(query).statement
        if found is None:
            return []
        place = found.columns(call_words.c.doc).subquery("found")
        row = _ROW.join(call_words, call_words.c.recording_id == recordings.c.id)
        newest = row.join(place, place.c.doc == call_words.c.doc).order_by(place.c.doc.desc())
        return [_recording_row(each) for each in self._all(newest)]

    def _noted(self, query: RecordingQuery, words: str) -> list[RecordingRow]:
        if self._all(count_of(words))[0][0] <= MOST_LOOKED_UP:
            return self._first(_narrowed(_ROW, query).where(has_note(recordings.c.id, words)), query.limit)
        span = self._all(_SPAN)[0]
        oldest_ms, newest_ms = span.oldest or 0, span.newest or 0
        if query.before and (place := CURSOR.fullmatch(query.before)):
            newest_ms = min(newest_ms, int(place[1]))
        found: list[RecordingRow] = []
        for stretch in stretches(query, _moment(oldest_ms), _moment(newest_ms)):
            but_few = next((row[0] for row in self._all(last_but_few(stretch))), 0)
            noted = _narrowed(_ROW, stretch).where(has_note_in(recordings.c.id, words, stretch, but_few))
            found += self._first(noted, query.limit - len(found))
            if len(found) >= query.limit:
                break
        return found

    def _first(self, statement: Select[Any], limit: int) -> list[RecordingRow]:
        newest = statement.order_by(recordings.c.started_at_ms.desc(), recordings.c.id.desc()).limit(limit)
        return [_recording_row(row) for row in self._all(newest)]

    def recording(self, recording_id: str) -> RecordingRow | None:
        """One row, or None."""
        rows = self._all(_ROW.where(recordings.c.id == recording_id))
        return _recording_row(rows[0]) if rows else None

    def segments(self, recording_id: str) -> list[SegmentRow]:
        """The recording's sealed files, in order."""
        found = self._all(select(segments).where(segments.c.recording_id == recording_id).order_by(segments.c.n))
        return [SegmentRow(**row._mapping) for row in found]

    def every_segment(self) -> list[SegmentRow]:
        """All sealed files, by recording and number."""
        return [SegmentRow(**row._mapping) for row in self._all(select(segments).order_by("recording_id", "n"))]

    def close(self) -> None:
        self._engine.dispose()

    def _all(self, statement: Select[Any] | TextClause) -> Sequence[Row[Any]]:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return connection.execute(statement).all()


def _narrowed(statement: Select[Any], query: RecordingQuery) -> Select[Any]:
    row = recordings.c
    if query.before:
        place = CURSOR.fullmatch(query.before)
        if place:
            statement = statement.where(tuple_(row.started_at_ms, row.id) < (int(place[1]), place[2]))
    exact = {"line": query.line, "direction": query.direction, "state": query.state, "extension": query.extension}
    for name, wanted in exact.items():
        if wanted:
            statement = statement.where(row[name] == wanted)
    if query.started_from:
        statement = statement.where(row.started_at_ms >= _milliseconds(query.started_from))
    if query.started_to:
        statement = statement.where(row.started_at_ms < _milliseconds(query.started_to))
    if query.number:
        statement = statement.where(_has_number(query.number))
    if query.held:
        statement = statement.where(row.id.in_(held_calls()))
    return statement


def _has_number(typed: str) -> ColumnElement[bool]:
    """That of any party: whom the call began with, or who joined it by a transfer."""
    row, joined = recordings.c, party_numbers.c
    wanted = number_search(typed)
    if wanted is None:
        return row.id.is_(None)

    def matches(digits: ColumnElement[str]) -> ColumnElement[bool]:
        first, beyond = wanted.span
        return (digits >= first) & (digits < beyond) if wanted.is_whole else digits.like(wanted.pattern)

    return or_(
        matches(row.far_digits_reversed),
        matches(row.office_digits_reversed),
        row.id.in_(select(joined.recording_id).where(matches(joined.digits_reversed))),
    )


def _recording_row(row: Row[Any]) -> RecordingRow:
    far = Party(row.far_number, row.far_presentation, row.far_network_number, row.far_display_name)
    office = Party(row.office_number, row.office_presentation, row.office_network_number, row.office_display_name)
    unnamed = row.state == "not_recorded" and names_nobody(row.mode, bool(row.opted_out))
    return RecordingRow(
        id=row.id,
        call_id=row.call_id,
        started_at=_moment(row.started_at_ms),
        answered_at=_moment(row.answered_at_ms) if row.answered_at_ms is not None else None,
        ended_at=_moment(row.ended_at_ms) if row.ended_at_ms is not None else None,
        duration_s=row.duration_ms / 1000,
        direction=row.direction,
        line=row.line,
        far_party=NOT_KEPT if unnamed else far.shown,
        far_number=far.number,
        office_party=NOT_KEPT if unnamed else office.shown,
        office_number=office.number,
        decided_by=row.decided_by,
        mode=row.mode,
        notice=json.loads(row.notice) if row.notice else None,
        legs=legs_from_json(json.loads(row.legs)),
        end_cause=row.end_cause,
        retention_class=row.retention_class,
        state=row.state,
        not_taken_s=row.not_taken_ms / 1000,
        not_stored_s=row.not_stored_ms / 1000,
        segments=row.segment_count,
        paused_s=row.paused_ms / 1000,
        pauses=pauses_from_json(json.loads(row.pauses)),
        announcements=notices_from_json(json.loads(row.announcements)),
        holds=holds_from_json(json.loads(row.holds)),
        parties=parties_from_json(json.loads(row.parties)),
        marks=marks_from_json(json.loads(row.marks)),
        tags=tuple(json.loads(row.tags)),
        opted_out=bool(row.opted_out),
        started_on=row.started_on,
        extension=row.extension,
        notice_given_by=row.notice_given_by,
        restricted=bool(row.restricted),
        clock=ClockQuality.from_json(json.loads(row.clock)) if row.clock else None,
        far_name=None if unnamed else far.display_name,
        office_name=None if unnamed else office.display_name,
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
