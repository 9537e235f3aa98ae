"""Which calls may only be kept: those on which a legal hold that restricts stands."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import held_recordings, legal_holds


def is_restricted(recording_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a hold that stands restricts what is done with the recording to keeping it."""
    held = held_recordings.join(legal_holds, held_recordings.c.hold_id == legal_holds.c.id)
    return exists(
        select(1)
        .select_from(held)
        .where(
            held_recordings.c.recording_id == recording_id,
            legal_holds.c.released_at_ms.is_(None),
            legal_holds.c.restricts == 1,
        )
    )


class RestrictionTable:
    """``Restrictions``. Any thread. A box that has no catalogue yet restricts nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def is_restricted(self, recording_id: str) -> bool:
        if not self._path.exists():
            return False
        restricting = select(1).where(
            held_recordings.c.recording_id == recording_id,
            held_recordings.c.hold_id == legal_holds.c.id,
            legal_holds.c.released_at_ms.is_(None),
            legal_holds.c.restricts == 1,
        )
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(restricting.limit(1)).one_or_none() is not None
