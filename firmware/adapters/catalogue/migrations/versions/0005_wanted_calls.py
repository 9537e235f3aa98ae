"""What a request for access says of the calls it is about, where it cannot name them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("access_requests", sa.Column("wanted", sa.Text, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("access_requests", "wanted")
