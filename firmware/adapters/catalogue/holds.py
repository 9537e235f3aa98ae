"""Holds, orders to erase and chosen classes, in the catalogue's tables that the opener writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.erasing import is_held, is_to_be_erased
from firmware.adapters.catalogue.restrictions import is_restricted
from firmware.adapters.catalogue.retention import RetentionRows
from firmware.adapters.catalogue.schema import chosen_classes, erasures, held_recordings, legal_holds, recordings
from firmware.core.legal_hold import LegalHold
from firmware.core.retention import RetentionClass
from firmware.ports.keeping import JournalledErasure, Keeping

_AT_ONCE = 500  # SQLite takes a limited number of values in one statement


class KeepingTables:
    """``KeepingStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def holds(self) -> Sequence[LegalHold]:
        stands = legal_holds.c.released_at_ms.is_(None)
        question = select(legal_holds).order_by(stands.desc(), legal_holds.c.placed_at_ms.desc())
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_hold(row) for row in connection.execute(question)]

    def hold(self, hold_id: str) -> LegalHold | None:
        with catalogue_errors(self._path), self._engine().connect() as connection:
            row = connection.execute(select(legal_holds).where(legal_holds.c.id == hold_id)).one_or_none()
        return _hold(row) if row else None

    def held_by(self, hold_id: str) -> Sequence[str]:
        of_hold = select(held_recordings.c.recording_id).where(held_recordings.c.hold_id == hold_id)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return list(connection.execute(of_hold.order_by(held_recordings.c.recording_id.desc())).scalars())

    def counts(self) -> Mapping[str, int]:
        question = select(held_recordings.c.hold_id, func.count()).group_by(held_recordings.c.hold_id)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return {hold: count for hold, count in connection.execute(question)}

    def place(self, hold: LegalHold, wanted: Sequence[str]) -> int:
        with catalogue_errors(self._path), self._engine().connect() as connection, connection.begin() as transaction:
            # That nobody knows what it is on may stand there already: who reads the evidence may be quicker.
            new = upsert(legal_holds).values({"id": hold.hold_id, **_values(hold)})
            connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=_values(hold)))
            held = 0
            for first in range(0, len(wanted), _AT_ONCE):
                there = select(literal(hold.hold_id), recordings.c.id).where(
                    recordings.c.id.in_(wanted[first : first + _AT_ONCE]), ~is_to_be_erased(recordings.c.id)
                )
                statement = insert(held_recordings).from_select(["hold_id", "recording_id"], there)
                held += connection.execute(statement).rowcount
            if not held:
                transaction.rollback()
            return held

    def save(self, hold: LegalHold) -> None:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(update(legal_holds).where(legal_holds.c.id == hold.hold_id).values(_values(hold)))

    def keeping(self, recording_id: str) -> Keeping | None:
        row = recordings.c
        question = select(
            row.started_at_ms,
            row.retention_class,
            row.expires_at_ms,
            row.state,
            row.duration_ms,
            is_to_be_erased(row.id).label("to_be_erased"),
            is_restricted(row.id).label("restricted"),
        ).where(row.id == recording_id)
        held = held_recordings.join(legal_holds, held_recordings.c.hold_id == legal_holds.c.id)
        purposes = (
            select(legal_holds.c.purpose)
            .select_from(held)
            .where(held_recordings.c.recording_id == recording_id, legal_holds.c.released_at_ms.is_(None))
        )
        with catalogue_errors(self._path), self._engine().connect() as connection:
            found = connection.execute(question).one_or_none()
            if found is None:
                return None
            holds = connection.execute(purposes).all()
        return Keeping(
            recording_id,
            found.started_at_ms,
            found.retention_class,
            found.expires_at_ms,
            going_on=found.state == "recording",
            held_for=tuple(hold.purpose for hold in holds),
            to_be_erased=bool(found.to_be_erased),
            duration_ms=found.duration_ms,
            restricted=bool(found.restricted),
        )

    def classes(self) -> Mapping[str, RetentionClass]:
        applied = RetentionRows(self._engine(), self._path).applied()
        return {name: each.kept for name, each in applied.items()}

    def order_erasure(self, recording_id: str, at_ms: int) -> bool:
        row = recordings.c
        wanted = select(row.id, row.started_at_ms, literal("request"), literal(at_ms), literal("ordered")).where(
            row.id == recording_id, row.state != "recording", ~is_held(row.id), ~is_to_be_erased(row.id)
        )
        columns = ["recording_id", "started_at_ms", "because", "ordered_at_ms", "state"]
        with catalogue_errors(self._path), self._engine().begin() as connection:
            return connection.execute(insert(erasures).from_select(columns, wanted)).rowcount == 1

    def choose_class(self, recording_id: str, retention_class: str, at_ms: int) -> None:
        values = {"retention_class": retention_class, "chosen_at_ms": at_ms}
        statement = upsert(chosen_classes).values({"recording_id": recording_id, **values})
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["recording_id"], set_=values))

    def erasures(self, most: int) -> Sequence[JournalledErasure]:
        question = select(erasures).order_by(erasures.c.ordered_at_ms.desc()).limit(most)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [
                JournalledErasure(
                    row.recording_id,
                    row.because,
                    row.state,
                    row.ordered_at_ms,
                    row.erased_at_ms,
                    row.gone_from_backups_at_ms,
                )
                for row in connection.execute(question)
            ]


def _hold(row: Row[Any]) -> LegalHold:
    return LegalHold(
        row.id,
        row.purpose,
        row.owner_id,
        row.owner_name,
        row.placed_at_ms,
        date.fromisoformat(row.review_on),
        row.released_at_ms,
        row.released_by or "",
        row.released_because or "",
        bool(row.restricts),
    )


def _values(hold: LegalHold) -> dict[str, Any]:
    return {
        "purpose": hold.purpose,
        "owner_id": hold.owner_id,
        "owner_name": hold.owner_name,
        "placed_at_ms": hold.placed_at_ms,
        "review_on": hold.review_on.isoformat(),
        "released_at_ms": hold.released_at_ms,
        "released_by": hold.released_by or None,
        "released_because": hold.released_because or None,
        "restricts": int(hold.restricts),
    }
