"""Match what is archived with the sealed files here by their path here, and find what was erased since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("archived_files", sa.Column("local_path", sa.String))
    op.create_index("archived_by_local_path", "archived_files", ["local_path", "destination"])


def downgrade() -> None:
    op.drop_index("archived_by_local_path", table_name="archived_files")
    op.drop_column("archived_files", "local_path")
