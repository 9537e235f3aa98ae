"""What the PBX logged, which recording it is, and what was said of a call that has none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_log",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("resolution_s", sa.Integer, nullable=False),
        sa.Column("extension", sa.String),
        sa.Column("trunk", sa.String),
        sa.Column("number", sa.String),
        sa.Column("digits_reversed", sa.String),
        sa.Column("reference", sa.String, nullable=False),
        sa.Column("meant", sa.Integer, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("retention_class", sa.String, nullable=False),
        sa.Column("received_at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("recording_id", sa.String(32)),
        sa.Column("confidence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("whole", sa.Integer, nullable=False, server_default="1"),
        sa.Column("filled", sa.Text, nullable=False, server_default="[]"),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("call_log_by_time", "call_log", ["started_at_ms", "id"])
    op.create_index("call_log_of_recording", "call_log", ["recording_id"])
    op.create_index("call_log_number", "call_log", ["digits_reversed"])
    op.create_index("call_log_extension", "call_log", ["extension"])
    op.create_index("call_log_by_state", "call_log", ["state", "started_at_ms"])
    op.create_index("call_log_received", "call_log", ["received_at_ms", "started_at_ms"])
    op.create_table(
        "missed_explained",
        sa.Column("row_id", sa.String(32), nullable=False),
        sa.Column("explained_at_ms", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("person_name", sa.String, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["row_id"], ["call_log.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("row_id"),
    )


def downgrade() -> None:
    op.drop_table("missed_explained")
    for index in ("received", "by_state", "extension", "number", "of_recording", "by_time"):
        op.drop_index(f"call_log_{index}", table_name="call_log")
    op.drop_table("call_log")
