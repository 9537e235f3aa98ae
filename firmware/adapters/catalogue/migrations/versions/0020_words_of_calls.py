"""Find calls by all that is known of them in one search: numbers, names, tags, notes, and what narrows a list.

``call_words`` has a call's words in one row, whose number grows with the time of the call, so that FTS5 gives the
newest first without sorting. Triggers keep it in step, whoever writes a recording or a note.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from firmware.adapters.catalogue.room_to_change import must_have_room

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_A_SECOND = 1024  # calls that can begin in one
_A_SLICE = 500  # calls whose words are written at a time
#: Measured: 1.5 kB, of which half in the write-ahead log for a while; the rest is for long notes and many parties.
_BYTES_OF_A_CALL = 4096
_EARLIEST_MS, _LATEST_MS = -(2**63), 2**63 - 1
#: Marks words that nobody types: a letter of the private use area (category Co, which the tokenizer takes as a letter).
#: A marked word has letters and digits alone: at anything else the tokenizer begins a word without the mark.
_MARK = "char(57344)"
_FEWEST_DIGITS, _MOST_DIGITS = 3, 12
#: What of a recording's row is among its words.
_OF_A_CALL = (
    "far_number, far_display_name, office_number, office_display_name, parties, tags, line, direction, extension,"
    " state, pause_count, duration_ms, started_at_ms"
)

_SEARCH = (
    "CREATE VIRTUAL TABLE calls_search USING fts5(about, said, content=call_words, content_rowid=doc, detail=none,"
    " columnsize=0, prefix='2 3 4 5', tokenize='unicode61 remove_diacritics 2')"
)
_IN_STEP = (
    "CREATE TRIGGER call_words_found AFTER INSERT ON call_words BEGIN"
    " INSERT INTO calls_search(rowid, about, said) VALUES (new.doc, new.about, new.said); END",
    "CREATE TRIGGER call_words_forgotten AFTER DELETE ON call_words BEGIN"
    " INSERT INTO calls_search(calls_search, rowid, about, said) VALUES ('delete', old.doc, old.about, old.said); END",
    "CREATE TRIGGER call_words_changed AFTER UPDATE ON call_words BEGIN"
    " INSERT INTO calls_search(calls_search, rowid, about, said) VALUES ('delete', old.doc, old.about, old.said);"
    " INSERT INTO calls_search(rowid, about, said) VALUES (new.doc, new.about, new.said); END",
)


def _digits(number: str) -> str:
    for each in "+ -().":
        number = f"replace({number}, '{each}', '')"
    return number


def _ends(number: str) -> str:
    """A number whole, and from each of its digits on: part of it begins one of these."""
    ends = (f"substr({_digits(number)}, -{count})" for count in range(_FEWEST_DIGITS, _MOST_DIGITS + 1))
    return f"coalesce({_digits(number)} || ' ' || " + " || ' ' || ".join(ends) + ", '')"


def _marked(letter: str, value: str) -> str:
    return f"coalesce({_MARK} || '{letter}' || {value}, '')"


def _about(row: str) -> str:
    """What is known of a call, as a text; parties are JSON, and tags as well, whose signs the tokenizer leaves out."""
    number, name = (f"json_extract(joined.value, '$.party.{each}')" for each in ("number", "display_name"))
    later = (
        f"CASE {row}.parties WHEN '[]' THEN '' ELSE coalesce((SELECT group_concat({_ends(number)} || ' ' ||"
        f" coalesce({name}, ''), ' ') FROM json_each({row}.parties) AS joined), '') END"
    )
    length = (
        f"CASE WHEN {row}.duration_ms < 60000 THEN 0 WHEN {row}.duration_ms < 300000 THEN 1"
        f" WHEN {row}.duration_ms < 900000 THEN 2 WHEN {row}.duration_ms < 3600000 THEN 3 ELSE 4 END"
    )
    parts = (
        f"coalesce({row}.far_display_name, '')",
        f"coalesce({row}.office_display_name, '')",
        _ends(f"{row}.far_number"),
        _ends(f"{row}.office_number"),
        f"coalesce({row}.extension, '')",
        later,
        f"{row}.tags",
        _marked("d", f"{row}.direction"),
        _marked("l", f"hex({row}.line)"),
        _marked("e", f"hex({row}.extension)"),
        _marked("s", f"replace({row}.state, '_', '')"),
        _marked("r", f"({row}.state != 'not_recorded')"),
        _marked("p", f"({row}.pause_count > 0)"),
        _marked("m", length),
        f"CASE {row}.tags WHEN '[]' THEN '' ELSE {_MARK} || 't' END",
    )
    return " || ' ' || ".join(parts)


def _said(recording: str) -> str:
    """All notes about it; a word in one that begins with # is a tag."""
    of_it = f"FROM notes WHERE recording_id = {recording}"
    return (
        f"(SELECT coalesce(group_concat(text, ' '), '') {of_it}) ||"
        f" CASE WHEN EXISTS (SELECT 1 {of_it} AND text LIKE '%#%') THEN ' ' || {_MARK} || 't' ELSE '' END"
    )


