"""Say who tells people that they are recorded, where the line cannot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("notice_given_by", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("recordings", "notice_given_by")
