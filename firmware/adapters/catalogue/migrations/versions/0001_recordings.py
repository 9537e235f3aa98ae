"""Recordings, their segments, and the details that evidence lines commit to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("call_id", sa.String, nullable=False),
        sa.Column("line", sa.String, nullable=False),
        sa.Column("direction", sa.String, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("answered_at_ms", sa.BigInteger),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("duration_ms", sa.Integer, nullable=False, server_default="0"),
        sa.Column("far_number", sa.String),
        sa.Column("far_presentation", sa.String, nullable=False),
        sa.Column("far_network_number", sa.String),
        sa.Column("far_display_name", sa.String),
        sa.Column("far_digits_reversed", sa.String),
        sa.Column("office_number", sa.String),
        sa.Column("office_presentation", sa.String, nullable=False),
        sa.Column("office_network_number", sa.String),
        sa.Column("office_display_name", sa.String),
        sa.Column("office_digits_reversed", sa.String),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("mode", sa.String, nullable=False),
        sa.Column("notice", sa.Text),
        sa.Column("legs", sa.Text, nullable=False, server_default="[]"),
        sa.Column("end_cause", sa.String),
        sa.Column("retention_class", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("loss_ms", sa.Integer, nullable=False, server_default="0"),
        sa.Column("gap_ms", sa.Integer, nullable=False, server_default="0"),
        sa.Column("evidence_line", sa.Integer),
    )
    op.create_index("recordings_newest", "recordings", ["started_at_ms", "id"])
    op.create_index("recordings_far_number", "recordings", ["far_digits_reversed", "started_at_ms"])
    op.create_index("recordings_office_number", "recordings", ["office_digits_reversed", "started_at_ms"])
    op.create_index("recordings_unfinished", "recordings", ["state"], sqlite_where=sa.text("state = 'recording'"))
    op.create_table(
        "segments",
        sa.Column("recording_id", sa.String(32), sa.ForeignKey("recordings.id"), primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("start_sample", sa.BigInteger, nullable=False),
        sa.Column("samples", sa.BigInteger, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("chain", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("keyslot_sha256", sa.String, nullable=False),
    )
    op.create_table(
        "evidence_details",
        sa.Column("commitment", sa.String(64), primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def downgrade() -> None:
    for table in ("evidence_details", "segments", "recordings"):
        op.drop_table(table)