_FIRST_DOC = f"new.started_at_ms / 1000 * {_A_SECOND}"
_NEXT_DOC = (
    f"coalesce((SELECT max(doc) + 1 FROM call_words WHERE doc >= {_FIRST_DOC}"
    f" AND doc < {_FIRST_DOC} + {_A_SECOND}), {_FIRST_DOC})"
)
_SAID_ANEW = "UPDATE call_words SET said = {said} WHERE recording_id = {recording};"


def _followed() -> list[str]:
    new, old = (_SAID_ANEW.format(said=_said(f"{row}.recording_id"), recording=f"{row}.recording_id") for row in _ROWS)
    return [
        "CREATE TRIGGER call_listed AFTER INSERT ON recordings BEGIN INSERT INTO call_words (doc, recording_id, about,"
        f" said) VALUES ({_NEXT_DOC}, new.id, {_about('new')}, {_said('new.id')}); END",
        f"CREATE TRIGGER call_listed_anew AFTER UPDATE OF {_OF_A_CALL} ON recordings BEGIN"
        f" UPDATE call_words SET about = {_about('new')} WHERE recording_id = new.id AND about IS NOT {_about('new')};"
        f" UPDATE call_words SET doc = {_NEXT_DOC} WHERE recording_id = new.id"
        " AND new.started_at_ms / 1000 != old.started_at_ms / 1000; END",
        "CREATE TRIGGER call_not_listed AFTER DELETE ON recordings BEGIN"
        " DELETE FROM call_words WHERE recording_id = old.id; END",
        f"CREATE TRIGGER note_listed AFTER INSERT ON notes BEGIN {new} END",
        f"CREATE TRIGGER note_listed_anew AFTER UPDATE ON notes BEGIN {old} {new} END",
        f"CREATE TRIGGER note_not_listed AFTER DELETE ON notes BEGIN {old} END",
    ]


_ROWS = ("new", "old")
_TRIGGERS = (
    "call_listed",
    "call_listed_anew",
    "call_not_listed",
    "note_listed",
    "note_listed_anew",
    "note_not_listed",
)


def _fill() -> None:
    """Slice by slice: sorted at once, they would fill a temporary file, which on the box is memory."""
    nth = "row_number() OVER (PARTITION BY started_at_ms / 1000 ORDER BY started_at_ms, id) - 1"
    fill = sa.text(
        "INSERT INTO call_words (doc, recording_id, about, said)"
        f" SELECT started_at_ms / 1000 * {_A_SECOND} + {nth}, id, {_about('recordings')}, {_said('recordings.id')}"
        " FROM recordings WHERE started_at_ms >= :since AND started_at_ms < :until ORDER BY started_at_ms, id"
    )
    database = op.get_bind()
    for since, until in _slices(database):
        database.execute(fill, {"since": since, "until": until})


def _slices(database: sa.Connection) -> Iterator[tuple[int, int]]:
    """Spans of whole seconds in Unix ms, in order, that together hold all calls: each a few hundred."""
    later = sa.text(
        "SELECT started_at_ms FROM recordings WHERE started_at_ms >= :since ORDER BY 1 LIMIT 1 OFFSET :more"
    )
    since = database.execute(later, {"since": _EARLIEST_MS, "more": 0}).scalar()
    while since is not None:
        last = database.execute(later, {"since": since, "more": _A_SLICE}).scalar()
        until = _LATEST_MS if last is None else (last // 1000 + 1) * 1000
        yield since, until
        since = None if last is None else until


def upgrade() -> None:
    must_have_room(op.get_bind(), _BYTES_OF_A_CALL)
    op.create_table(
        "call_words",
        sa.Column("doc", sa.Integer, primary_key=True),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("said", sa.Text, nullable=False),
    )
    op.create_index("words_of_call", "call_words", ["recording_id"], unique=True)
    _fill()
    op.execute(_SEARCH)
    op.execute("INSERT INTO calls_search(calls_search) VALUES ('rebuild')")
    for statement in (*_IN_STEP, *_followed()):
        op.execute(statement)


def downgrade() -> None:
    for trigger in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE calls_search")
    op.drop_index("words_of_call", table_name="call_words")
    op.drop_table("call_words")
