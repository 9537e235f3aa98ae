"""Finding calls by words in their notes (FTS5, https://sqlite.org/fts5.html).

The index knows notes by their number, in the order in which they were written. Words that few notes have are looked up
there, and their calls then. Words that many have would cost as much for one day as for six years: these are looked for
in stretches of time, the newest first, until there are calls enough for a page. A recording's id begins with its time,
so the notes about the calls of a stretch lie together in the index of notes by recording, and most of them between two
numbers of notes. A few may have been written long afterwards: they are picked out of all that was written since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, TextClause, select, text
from sqlalchemy.sql.elements import ColumnElement

from firmware.adapters.catalogue.schema import notes
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.ports.catalogue import RecordingQuery

#: So many notes are looked up one by one.
MOST_LOOKED_UP = 2000
_FIRST_STRETCH = timedelta(days=30)
_TIMES_LONGER = 4
#: A recording is given its id a moment before or after the call begins; its row says exactly when that was.
_BESIDE_MS = 60_000
_LAST = recording_id(2**48 - 1, b"\xff" * RANDOM_BYTES)
_FEWEST_OF_A_BEGINNING = 3
_ANY_TIME = text("SELECT rowid FROM notes_search WHERE notes_search MATCH :words")
_FEW = 32
#: "+rowid": it is compared, and not looked up by itself, which FTS5 would do from the beginning each time.
_OF_SOME_TIME = text(
    "SELECT rowid FROM notes_search WHERE notes_search MATCH :words AND rowid BETWEEN"
    " (SELECT min(id) FROM notes WHERE recording_id BETWEEN :first AND :last) AND :but_few UNION ALL"
    " SELECT rowid FROM notes_search WHERE notes_search MATCH :words AND rowid > :but_few AND +rowid IN"
    " (SELECT id FROM notes WHERE recording_id BETWEEN :first AND :last AND id > :but_few)"
)


def count_of(words: str) -> TextClause:
    """How many notes have all these words, or words that begin so; counted to one more than ``MOST_LOOKED_UP``."""
    return text(
        "SELECT count(*) FROM (SELECT rowid FROM notes_search WHERE notes_search MATCH :words LIMIT :most)"
    ).bindparams(words=_beginnings(words), most=MOST_LOOKED_UP + 1)


def stretches(query: RecordingQuery, oldest: datetime, newest: datetime) -> Iterator[RecordingQuery]:
    """The same query for one stretch of time after the other, the newest first. ``oldest`` and ``newest``: when the
    first and the last of all calls began.
    """
    until = newest + timedelta(milliseconds=1)
    until = min(until, query.started_to or until)
    since, length = max(query.started_from or oldest, oldest), _FIRST_STRETCH
    while until > since:
        begun = max(since, until - length)
        yield replace(query, started_from=begun, started_to=until)
        until, length = begun, length * _TIMES_LONGER


def has_note(recording: ColumnElement[str], words: str) -> ColumnElement[bool]:
    """Whether a note about the recording has all these words, or words that begin so."""
    return recording.in_(_noted(_ANY_TIME, {"words": _beginnings(words)}))


def last_but_few(stretch: RecordingQuery) -> Select[tuple[int]]:
    """The number of the last note about calls of that time but for a few; no row when there are only few."""
    of_these = notes.c.recording_id.between(*_ids_of(stretch))
    return select(notes.c.id).where(of_these).order_by(notes.c.id.desc()).limit(1).offset(_FEW)


def has_note_in(
    recording: ColumnElement[str], words: str, stretch: RecordingQuery, but_few: int
) -> ColumnElement[bool]:
    """The same for calls of that time only. ``but_few``: what ``last_but_few`` gave; 0 for no row."""
    first, last = _ids_of(stretch)
    asked = {"words": _beginnings(words), "first": first, "last": last, "but_few": but_few}
    return recording.in_(_noted(_OF_SOME_TIME, asked).where(notes.c.recording_id.between(first, last)))


def has_note_of_words(recording: ColumnElement[str], words: str) -> ColumnElement[bool]:
    """Whether a note about the recording has all these very words."""
    return recording.in_(_noted(_ANY_TIME, {"words": " ".join(map(_phrase, words.split())) or _phrase("")}))


def _ids_of(stretch: RecordingQuery) -> tuple[str, str]:
    """Between which ids those of recordings of that time lie."""
    return _id_at(stretch.started_from, -_BESIDE_MS) or "", _id_at(stretch.started_to, _BESIDE_MS) or _LAST


def _noted(found: TextClause, asked: Mapping[str, Any]) -> Select[Any]:
    return select(notes.c.recording_id).where(notes.c.id.in_(found.bindparams(**asked).columns(notes.c.id)))


def _beginnings(words: str) -> str:
    phrases = (_phrase(word) + (" *" if len(word) >= _FEWEST_OF_A_BEGINNING else "") for word in words.split())
    return " ".join(phrases) or _phrase("")


def _phrase(word: str) -> str:
    """As it stands: nothing in it is an operator."""
    return '"' + word.replace('"', '""') + '"'


def _id_at(moment: datetime | None, beside_ms: int) -> str | None:
    """The beginning of ids of recordings that began then."""
    if moment is None:
        return None
    return recording_id(round(moment.timestamp() * 1000) + beside_ms, bytes(RANDOM_BYTES))[:12]
