"""The catalogue's part in erasing closed cases, breaches, words of duties and details of the evidence. Only the keeper
deletes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.case_papers import drop_unfinished
from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.erasing import ErasureRows, is_held
from firmware.adapters.catalogue.schema import (
    breaches,
    case_paper_parts,
    case_papers,
    case_recordings,
    cases,
    erased_details,
    evidence_details,
    said_of_duties,
)

_ONLY = 1
_AT_ONCE = 500  # SQLite takes a limited number of values in one statement


class OldRecordRows:
    """``OldRecordTables`` over an engine that writes. Any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def closed_cases(self, closed_by_ms: int, most: int) -> Sequence[tuple[str, int]]:
        row, call = cases.c, case_recordings.c
        held = exists(select(1).where(call.case_id == row.id, is_held(call.recording_id)))
        closed = select(row.id, row.closed_at_ms).where(
            row.closed_at_ms.is_not(None), row.closed_at_ms <= closed_by_ms, ~held
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(closed.order_by(row.closed_at_ms).limit(most))
            return [(case_id, closed_at_ms) for case_id, closed_at_ms in found]

    def erase_case(self, case_id: str) -> None:
        of_case = select(case_papers.c.id).where(case_papers.c.case_id == case_id)
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(delete(case_paper_parts).where(case_paper_parts.c.paper_id.in_(of_case)))
            connection.execute(delete(case_papers).where(case_papers.c.case_id == case_id))
            connection.execute(delete(case_recordings).where(case_recordings.c.case_id == case_id))
            connection.execute(delete(cases).where(cases.c.id == case_id))

    def closed_breaches(self, closed_by_ms: int, most: int) -> Sequence[tuple[str, int]]:
        row = breaches.c
        closed = select(row.id, row.closed_at_ms).where(row.closed_at_ms.is_not(None), row.closed_at_ms <= closed_by_ms)
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(closed.order_by(row.closed_at_ms).limit(most))
            return [(breach_id, closed_at_ms) for breach_id, closed_at_ms in found]

    def erase_breach(self, breach_id: str) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(delete(breaches).where(breaches.c.id == breach_id))

    def words_of_duties(self, entered_by_ms: int, most: int) -> Sequence[tuple[int, int]]:
        row = said_of_duties.c
        words = select(row.id, row.entered_at_ms).where(row.entered_at_ms <= entered_by_ms)
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(words.order_by(row.id).limit(most))
            return [(word_id, entered_at_ms) for word_id, entered_at_ms in found]

    def drop_words(self, ids: Sequence[int]) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(delete(said_of_duties).where(said_of_duties.c.id.in_(ids)))

    def drop_unfinished_papers(self, before_ms: int) -> int:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            return drop_unfinished(connection, before_ms)

    def erased_until(self) -> int:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return connection.execute(select(erased_details.c.last_line)).scalar_one_or_none() or 0

    def count_details(self, commitments: Sequence[str]) -> int:
        count = 0
        with catalogue_errors(self._path), self._engine.connect() as connection:
            for first in range(0, len(commitments), _AT_ONCE):
                these = _of_no_recording(commitments[first : first + _AT_ONCE])
                count += connection.execute(select(func.count()).where(these)).scalar_one()
        return count

    def erase_details(self, commitments: Sequence[str], last_line: int) -> None:
        note = insert(erased_details).values(id=_ONLY, last_line=last_line)
        with catalogue_errors(self._path), self._engine.begin() as connection:
            for first in range(0, len(commitments), _AT_ONCE):
                these = _of_no_recording(commitments[first : first + _AT_ONCE])
                connection.execute(delete(evidence_details).where(these))
            connection.execute(note.on_conflict_do_update(index_elements=["id"], set_={"last_line": last_line}))

    def wipe_traces(self) -> bool:
        return ErasureRows(self._engine, self._path).wipe_traces()


def _of_no_recording(commitments: Sequence[str]) -> ColumnElement[bool]:
    detail = evidence_details.c
    return detail.commitment.in_(commitments) & (func.coalesce(detail.recording_id, "") == "")
