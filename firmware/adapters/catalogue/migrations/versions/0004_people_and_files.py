"""What people do with recordings (notes, holds, requests, grants, cases), and what becomes of files (erased, kept)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# FTS5 over the notes, without a second copy of their text; the triggers keep it in step whoever writes a note.
_SEARCH = (
    "CREATE VIRTUAL TABLE notes_search USING fts5(text, content=notes, content_rowid=id,"
    " tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER notes_found AFTER INSERT ON notes BEGIN"
    " INSERT INTO notes_search(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER notes_forgotten AFTER DELETE ON notes BEGIN"
    " INSERT INTO notes_search(notes_search, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER notes_changed AFTER UPDATE ON notes BEGIN"
    " INSERT INTO notes_search(notes_search, rowid, text) VALUES ('delete', old.id, old.text);"
    " INSERT INTO notes_search(rowid, text) VALUES (new.id, new.text); END",
)


def upgrade() -> None:
    op.create_table(
        "access_requests",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("requester_id", sa.String(32), nullable=False),
        sa.Column("requester_name", sa.String, nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("decided_by_id", sa.String(32)),
        sa.Column("decided_by_name", sa.String),
        sa.Column("decided_at_ms", sa.BigInteger),
        sa.Column("ends_at_ms", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("requests_of_person", "access_requests", ["requester_id", "asked_at_ms"])
    op.create_index("requests_open", "access_requests", ["state", "asked_at_ms"])
    op.create_table(
        "archived_files",
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("recording_id", sa.String(32)),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("uploaded_at_ms", sa.BigInteger),
        sa.Column("verified_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("destination", "path"),
    )
    op.create_index("archived_of_recording", "archived_files", ["recording_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("subject_name", sa.String, nullable=False),
        sa.Column("details", sa.Text, server_default="{}", nullable=False),
        sa.Column("received_on", sa.String(10), nullable=False),
        sa.Column("due_on", sa.String(10)),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("opened_by_id", sa.String(32), nullable=False),
        sa.Column("opened_by_name", sa.String, nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cases_open", "cases", ["state", "due_on"])
    op.create_table(
        "erasures",
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("because", sa.String, nullable=False),
        sa.Column("ordered_at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("erased_at_ms", sa.BigInteger),
        sa.Column("gone_from_backups_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("recording_id"),
    )
    op.create_index("erasures_unfinished", "erasures", ["state"], sqlite_where=sa.text("state != 'gone'"))
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("owner_name", sa.String, nullable=False),
        sa.Column("placed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("review_on", sa.String(10), nullable=False),
        sa.Column("released_at_ms", sa.BigInteger),
        sa.Column("released_by", sa.String(32)),
        sa.Column("released_because", sa.Text),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "space_samples",
        sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
        sa.Column("total_bytes", sa.BigInteger, nullable=False),
        sa.Column("free_bytes", sa.BigInteger, nullable=False),
        sa.Column("recordings_bytes", sa.BigInteger, nullable=False),
        sa.Column("recordings", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("taken_at_ms"),
    )
    op.create_table(
        "case_papers",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("added_at_ms", sa.BigInteger, nullable=False),
        sa.Column("added_by_name", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("papers_of_case", "case_papers", ["case_id"])
    op.create_table(
        "case_recordings",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("muted", sa.Text, server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.PrimaryKeyConstraint("case_id", "recording_id"),
    )
    op.create_index("cases_of_recording", "case_recordings", ["recording_id"])
    op.create_table(
        "grants",
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("granted_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ends_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["access_requests.id"]),
        sa.PrimaryKeyConstraint("recording_id", "person_id"),
    )
    op.create_index("grants_of_person", "grants", ["person_id"])
    op.create_index("grants_to_end", "grants", ["ends_at_ms"], sqlite_where=sa.text("ended_at_ms IS NULL"))
    op.create_table(
        "held_recordings",
        sa.Column("hold_id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["legal_holds.id"]),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.PrimaryKeyConstraint("hold_id", "recording_id"),
    )
    op.create_index("holds_of_recording", "held_recordings", ["recording_id"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("written_at_ms", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("person_name", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notes_of_recording", "notes", ["recording_id"])
    op.create_table(
        "requested_recordings",
        sa.Column("request_id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["access_requests.id"]),
        sa.PrimaryKeyConstraint("request_id", "recording_id"),
    )
    op.create_index("requests_of_recording", "requested_recordings", ["recording_id"])
    op.add_column("recordings", sa.Column("expires_at_ms", sa.BigInteger))
    op.add_column("recordings", sa.Column("revises", sa.String(32)))
    op.create_index(
        "recordings_expiry", "recordings", ["expires_at_ms"], sqlite_where=sa.text("expires_at_ms IS NOT NULL")
    )
    op.create_index("recordings_extension", "recordings", ["extension", "started_at_ms"])
    for statement in _SEARCH:
        op.execute(statement)


def downgrade() -> None:
    for trigger in ("notes_found", "notes_forgotten", "notes_changed"):
        op.execute(f"DROP TRIGGER {trigger}")
    op.execute("DROP TABLE notes_search")
    op.drop_index("recordings_extension", table_name="recordings")
    op.drop_index("recordings_expiry", table_name="recordings", sqlite_where=sa.text("expires_at_ms IS NOT NULL"))
    op.drop_column("recordings", "revises")
    op.drop_column("recordings", "expires_at_ms")
    op.drop_index("requests_of_recording", table_name="requested_recordings")
    op.drop_table("requested_recordings")
    op.drop_index("notes_of_recording", table_name="notes")
    op.drop_table("notes")
    op.drop_index("holds_of_recording", table_name="held_recordings")
    op.drop_table("held_recordings")
    op.drop_index("grants_to_end", table_name="grants", sqlite_where=sa.text("ended_at_ms IS NULL"))
    op.drop_index("grants_of_person", table_name="grants")
    op.drop_table("grants")
    op.drop_index("cases_of_recording", table_name="case_recordings")
    op.drop_table("case_recordings")
    op.drop_index("papers_of_case", table_name="case_papers")
    op.drop_table("case_papers")
    op.drop_table("space_samples")
    op.drop_table("legal_holds")
    op.drop_index("erasures_unfinished", table_name="erasures", sqlite_where=sa.text("state != 'gone'"))
    op.drop_table("erasures")
    op.drop_index("cases_open", table_name="cases")
    op.drop_table("cases")
    op.drop_index("archived_of_recording", table_name="archived_files")
    op.drop_table("archived_files")
    op.drop_index("requests_open", table_name="access_requests")
    op.drop_index("requests_of_person", table_name="access_requests")
    op.drop_table("access_requests")
