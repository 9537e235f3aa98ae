"""The recorder's end of the catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, select, update
from sqlalchemy.dialects.sqlite import Insert, insert

from firmware.adapters.catalogue.database import catalogue_errors, open_for_writing
from firmware.adapters.catalogue.number_index import reversed_digits
from firmware.adapters.catalogue.schema import erasures, evidence_details, party_numbers, recordings, segments
from firmware.core.call_record import CallRecord, Party, pauses_from_json
from firmware.core.retention import UNKNOWN
from firmware.ports.catalogue import CatalogueChange, SaveRecording, SegmentRow, Unfinished


class SqliteCatalogueWriter:
    """The ``CatalogueWriter`` and ``DetailStore`` over one SQLite file. Any thread.

    Raises (from the constructor): see ``database.open_for_writing``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = open_for_writing(path)

    def apply(self, changes: Sequence[CatalogueChange]) -> None:
        with catalogue_errors(self._path), self._engine.begin() as connection:
            for change in changes:
                if isinstance(change, SaveRecording):
                    _save_recording(connection, change)
                else:
                    _upsert(connection, segments, asdict(change.row))

    def unfinished(self) -> Sequence[Unfinished]:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            rows = connection.execute(select(recordings).where(recordings.c.state == "recording")).all()
            return [_unfinished(connection, row) for row in rows]

    def known(self, recording_id: str) -> Unfinished | None:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            row = connection.execute(select(recordings).where(recordings.c.id == recording_id)).one_or_none()
            return _unfinished(connection, row) if row else None

    def keep_detail(self, commitment: str, salt: bytes, detail: Mapping[str, Any], recording_id: str = "") -> None:
        """Raises StorageError; see the port."""
        with catalogue_errors(self._path), self._engine.begin() as connection:
            row = {"commitment": commitment, "salt": salt, "detail": json.dumps(detail, sort_keys=True)}
            # One that waited in the spool may be brought again after a kill.
            keep = insert(evidence_details).values(row | {"recording_id": recording_id}).on_conflict_do_nothing()
            connection.execute(keep)

    def was_erased(self, recording_id: str) -> bool:
        """Raises StorageError; see ``spool_intake.Catalogue``."""
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = select(erasures.c.recording_id).where(erasures.c.recording_id == recording_id)
            return connection.execute(found).one_or_none() is not None

    def note_keyslots(self, digests: Sequence[tuple[str, int, str]]) -> None:
        """Raises StorageError; see the port."""
        with catalogue_errors(self._path), self._engine.begin() as connection:
            for recording_id, n, digest in digests:
                of_it = (segments.c.recording_id == recording_id, segments.c.n == n)
                connection.execute(update(segments).where(*of_it).values(keyslot_sha256=digest))

    def close(self) -> None:
        self._engine.dispose()


def _save_recording(connection: Connection, change: SaveRecording) -> None:
    """A change without a record keeps the words that are there; a row that was lost begins without them."""
    values = _recording_values(change)
    if change.record is None:
        outcome = connection.execute(update(recordings).where(recordings.c.id == change.recording_id).values(values))
        if outcome.rowcount:
            return
        values = _record_values(_unknown_record(change)) | {"direction": "unknown"} | values
    _upsert(connection, recordings, values)
    if change.record is not None and change.record.parties:
        _save_party_numbers(connection, change.record)


def _save_party_numbers(connection: Connection, record: CallRecord) -> None:
    """Of whoever joined the call later: the row has place for those it began with only. A trigger of the catalogue's
    takes them away with the last of them."""
    connection.execute(delete(party_numbers).where(party_numbers.c.recording_id == record.recording_id))
    digits = {reversed_digits(change.party.number) for change in record.parties} - {None}
    if digits:
        rows = [{"recording_id": record.recording_id, "digits_reversed": each} for each in digits]
        connection.execute(insert(party_numbers), rows)


def _upsert(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    connection.execute(_upsert_statement(table, tuple(values)), [values])


@cache
def _upsert_statement(table: Table, columns: tuple[str, ...]) -> Insert:
    """Built once: building one costs more than running it, and a rebuilt catalogue takes a million."""
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def _recording_values(change: SaveRecording) -> dict[str, Any]:
    """Only what the change says: the rest of the row stays as it is."""
    values: dict[str, Any] = {"id": change.recording_id, "state": change.state, "started_at_ms": change.started_at_ms}
    values |= _record_values(change.record) if change.record else {}
    for name in ("duration_ms", "not_taken_ms", "not_stored_ms", "evidence_line", "paused_ms"):
        if (value := getattr(change, name)) is not None:
            values[name] = value
    if change.speech_ms is not None:
        # A line that hears both parties mixed has one channel.
        values |= dict(zip(("far_speech_ms", "office_speech_ms"), change.speech_ms, strict=False))
    return values


def _unknown_record(change: SaveRecording) -> CallRecord:
    """Stands for the words of a recording whose row was lost: they are sealed inside it."""
    nobody = Party(presentation="unavailable")
    return CallRecord(
        change.recording_id,
        "",
        "",
        "inbound",
        nobody,
        nobody,
        change.started_at_ms,
        "unknown: its row was lost",
        "unknown",
        retention_class=UNKNOWN,
    )


def _record_values(record: CallRecord) -> dict[str, Any]:
    return {
        "call_id": record.call_id,
        "line": record.line,
        "direction": record.direction,
        "answered_at_ms": record.answered_at_ms,
        "ended_at_ms": record.ended_at_ms,
        "decided_by": record.decided_by,
        "mode": record.mode,
        "notice": json.dumps(asdict(record.notice)) if record.notice else None,
        "legs": json.dumps([asdict(leg) for leg in record.legs]),
        "end_cause": record.end_cause,
        "retention_class": record.retention_class,
        "pause_count": len(record.pauses),
        "pauses": json.dumps([asdict(pause) for pause in record.pauses]),
        "announcements": json.dumps([asdict(notice) for notice in record.announcements]),
        "holds": json.dumps([asdict(hold) for hold in record.holds]),
        "parties": json.dumps([asdict(change) for change in record.parties]),
        "marks": json.dumps([asdict(mark) for mark in record.marks]),
        "tags": json.dumps(record.tags),
        "opted_out": int(record.opted_out),
        "started_on": record.started_on,
        "extension": record.extension,
        "notice_given_by": record.notice_given_by,
        "clock": json.dumps(asdict(record.clock)) if record.clock else None,
        **_party_values("far", record.far_party),
        **_party_values("office", record.office_party),
    }


def _party_values(prefix: str, party: Party) -> dict[str, Any]:
    return {
        f"{prefix}_number": party.number,
        f"{prefix}_presentation": party.presentation,
        f"{prefix}_network_number": party.network_number,
        f"{prefix}_display_name": party.display_name,
        f"{prefix}_digits_reversed": reversed_digits(party.number),
    }


def _unfinished(connection: Connection, row: Row[Any]) -> Unfinished:
    found = connection.execute(select(segments).where(segments.c.recording_id == row.id).order_by(segments.c.n))
    return Unfinished(
        row.id,
        row.started_at_ms,
        row.not_stored_ms,
        tuple(SegmentRow(**part._mapping) for part in found),
        row.paused_ms,
        pauses_from_json(json.loads(row.pauses)),
    )
