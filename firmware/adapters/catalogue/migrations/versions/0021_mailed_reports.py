"""Keep which reports go out by e-mail, and what became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_orders",
        sa.Column("report", sa.String, nullable=False),
        sa.Column("every", sa.String, nullable=False),
        sa.Column("addresses", sa.Text, nullable=False),
        sa.Column("ordered_by", sa.String, nullable=False),
        sa.Column("ordered_at_ms", sa.BigInteger, nullable=False),
        sa.Column("evidence_line", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("report"),
    )
    op.create_table(
        "report_sendings",
        sa.Column("report", sa.String, nullable=False),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("tried_at_ms", sa.BigInteger, nullable=False),
        sa.Column("addresses", sa.Integer, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("report", "first_day", "last_day"),
    )


def downgrade() -> None:
    op.drop_table("report_sendings")
    op.drop_table("report_orders")
