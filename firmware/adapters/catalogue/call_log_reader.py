"""Reading the call log: for the page, and for who answers a person's request about their data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Select, exists, func, or_, select

from firmware.adapters.catalogue.call_log import kept_row
from firmware.adapters.catalogue.database import catalogue_errors, open_for_reading
from firmware.adapters.catalogue.number_index import number_search
from firmware.adapters.catalogue.schema import call_log, missed_explained, recordings
from firmware.core.data_case import WhoseCalls
from firmware.ports.call_log import KeptRow

#: A recording's row may still come: the PBX logs a call when it is over.
_LATE_MS = 15 * 60_000


@dataclass(frozen=True)
class LoggedRow:
    """A row, with what was said of it where it was missed."""

    kept: KeptRow
    because: str = ""
    by: str = ""


class CallLogReader:
    """May be used from any thread. Every method raises StorageError when there is no catalogue yet, and
    DamagedCatalogue when it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: Engine | None = None

    def missed(self, most: int, *, explained: bool) -> Sequence[LoggedRow]:
        """Calls that were meant to be recorded and are not, the newest first."""
        said = missed_explained.c.row_id
        wanted = said.is_not(None) if explained else said.is_(None)
        return self._rows(_ALL.where(call_log.c.state == "missed", wanted), most)

    def in_state(self, state: str, most: int) -> Sequence[LoggedRow]:
        return self._rows(_ALL.where(call_log.c.state == state), most)

    def recordings_without(self, since_ms: int, most: int) -> Sequence[str]:
        """The ids of recordings of a logged line of which the log says nothing, the newest first."""
        row, log = recordings.c, call_log.c
        span = select(func.min(log.started_at_ms), func.max(log.received_at_ms))
        with catalogue_errors(self._path), self._engine().connect() as connection:
            first, last = connection.execute(span).one()
            if first is None:
                return []
            logged = select(log.line).distinct()
            alone = (
                select(row.id)
                .where(row.started_at_ms.between(max(first, since_ms), last - _LATE_MS))
                .where(row.state.in_(["complete", "interrupted", "damaged"]))
                .where(or_(row.line.in_(logged), exists(select(1).where(log.line == ""))))
                .where(~exists(select(1).where(log.recording_id == row.id)))
            )
            return list(connection.execute(alone.order_by(row.started_at_ms.desc()).limit(most)).scalars())

    def of_person(self, whose: WhoseCalls, most: int) -> Sequence[LoggedRow]:
        """A person's rows, by number and extension, the newest first."""
        matches = list(_matches(whose))
        return self._rows(_ALL.where(or_(*matches)), most) if matches else []

    def is_empty(self) -> bool:
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(select(call_log.c.id).limit(1)).first() is None

    def close(self) -> None:
        if self._opened is not None:
            self._opened.dispose()

    def _engine(self) -> Engine:
        if self._opened is None:
            self._opened = open_for_reading(self._path)
        return self._opened

    def _rows(self, question: Select[Any], most: int) -> Sequence[LoggedRow]:
        newest = question.order_by(call_log.c.started_at_ms.desc(), call_log.c.id).limit(most)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_logged(row) for row in connection.execute(newest)]


_ALL = select(call_log, missed_explained.c.because, missed_explained.c.person_name).outerjoin(
    missed_explained, missed_explained.c.row_id == call_log.c.id
)


def _logged(row: Row[Any]) -> LoggedRow:
    return LoggedRow(kept_row(row), row.because or "", row.person_name or "")


def _matches(whose: WhoseCalls) -> Iterable[Any]:
    row = call_log.c
    for number in whose.numbers:
        wanted = number_search(number)
        if wanted is not None:
            first, beyond = wanted.span
            digits = row.digits_reversed
            yield (digits >= first) & (digits < beyond) if wanted.is_whole else digits == first
    if whose.extension:
        yield row.extension == whose.extension
