"""The catalogue's part in erasing: the journal of erasures, and every row about a recording.

Only the keeper deletes. Deleted cells are overwritten (``secure_delete``); the search indexes keep a deleted word
until their pieces are merged (https://sqlite.org/fts5.html#the_merge_command), and the write-ahead log until it is cut.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import get_args

from sqlalchemy import Connection, Engine, Table, bindparam, delete, exists, func, literal, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.schema import (
    access_requests,
    backups,
    call_log,
    case_papers,
    case_recordings,
    chosen_classes,
    erasures,
    evidence_details,
    grants,
    held_recordings,
    legal_holds,
    notes,
    recordings,
    requested_recordings,
    segments,
)
from firmware.core.call_log import LOGGED_WITHIN_MS
from firmware.ports.erasing import ErasedBecause, Erasure

_ABOUT_RECORDINGS: tuple[Table, ...] = (
    notes,
    segments,
    chosen_classes,
    held_recordings,
    grants,
    requested_recordings,
    case_recordings,
    evidence_details,
    call_log,
)
#: The kind of a case's paper that holds copies of its recordings.
BUNDLE = "bundle"
_MERGE_PAGES = 64
_WAIT_FOR_READERS_MS = 100


def is_held(recording_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a legal hold that stands is on the recording."""
    held = held_recordings.join(legal_holds, held_recordings.c.hold_id == legal_holds.c.id)
    return exists(
        select(1)
        .select_from(held)
        .where(held_recordings.c.recording_id == recording_id, legal_holds.c.released_at_ms.is_(None))
    )


