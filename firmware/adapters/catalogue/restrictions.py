"""Which calls may only be kept: those on which a legal hold that restricts stands.

A hold that stands and is on nothing was lost: with a catalogue made anew, or put back from before it was placed. What
it was on is not known, so while one that restricts is lost every call may be the one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import Engine, exists, literal, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import held_recordings, legal_holds
from firmware.core.legal_hold import LegalHold

_RESTRICTS = legal_holds.c.released_at_ms.is_(None) & (legal_holds.c.restricts == 1)


def is_restricted(recording_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a hold that stands restricts what is done with the recording to keeping it, or may do so."""
    held = held_recordings.join(legal_holds, held_recordings.c.hold_id == legal_holds.c.id)
    on_it = exists(select(1).select_from(held).where(held_recordings.c.recording_id == recording_id, _RESTRICTS))
    return or_(on_it, restriction_is_lost())


def restriction_is_lost() -> ColumnElement[bool]:
    """Whether a hold that stands restricts nobody knows what."""
    on_something = exists(select(1).where(held_recordings.c.hold_id == legal_holds.c.id))
    return exists(select(1).select_from(legal_holds).where(_RESTRICTS, ~on_something))


def list_lost_holds(engine: Engine, path: Path, unreleased: Iterable[LegalHold]) -> bool:
    """Have those of these holds stand in the catalogue that it does not know. Returns whether one restricts nobody
    knows what. Raises StorageError.
    """
    rows = [
        {
            "id": hold.hold_id,
            "purpose": hold.purpose,
            "owner_id": hold.owner_id,
            "owner_name": hold.owner_name,
            "placed_at_ms": hold.placed_at_ms,
            "review_on": hold.review_on.isoformat(),
            "restricts": int(hold.restricts),
        }
        for hold in unreleased
    ]
    with catalogue_errors(path), engine.begin() as connection:
        for row in rows:
            connection.execute(insert(legal_holds).values(row).on_conflict_do_nothing())
        return bool(connection.execute(select(restriction_is_lost())).scalar_one())


class RestrictionTable:
    """``Restrictions``. Any thread. A box that has no catalogue yet restricts nothing.

    Args:
        unreleased: the holds that the evidence tells of; looked at once for each catalogue.
    """

    def __init__(self, path: Path, unreleased: Callable[[], Iterable[LegalHold]]) -> None:
        self._path = path
        self._unreleased = unreleased
        self._engine = OpenedWhenNeeded(path)
        self._compared: Engine | None = None
        self._lock = threading.Lock()

    def is_restricted(self, recording_id: str) -> bool:
        if not self._path.exists():
            return False
        engine = self._engine()
        with self._lock:
            if self._compared is not engine:
                list_lost_holds(engine, self._path, self._unreleased())
                self._compared = engine
        with catalogue_errors(self._path), engine.connect() as connection:
            return bool(connection.execute(select(is_restricted(literal(recording_id)))).scalar_one())
