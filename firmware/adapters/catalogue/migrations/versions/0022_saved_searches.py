"""Keep the searches that people want to find again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("person_id", sa.String(32), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("saved_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "name"),
    )


def downgrade() -> None:
    op.drop_table("saved_searches")
