"""Data-protection cases, in the catalogue's tables that the opener writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.case_papers import PaperTables
from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.note_search import has_note_of_words
from firmware.adapters.catalogue.number_index import number_search
from firmware.adapters.catalogue.schema import case_recordings, cases, party_numbers, recordings
from firmware.core.data_case import CaseCall, DataCase, FoundCalls, Muted, WhoseCalls, clock_from, whose_from

_MOST_SHOWN = 200


class CaseTables(PaperTables):
    """``CaseStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def cases(self, *, is_open: bool) -> Sequence[DataCase]:
        row = cases.c
        question = select(cases).where(row.state == ("open" if is_open else "closed")).limit(_MOST_SHOWN)
        order = (row.due_on.is_(None), row.due_on, row.received_on) if is_open else (row.closed_at_ms.desc(),)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_case(found) for found in connection.execute(question.order_by(*order))]

    def case(self, case_id: str) -> DataCase | None:
        of_case = (
            select(case_recordings)
            .join(recordings, recordings.c.id == case_recordings.c.recording_id)
            .where(case_recordings.c.case_id == case_id)
            .order_by(recordings.c.started_at_ms.desc())
        )
        with catalogue_errors(self._path), self._engine().connect() as connection:
            found = connection.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
            calls = tuple(_call(row) for row in connection.execute(of_case)) if found else ()
        return replace(_case(found), calls=calls) if found else None

    def save(self, case: DataCase, due_on: str | None) -> DataCase:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            if not case.reference:
                case = replace(case, reference=_next_reference(connection, case))
            values = _values(case, due_on)
            statement = insert(cases).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
        return case

    def found(self, whose: WhoseCalls, span_ms: tuple[int, int], case_id: str, most: int) -> FoundCalls:
        row, matches = recordings.c, list(_matches(whose))
        if not matches:
            return FoundCalls(())
        in_case = select(case_recordings.c.recording_id).where(case_recordings.c.case_id == case_id)
        theirs = (
            row.state.not_in(["recording", "not_recorded"]),
            row.started_at_ms >= span_ms[0],
            row.started_at_ms < span_ms[1],
            row.id.not_in(in_case),
            or_(*matches),
        )
        newest = select(row.id).where(*theirs).order_by(row.started_at_ms.desc()).limit(most)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            ids = list(connection.execute(newest).scalars())
            count = len(ids)
            if count == most:
                count = connection.execute(select(func.count()).select_from(recordings).where(*theirs)).scalar_one()
        return FoundCalls(ids, max(0, count - len(ids)))

    def add(self, case_id: str, calls: Iterable[str]) -> int:
        added = 0
        columns = ["case_id", "recording_id", "state"]
        with catalogue_errors(self._path), self._engine().begin() as connection:
            for call in calls:
                there = select(literal(case_id), recordings.c.id, literal("found")).where(recordings.c.id == call)
                statement = insert(case_recordings).from_select(columns, there)
                added += connection.execute(statement.prefix_with("OR IGNORE")).rowcount
        return added

    def save_call(self, case_id: str, call: CaseCall) -> None:
        this = (case_recordings.c.case_id == case_id) & (case_recordings.c.recording_id == call.recording_id)
        muted = json.dumps([each.to_json() for each in call.muted])
        values = {"state": call.state, "reason": call.reason or None, "muted": muted}
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(update(case_recordings).where(this).values(values))


def _matches(whose: WhoseCalls) -> Iterable[ColumnElement[bool]]:
    """By a number as the far or the office's party, or of whoever joined later; by extension; by name or note."""
    row = recordings.c
    for number in whose.numbers:
        wanted = number_search(number)
        if wanted is None:
            continue
        for digits in (row.far_digits_reversed, row.office_digits_reversed):
            yield _is_number(digits, wanted.span, wanted.is_whole)
        joined = select(party_numbers.c.recording_id).where(
            _is_number(party_numbers.c.digits_reversed, wanted.span, wanted.is_whole)
        )
        yield row.id.in_(joined)
    if whose.extension:
        yield row.extension == whose.extension
        yield row.office_number == whose.extension
    if whose.words:
        for name in (row.far_display_name, row.office_display_name):
            yield name.icontains(whose.words, autoescape=True)
        yield has_note_of_words(row.id, whose.words)


def _is_number(digits: ColumnElement[Any], span: tuple[str, str], whole: bool) -> ColumnElement[bool]:
    """A whole number by its end, however it begins; a short one exactly: as a part it would be others' too."""
    first, beyond = span
    return (digits >= first) & (digits < beyond) if whole else digits == first


def _next_reference(connection: Connection, case: DataCase) -> str:
    year = str(case.clock.received_on.year)
    count = connection.execute(select(func.count()).where(cases.c.received_on.startswith(f"{year}-"))).scalar_one()
    return f"{year}-{count + 1:03}"


def _values(case: DataCase, due_on: str | None) -> dict[str, Any]:
    return {
        "id": case.case_id,
        "kind": case.kind.value,
        "subject_name": case.subject_name,
        "details": json.dumps(case.details()),
        "received_on": case.clock.received_on.isoformat(),
        "due_on": due_on,
        "state": "open" if case.is_open else "closed",
        "opened_by_id": case.opened_by_id,
        "opened_by_name": case.opened_by_name,
        "closed_at_ms": case.closed_at_ms,
    }


def _case(row: Row[Any]) -> DataCase:
    details = json.loads(row.details)
    return DataCase(
        row.id,
        details.get("reference", ""),
        clock_from(row.kind, row.received_on, details),
        row.subject_name,
        details.get("asked", ""),
        whose_from(details),
        row.opened_by_id,
        row.opened_by_name,
        row.closed_at_ms,
        details.get("outcome", ""),
        details.get("extended_because", ""),
        further=int(details.get("further", 0)),
    )


def _call(row: Row[Any]) -> CaseCall:
    muted = tuple(Muted.from_json(each) for each in json.loads(row.muted))
    return CaseCall(row.recording_id, row.state, row.reason or "", muted)
