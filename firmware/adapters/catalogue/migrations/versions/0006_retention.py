"""How long recordings are kept, whose hand changed that, whether the clock may be trusted, and whose a detail is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evidence_details", sa.Column("recording_id", sa.String(32)))
    op.create_index("details_of_recording", "evidence_details", ["recording_id"])
    op.create_index(
        "recordings_undated", "recordings", ["started_at_ms"], sqlite_where=sa.text("expires_at_ms IS NULL")
    )
    op.create_index("recordings_class", "recordings", ["retention_class", "started_at_ms"])
    op.create_table(
        "chosen_classes",
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("retention_class", sa.String, nullable=False),
        sa.Column("chosen_at_ms", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.PrimaryKeyConstraint("recording_id"),
    )
    op.create_table(
        "retention_periods",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("years", sa.Integer, nullable=False),
        sa.Column("months", sa.Integer, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("regulated", sa.Integer, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "trusted_clock",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("wall_ms", sa.BigInteger, nullable=False),
        sa.Column("monotonic_ms", sa.BigInteger, nullable=False),
        sa.Column("start_of_machine", sa.String, nullable=False),
        sa.Column("excused_ms", sa.BigInteger, nullable=False),
        sa.Column("doubt", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("trusted_clock")
    op.drop_table("retention_periods")
    op.drop_table("chosen_classes")
    op.drop_index("recordings_class", table_name="recordings")
    op.drop_index("recordings_undated", table_name="recordings", sqlite_where=sa.text("expires_at_ms IS NULL"))
    op.drop_index("details_of_recording", table_name="evidence_details")
    op.drop_column("evidence_details", "recording_id")
