"""Say what was left out on purpose, what was played, and what else happened in the call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LISTS = ("pauses", "announcements", "holds", "parties", "tags")


def upgrade() -> None:
    for count in ("paused_ms", "pause_count"):
        op.add_column("recordings", sa.Column(count, sa.Integer, nullable=False, server_default="0"))
    for name in _LISTS:
        op.add_column("recordings", sa.Column(name, sa.Text, nullable=False, server_default="[]"))
    op.add_column("recordings", sa.Column("opted_out", sa.Integer, nullable=False, server_default="0"))
    op.add_column("recordings", sa.Column("started_on", sa.String, nullable=False, server_default="policy"))
    op.add_column("recordings", sa.Column("extension", sa.String))
    # Until now a notice was all that could be played.
    op.execute("UPDATE recordings SET announcements = '[' || notice || ']' WHERE notice IS NOT NULL")


def downgrade() -> None:
    for name in ("paused_ms", "pause_count", *_LISTS, "opted_out", "started_on", "extension"):
        op.drop_column("recordings", name)