def is_to_be_erased(recording_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the journal has it. Orders and holds look at each other within one statement, so that one comes first."""
    return exists(select(1).where(erasures.c.recording_id == recording_id))


class ErasureRows:
    """``ErasureTables`` over an engine that writes. Any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def order_expired(self, now_ms: int, most: int) -> int:
        expired = (
            select(
                recordings.c.id,
                recordings.c.started_at_ms,
                literal("retention"),
                literal(now_ms),
                literal("ordered"),
            )
            .where(
                recordings.c.expires_at_ms.is_not(None),
                recordings.c.expires_at_ms <= now_ms,
                recordings.c.state != "recording",
                ~is_held(recordings.c.id),
                ~is_to_be_erased(recordings.c.id),
            )
            .order_by(recordings.c.expires_at_ms)
            .limit(most)
        )
        columns = ["recording_id", "started_at_ms", "because", "ordered_at_ms", "state"]
        with catalogue_errors(self._path), self._engine.begin() as connection:
            return connection.execute(insert(erasures).from_select(columns, expired)).rowcount

    def order_again(self) -> int:
        listed = exists(select(1).where(recordings.c.id == erasures.c.recording_id))
        again = update(erasures).where(erasures.c.state != "ordered", listed)
        with catalogue_errors(self._path), self._engine.begin() as connection:
            return connection.execute(again.values(state="ordered")).rowcount

    def order_erased(self, because: Mapping[str, str], now_ms: int) -> int:
        row, again = recordings.c, 0
        with catalogue_errors(self._path), self._engine.begin() as connection:
            for why in set(because.values()):
                these = [recording for recording, its in because.items() if its == why]
                known = literal(why if why in get_args(ErasedBecause) else "request")
                listed = select(row.id, row.started_at_ms, known, literal(now_ms), literal("ordered")).where(
                    row.id.in_(these), ~is_to_be_erased(row.id)
                )
                columns = ["recording_id", "started_at_ms", "because", "ordered_at_ms", "state"]
                again += connection.execute(insert(erasures).from_select(columns, listed)).rowcount
        return again

    def ordered(self, most: int, *, redactions_only: bool = False) -> Sequence[Erasure]:
        row = erasures.c
        redacted = row.because == "redaction"
        allowed = redacted if redactions_only else ~is_held(row.recording_id) | redacted
        waiting = (
            select(row.recording_id, row.started_at_ms, row.because)
            .where(row.state == "ordered", row.state != "gone", allowed)
            .order_by(row.ordered_at_ms)
            .limit(most)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return [
                Erasure(each.recording_id, each.started_at_ms, each.because) for each in connection.execute(waiting)
            ]

    def standing_holds(self) -> Collection[str]:
        holding = (
            select(held_recordings.c.hold_id)
            .join(legal_holds, held_recordings.c.hold_id == legal_holds.c.id)
            .where(legal_holds.c.released_at_ms.is_(None))
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return set(connection.execute(holding.distinct()).scalars())

    def forget(self, gone: Sequence[Erasure], now_ms: int, gone_from_backups_at_ms: int) -> None:
        ids = [each.recording_id for each in gone]
        with catalogue_errors(self._path), self._engine.begin() as connection:
            of_these = select(requested_recordings.c.request_id).where(requested_recordings.c.recording_id.in_(ids))
            asked = list(connection.execute(of_these.distinct()).scalars())
            _drop_bundles(connection, ids)
            _keep_when_it_was(connection, ids, now_ms)
            for table in _ABOUT_RECORDINGS:
                connection.execute(delete(table).where(table.c.recording_id.in_(ids)))
            connection.execute(delete(recordings).where(recordings.c.id.in_(ids)))
            _drop_empty_requests(connection, asked)
            done = {"state": "erased", "erased_at_ms": now_ms, "gone_from_backups_at_ms": gone_from_backups_at_ms}
            connection.execute(update(erasures).where(erasures.c.recording_id.in_(ids)).values(done))

    def homeless_details(self) -> Collection[str]:
        homeless = select(evidence_details.c.commitment).where(evidence_details.c.recording_id.is_(None))
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return set(connection.execute(homeless).scalars())

    def house_details(self, about: Mapping[str, str]) -> None:
        if not about:
            return
        detail = evidence_details.c
        statement = update(evidence_details).where(detail.commitment == bindparam("of"), detail.recording_id.is_(None))
        rows = [{"of": commitment, "recording": recording} for commitment, recording in about.items()]
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(statement.values(recording_id=bindparam("recording")), rows)

    def settle_gone(self, now_ms: int) -> int:
        # A backup that was begun before the erasure may hold its key, wherever it lies and whether or not it is whole.
        may_hold_it = exists(
            select(1).where(backups.c.deleted_at_ms.is_(None), backups.c.begun_at_ms <= erasures.c.erased_at_ms)
        )
        lapsed = update(erasures).where(
            erasures.c.state == "erased",
            erasures.c.state != "gone",
            erasures.c.gone_from_backups_at_ms <= now_ms,
            ~may_hold_it,
        )
        row = erasures.c
        logged = update(erasures).where(row.line.is_not(None), row.started_at_ms < now_ms - LOGGED_WITHIN_MS)
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(logged.values(dict.fromkeys(("line", "direction", "answered_at_ms", "ended_at_ms"))))
            return connection.execute(lapsed.values(state="gone", gone_from_backups_at_ms=now_ms)).rowcount

    def wipe_traces(self) -> bool:
        with catalogue_errors(self._path), self._engine.connect() as pooled:
            connection = pooled.execution_options(isolation_level="AUTOCOMMIT")
            for index in ("notes_search", "calls_search"):
                _merge_the_search_index(connection, index)
        return cut_the_log(self._engine, self._path)


def cut_the_log(engine: Engine, path: Path) -> bool:
    """Leave nothing of what was deleted in the write-ahead log. Returns whether it is done: somebody may be reading.

    Raises:
        StorageError: the catalogue cannot be written.
    """
    with catalogue_errors(path), engine.connect() as pooled:
        connection = pooled.execution_options(isolation_level="AUTOCOMMIT")
        # It holds writers up while it waits for readers: the recorder is one.
        waited = connection.execute(text("PRAGMA busy_timeout")).scalar_one()
        connection.execute(text(f"PRAGMA busy_timeout = {_WAIT_FOR_READERS_MS}"))
        try:
            busy: int = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
        finally:
            connection.execute(text(f"PRAGMA busy_timeout = {waited}"))
        return not busy


def _keep_when_it_was(connection: Connection, ids: Sequence[str], now_ms: int) -> None:
    """Of calls that the PBX may still log. One whose row came goes with it, and another row is another call's."""
    gone, call = erasures.c, recordings.c
    came = exists(select(1).where(call_log.c.recording_id == gone.recording_id, call_log.c.whole == 1))
    late = update(erasures).where(gone.recording_id.in_(ids), gone.recording_id == call.id, ~came)
    late = late.where(gone.because != "redaction", gone.started_at_ms >= now_ms - LOGGED_WITHIN_MS)
    ended = func.max(func.coalesce(call.ended_at_ms, 0), call.started_at_ms + call.duration_ms)
    told = {"line": call.line, "direction": call.direction, "answered_at_ms": call.answered_at_ms, "ended_at_ms": ended}
    connection.execute(late.values(told))


def _drop_bundles(connection: Connection, ids: Sequence[str]) -> None:
    """The copies that were made for somebody and are kept with their case: the recording's sound is among them."""
    of_these = select(case_recordings.c.case_id).where(case_recordings.c.recording_id.in_(ids))
    connection.execute(delete(case_papers).where(case_papers.c.kind == BUNDLE, case_papers.c.case_id.in_(of_these)))


def _drop_empty_requests(connection: Connection, asked: Sequence[str]) -> None:
    """A request all of whose calls are erased says nothing that may be kept: its purpose named somebody."""
    left = exists(select(1).where(requested_recordings.c.request_id == access_requests.c.id))
    granted = exists(select(1).where(grants.c.request_id == access_requests.c.id))
    connection.execute(delete(access_requests).where(access_requests.c.id.in_(asked), ~left, ~granted))


def _merge_the_search_index(connection: Connection, index: str) -> None:
    """All its pieces into one, a few pages at a time, so that the recorder can write in between."""
    pages = -_MERGE_PAGES
    while True:
        before = connection.execute(select(func.total_changes())).scalar_one()
        connection.execute(text(f"INSERT INTO {index}({index}, rank) VALUES('merge', {pages})"))
        if connection.execute(select(func.total_changes())).scalar_one() - before < 2:
            return
        pages = _MERGE_PAGES
