"""The catalogue's table of what the PBX logged: the recorder's end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Connection, Integer, Row, delete, exists, func, literal_column, select, update
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.erasing import cut_the_log
from firmware.adapters.catalogue.number_index import reversed_digits
from firmware.adapters.catalogue.schema import call_log, erasures, missed_explained, recordings
from firmware.core.call_log import LogDirection, LoggedCall, LogRow
from firmware.core.call_log_matching import Taped
from firmware.ports.call_log import KeptRow, LogRowState, Newest, RowOutcome, TapedCall

_THOUSANDTHS = 1000
#: The order in which SQLite was given rows, whatever time they say.
_BY_ENTRY: ColumnElement[int] = literal_column("recordings.rowid", Integer)
_NUMBER, _EXTENSION = "number", "extension"


class CallLogTable:
    """``CallLogStore``. Any thread. The catalogue is opened when first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def add(self, rows: Sequence[LogRow]) -> int:
        if not rows:
            return 0
        keep = insert(call_log).on_conflict_do_nothing(index_elements=["id"])
        with catalogue_errors(self._path), self._engine().begin() as connection:
            before: int = connection.execute(select(func.total_changes())).scalar_one()
            connection.execute(keep, [_values(row) for row in rows])
            after: int = connection.execute(select(func.total_changes())).scalar_one()
            return after - before

    def rows_between(self, from_ms: int, to_ms: int) -> Sequence[KeptRow]:
        question = select(call_log).where(call_log.c.started_at_ms.between(from_ms, to_ms))
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [kept_row(row) for row in connection.execute(question.order_by("started_at_ms", "id"))]

    def calls_between(self, from_ms: int, to_ms: int) -> Sequence[TapedCall]:
        question = select(recordings).where(recordings.c.started_at_ms.between(from_ms, to_ms))
        gone = erasures.c
        erased = select(erasures).where(gone.line.is_not(None), gone.started_at_ms.between(from_ms, to_ms))
        with catalogue_errors(self._path), self._engine().connect() as connection:
            there = [taped_call(row) for row in connection.execute(question.order_by("started_at_ms", "id"))]
            return [*there, *map(_erased_call, connection.execute(erased))]

    def save(self, outcomes: Sequence[RowOutcome]) -> None:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            for each in outcomes:
                there = select(recordings.c.id).where(recordings.c.id == each.recording_id).scalar_subquery()
                values = {
                    "state": each.state,
                    "recording_id": there,
                    "confidence": round(each.confidence * _THOUSANDTHS),
                    "whole": int(each.whole),
                }
                connection.execute(update(call_log).where(call_log.c.id == each.row_id).values(values))

    def drop(self, row_ids: Sequence[str]) -> None:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(delete(call_log).where(call_log.c.id.in_(row_ids)))

    def drop_alone(self, row_ids: Sequence[str]) -> int:
        """Those that found no recording. Returns how many they were."""
        alone = call_log.c.id.in_(row_ids) & call_log.c.recording_id.is_(None)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            return connection.execute(delete(call_log).where(alone)).rowcount

    def wipe_traces(self) -> bool:
        """Leave nothing of dropped rows in the write-ahead log. Returns whether it is done."""
        return cut_the_log(self._engine(), self._path)

    def drop_left(self, received_before_ms: int) -> None:
        left = (call_log.c.state == "left") & (call_log.c.received_at_ms <= received_before_ms)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(delete(call_log).where(left))

    def fill(self, row: LogRow, recording_id: str) -> Mapping[str, str]:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            found = connection.execute(select(recordings).where(recordings.c.id == recording_id)).one_or_none()
            if found is None or found.state == "recording":
                return {}
            told = _to_fill(found, row)
            if told:
                connection.execute(_change_recording(recording_id, {name: told[name] for name in told}))
                self._note_filled(connection, row.row_id, tuple(told))
            return told

    def unfill(self, row: LogRow, recording_id: str, fields: Sequence[str]) -> None:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(_change_recording(recording_id, dict.fromkeys(fields)))
            self._note_filled(connection, row.row_id, ())

    def has_rows(self) -> bool:
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(select(call_log.c.id).limit(1)).first() is not None

    def first_open_ms(self, received_from_ms: int) -> int | None:
        row = call_log.c
        oldest = select(func.min(row.started_at_ms))
        with catalogue_errors(self._path), self._engine().connect() as connection:
            waiting = connection.execute(oldest.where(row.state == "waiting")).scalar_one()
            lately = connection.execute(oldest.where(row.received_at_ms >= received_from_ms)).scalar_one()
        return min((each for each in (waiting, lately) if each is not None), default=None)

    def recorded_since_last_row(self) -> int:
        last = select(func.max(call_log.c.received_at_ms)).scalar_subquery()
        since = select(func.count()).where(recordings.c.started_at_ms > last, recordings.c.state == "complete")
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(since).scalar_one()

    def missed_since(self, from_ms: int) -> int:
        row = call_log.c
        explained = exists(select(1).where(missed_explained.c.row_id == row.id))
        missed = select(func.count()).where(row.state == "missed", row.started_at_ms >= from_ms, ~explained)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(missed).scalar_one()

    def newest(self, known: int) -> Newest:
        row = recordings.c
        last = select(func.max(_BY_ENTRY)).select_from(recordings)
        going_on = select(func.count()).where(row.state == "recording")
        earliest = select(func.min(row.started_at_ms)).where(known < _BY_ENTRY)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            number = connection.execute(last).scalar_one() or 0
            began_ms = connection.execute(earliest).scalar_one() if known else None
            return Newest(number, connection.execute(going_on).scalar_one(), began_ms)

    def close(self) -> None:
        self._engine.close()

    def _note_filled(self, connection: Connection, row_id: str, fields: tuple[str, ...]) -> None:
        connection.execute(update(call_log).where(call_log.c.id == row_id).values(filled=json.dumps(fields)))


