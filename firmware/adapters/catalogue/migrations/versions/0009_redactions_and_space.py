"""Which recordings are replaced by a revision with a silence in it, and what is to be done when the disk is full."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redactions",
        sa.Column("revision_id", sa.String(32), nullable=False),
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ordered_at_ms", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("revision_id"),
    )
    op.create_index("redactions_of_recording", "redactions", ["recording_id"])
    op.create_table(
        "space_choice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("when_full", sa.String, nullable=False),
        sa.Column("shorten", sa.Text, nullable=False),
        sa.Column("entered_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("space_choice")
    op.drop_index("redactions_of_recording", table_name="redactions")
    op.drop_table("redactions")
