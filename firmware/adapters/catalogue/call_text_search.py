"""Finding calls by all that is known of them (FTS5, https://sqlite.org/fts5.html), the newest first.

One row of ``calls_search`` has a call's words: names, tags, notes, the ends of its numbers, and what narrows a list as
marked words nobody types (migration 0020 writes them). Its number grows with the second of the call, so that the index
itself gives a page of the newest, and skips what was asked to be left out, however many calls there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Select, TextClause, select, text

from firmware.adapters.catalogue.schema import call_words, held_recordings, legal_holds
from firmware.core.search_terms import FEWEST_OF_A_BEGINNING, Term, search_terms
from firmware.ports.catalogue import LengthClass, RecordingQuery

#: Unix milliseconds (as many digits as SQLite surely takes) and a recording's id; anything else is no cursor of ours.
CURSOR = re.compile(r"([0-9]{1,15}):([0-9a-f-]*)")
_A_SECOND = 1024
_MARK = "\ue000"
_LAST_DOC = 2**63 - 1
_LENGTHS: tuple[str, ...] = get_args(LengthClass)


@dataclass(frozen=True)
class FoundDocs:
    """A statement that gives the numbers of the calls' words, the newest first; None: nothing can match."""

    statement: TextClause | None


def asks_the_index(query: RecordingQuery) -> bool:
    """Whether any of it is in no other index."""
    return any((query.text, query.length, query.tagged, query.recorded is not None, query.paused is not None))


def docs(query: RecordingQuery) -> FoundDocs:
    """Of as many calls as are asked for."""
    typed = [each for each in (query.text, query.number, query.noted) if each]
    words = [term for each in typed for term in search_terms(each)]
    if typed and not words:
        return FoundDocs(None)
    asked: dict[str, Any] = {"match": " AND ".join([*map(_phrase_of, words), *map(_quoted, _marks(query))])}
    where = ["calls_search MATCH :match"]
    if query.started_from:
        where.append("rowid >= :since")
        asked["since"] = _first_doc(_milliseconds(query.started_from))
    if query.started_to or query.before:
        where.append("rowid < :until")
        asked["until"] = _until(query.started_to)
    if query.before and (place := CURSOR.fullmatch(query.before)):
        where[-1] = "rowid < min(:until, coalesce((SELECT doc FROM call_words WHERE recording_id = :last), :beyond))"
        asked |= {"last": place[2], "beyond": _first_doc(int(place[1])) + _A_SECOND}
    if query.held:
        # "+": it is compared, and not looked up by itself, which FTS5 would do from the beginning each time.
        where.append(f"+rowid IN ({_HELD_DOCS})")
    statement = f"SELECT rowid AS doc FROM calls_search WHERE {' AND '.join(where)} ORDER BY rowid DESC LIMIT :most"
    return FoundDocs(text(statement).bindparams(**asked, most=query.limit))


def held_calls() -> Select[Any]:
    """The recordings under a legal hold that stands."""
    held = held_recordings.join(legal_holds, held_recordings.c.hold_id == legal_holds.c.id)
    return select(held_recordings.c.recording_id).select_from(held).where(legal_holds.c.released_at_ms.is_(None))


_HELD_DOCS = str(select(call_words.c.doc).where(call_words.c.recording_id.in_(held_calls())))


def _marks(query: RecordingQuery) -> Iterator[str]:
    """The marked words that a call must have, as the migration writes them."""
    exact = {"l": query.line, "e": query.extension}
    yield from (f"{letter}{value.encode().hex()}" for letter, value in exact.items() if value)
    words = {"d": query.direction, "s": query.state}
    yield from (f"{letter}{value.replace('_', '')}" for letter, value in words.items() if value)
    flags = {"r": query.recorded, "p": query.paused}
    yield from (f"{letter}{value:d}" for letter, value in flags.items() if value is not None)
    if query.length:
        yield f"m{_LENGTHS.index(query.length)}"
    if query.tagged:
        yield "t"


def _quoted(mark: str) -> str:
    return f'"{_MARK}{mark}"'


def _phrase_of(term: Term) -> str:
    ways = (" AND ".join(map(_beginning, way)) for way in term.ways)
    return "(" + " OR ".join(f"({way})" for way in ways) + ")"


def _beginning(word: str) -> str:
    return f'"{word}"' + (" *" if len(word) >= FEWEST_OF_A_BEGINNING else "")


def _first_doc(unix_ms: int) -> int:
    """The number of the words of the first call that began in that second."""
    return unix_ms // 1000 * _A_SECOND


def _until(moment: datetime | None) -> int:
    return _first_doc(_milliseconds(moment) + 999) if moment else _LAST_DOC


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