def _to_fill(found: Row[Any], row: LogRow) -> dict[str, str]:
    """A withheld number stays withheld, whatever the PBX says."""
    told: dict[str, str] = {}
    if row.call.number and found.far_number is None and found.far_presentation == "unavailable":
        told[_NUMBER] = row.call.number
    if row.call.extension and found.extension is None:
        told[_EXTENSION] = row.call.extension
    return told


def _change_recording(recording_id: str, told: Mapping[str, str | None]) -> Any:
    values: dict[str, Any] = {}
    if _NUMBER in told:
        number = told[_NUMBER]
        values |= {"far_number": number, "far_digits_reversed": reversed_digits(number)}
        values["far_presentation"] = "available" if number else "unavailable"
    if _EXTENSION in told:
        values["extension"] = told[_EXTENSION]
    return update(recordings).where(recordings.c.id == recording_id).values(values)


def _values(row: LogRow) -> dict[str, Any]:
    call = row.call
    return {
        "id": row.row_id,
        "source": row.source,
        "line": row.line,
        "direction": call.direction,
        "started_at_ms": call.started_at_ms,
        "duration_ms": call.duration_ms,
        "resolution_s": call.resolution_s,
        "extension": call.extension,
        "trunk": call.trunk,
        "number": call.number,
        "digits_reversed": reversed_digits(call.number),
        "reference": call.reference,
        "meant": int(row.meant),
        "decided_by": row.decided_by,
        "retention_class": row.retention_class,
        "received_at_ms": row.received_at_ms,
        "state": "waiting",
    }


def kept_row(row: Row[Any]) -> KeptRow:
    """A row of the table."""
    call = LoggedCall(
        row.started_at_ms,
        row.duration_ms,
        cast(LogDirection, row.direction),
        row.extension,
        row.trunk,
        row.number,
        True,
        row.reference,
        row.resolution_s,
    )
    logged = LogRow(
        row.id, row.source, row.line, call, bool(row.meant), row.decided_by, row.retention_class, row.received_at_ms
    )
    return KeptRow(
        logged,
        cast(LogRowState, row.state),
        row.recording_id,
        row.confidence / _THOUSANDTHS,
        bool(row.whole),
        tuple(json.loads(row.filled)),
    )


def _erased_call(row: Row[Any]) -> TapedCall:
    """What is known of a call that was erased before the PBX logged it: nobody misses its recording."""
    direction = row.direction if row.direction in ("inbound", "outbound") else "unknown"
    taped = Taped(
        row.recording_id,
        row.line,
        cast(Literal["inbound", "outbound", "unknown"], direction),
        row.started_at_ms,
        row.ended_at_ms - row.started_at_ms,
        row.answered_at_ms,
    )
    return TapedCall(taped, kept=False, goes_on=False, excused=True, lacks_number=False, lacks_extension=False)


def taped_call(row: Row[Any]) -> TapedCall:
    """A recording's row, as it is compared with the log."""
    kept, goes_on = row.state != "not_recorded", row.state == "recording"
    ended = row.ended_at_ms if row.ended_at_ms is not None else row.started_at_ms + row.duration_ms
    duration_ms = max(row.duration_ms, ended - row.started_at_ms)
    direction = row.direction if row.direction in ("inbound", "outbound") else "unknown"
    taped = Taped(
        row.id,
        row.line,
        cast(Literal["inbound", "outbound", "unknown"], direction),
        row.started_at_ms,
        duration_ms,
        row.answered_at_ms,
        row.extension,
        row.far_number,
    )
    excused = not kept and (bool(row.opted_out) or row.mode in ("never", "on_demand"))
    unknown = row.far_number is None and row.far_presentation == "unavailable"
    return TapedCall(taped, kept, goes_on, excused, unknown, row.extension is None)
