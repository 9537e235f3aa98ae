"""Find calls by how a long word begins as quickly as by how a short one does.

What is looked up by its first letters must be kept by them (FTS5's ``prefix``): otherwise all calls are gone through
that have such a word, before the newest are given. With a name that a million calls have, a search took a second.
"""

from __future__ import annotations

from alembic import op

from firmware.adapters.catalogue.room_to_change import must_have_room

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: Measured: 450 bytes, and for a while as many again in the write-ahead log; the rest is for long notes.
_BYTES_OF_A_CALL = 2048
_UP_TO_FIVE, _UP_TO_TEN = "2 3 4 5", "2 3 4 5 6 7 8 9 10"


def _kept_by(letters: str) -> None:
    op.execute("DROP TABLE calls_search")
    op.execute(
        "CREATE VIRTUAL TABLE calls_search USING fts5(about, said, content=call_words, content_rowid=doc, detail=none,"
        f" columnsize=0, prefix='{letters}', tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute("INSERT INTO calls_search(calls_search) VALUES ('rebuild')")


def upgrade() -> None:
    must_have_room(op.get_bind(), _BYTES_OF_A_CALL)
    _kept_by(_UP_TO_TEN)


def downgrade() -> None:
    _kept_by(_UP_TO_FIVE)
