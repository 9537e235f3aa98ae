"""Say which moments of a call somebody marked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("marks", sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("recordings", "marks")
