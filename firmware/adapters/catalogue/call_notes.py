"""Notes beside calls: written by the opener, read by the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors, open_for_reading
from firmware.adapters.catalogue.schema import notes
from firmware.core.errors import NoSuchRecording


@dataclass(frozen=True)
class Note:
    """One note, as it was written (Unix ms)."""

    written_at_ms: int
    person_name: str
    text: str


class NoteTable:
    """``NoteStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def add(self, recording_id: str, at_ms: int, person_id: str, person_name: str, note: str) -> None:
        values = {
            "recording_id": recording_id,
            "written_at_ms": at_ms,
            "person_id": person_id,
            "person_name": person_name,
            "text": note,
        }
        try:
            with catalogue_errors(self._path), self._engine().begin() as connection:
                connection.execute(insert(notes).values(values))
        except IntegrityError:
            raise NoSuchRecording("There is no such recording (any more).", "It may have been erased.") from None


class NoteReader:
    """For whoever may only read. Raises StorageError as the catalogue's reader does."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def notes(self, recording_id: str) -> Sequence[Note]:
        """In the order they were written."""
        question = (
            select(notes.c.written_at_ms, notes.c.person_name, notes.c.text)
            .where(notes.c.recording_id == recording_id)
            .order_by(notes.c.id)
        )
        with catalogue_errors(self._path), open_for_reading(self._path).connect() as connection:
            return [Note(*row) for row in connection.execute(question)]
