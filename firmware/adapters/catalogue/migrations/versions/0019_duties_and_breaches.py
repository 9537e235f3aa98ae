"""Keep what people said of the office's duties, and breaches of people's data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "said_of_duties",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("duty", sa.String, nullable=False),
        sa.Column("about", sa.String, nullable=False, server_default=""),
        sa.Column("on_day", sa.String(10), nullable=False),
        sa.Column("until_day", sa.String(10), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("person_name", sa.String, nullable=False),
        sa.Column("entered_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("said_of_duty", "said_of_duties", ["duty", "entered_at_ms"])
    op.create_table(
        "breaches",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("aware_at_ms", sa.BigInteger, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("breaches_by_time", "breaches", ["aware_at_ms"])


def downgrade() -> None:
    op.drop_table("breaches")
    op.drop_table("said_of_duties")
