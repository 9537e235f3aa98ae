"""Which backups there are: each may hold the keys of what was erased since, until it is deleted itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger, nullable=False),
        sa.Column("verified_at_ms", sa.BigInteger),
        sa.Column("deleted_at_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("destination", "name"),
    )


def downgrade() -> None:
    op.drop_table("backups")
