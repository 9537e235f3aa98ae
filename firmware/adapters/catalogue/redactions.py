"""Orders to redact, and putting a revision in the place of its recording."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, exists, func, literal, select, update
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.erasing import is_to_be_erased
from firmware.adapters.catalogue.schema import (
    call_log,
    case_recordings,
    chosen_classes,
    erasures,
    held_recordings,
    notes,
    party_numbers,
    recordings,
    redactions,
    requested_recordings,
    segments,
)
from firmware.ports.catalogue import SegmentRow
from firmware.ports.redactions import RedactionOrder, RedactionState

_TAG = "redacted"
_GOES_ALONG = (held_recordings, requested_recordings, case_recordings, chosen_classes, party_numbers, notes)


class RedactionOrders:
    """``RedactionStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def order(self, order: RedactionOrder) -> bool:
        row = recordings.c
        replaced = exists(
            select(1).where(redactions.c.recording_id == row.id, redactions.c.state.in_(["received", "done"]))
        )
        wanted = select(
            literal(order.revision_id),
            row.id,
            row.started_at_ms,
            literal(order.ordered_at_ms),
            literal("ordered"),
            literal(order.silenced_ms),
        ).where(row.id == order.recording_id, row.state != "recording", ~is_to_be_erased(row.id), ~replaced)
        columns = ["revision_id", "recording_id", "started_at_ms", "ordered_at_ms", "state", "silenced_ms"]
        with catalogue_errors(self._path), self._engine().begin() as connection:
            return connection.execute(insert(redactions).from_select(columns, wanted)).rowcount == 1

    def silenced_before_ms(self, recording_id: str) -> int:
        row = redactions.c
        last = select(row.recording_id, row.silenced_ms).where(row.revision_id == recording_id)
        led_here = last.cte("led_here", recursive=True)
        earlier = select(row.recording_id, row.silenced_ms).where(row.revision_id == led_here.c.recording_id)
        led_here = led_here.union(earlier)
        question = select(func.coalesce(func.sum(led_here.c.silenced_ms), 0))
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return int(connection.execute(question).scalar_one())


class RedactionRows:
    """``RedactionTables`` over an engine that writes. Any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def order(self, revision_id: str) -> RedactionOrder | None:
        found = self._orders(redactions.c.revision_id == revision_id)
        return found[0] if found else None

    def in_state(self, state: RedactionState) -> Sequence[RedactionOrder]:
        return self._orders(redactions.c.state == state)

    def move(self, order: RedactionOrder, state: RedactionState) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            _move(connection, order, state)

    def replaceable(self, order: RedactionOrder) -> bool:
        there = select(recordings.c.id).where(recordings.c.id == order.recording_id, ~is_to_be_erased(recordings.c.id))
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return connection.execute(there).first() is not None

    def replace(self, order: RedactionOrder, segment: SegmentRow, evidence_line: int, now_ms: int) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            row = connection.execute(select(recordings).where(recordings.c.id == order.recording_id)).one()
            _upsert(connection, recordings, _revised(row, order, evidence_line))
            _upsert(connection, segments, asdict(segment))
            for table in _GOES_ALONG:
                _take_along(connection, table, order)
            of_it = update(call_log).where(call_log.c.recording_id == order.recording_id)
            connection.execute(of_it.values(recording_id=order.revision_id))
            _upsert(connection, erasures, _erasure(order.recording_id, order.started_at_ms, "redaction", now_ms))
            _move(connection, order, "done")

    def order_erasure_of_revision(self, order: RedactionOrder, now_ms: int) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            _upsert(connection, erasures, _erasure(order.revision_id, order.started_at_ms, "redaction", now_ms))

    def _orders(self, which: Any) -> list[RedactionOrder]:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(select(redactions).where(which).order_by(redactions.c.ordered_at_ms))
            return [RedactionOrder(**row._mapping) for row in found]


def _revised(row: Row[Any], order: RedactionOrder, evidence_line: int) -> dict[str, Any]:
    tags = json.loads(row.tags)
    return {
        **row._mapping,
        "id": order.revision_id,
        "revises": order.recording_id,
        "evidence_line": evidence_line,
        "tags": json.dumps(tags if _TAG in tags else [*tags, _TAG]),
    }


def _take_along(connection: Connection, table: Table, order: RedactionOrder) -> None:
    """The recording's rows, once more for the revision; a row number of their own is given anew."""
    columns = [column for column in table.columns if not (column.name == "id" and column.primary_key)]
    taken = [
        literal(order.revision_id).label("recording_id") if column.name == "recording_id" else column
        for column in columns
    ]
    rows = select(*taken).where(table.c.recording_id == order.recording_id)
    statement = insert(table).from_select([column.name for column in columns], rows)
    connection.execute(statement.prefix_with("OR IGNORE"))


def _erasure(recording_id: str, started_at_ms: int, because: str, now_ms: int) -> dict[str, Any]:
    return {
        "recording_id": recording_id,
        "started_at_ms": started_at_ms,
        "because": because,
        "ordered_at_ms": now_ms,
        "state": "ordered",
    }


def _upsert(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    keys = [column.name for column in table.primary_key]
    connection.execute(insert(table).values(values).on_conflict_do_update(index_elements=keys, set_=values))


def _move(connection: Connection, order: RedactionOrder, state: RedactionState) -> None:
    connection.execute(update(redactions).where(redactions.c.revision_id == order.revision_id).values(state=state))
