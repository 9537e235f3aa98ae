"""Have the numbers beside the times, so that part of a number is looked for without reading whole rows."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("recordings_newest", table_name="recordings")
    columns = ["started_at_ms", "id", "far_digits_reversed", "office_digits_reversed"]
    op.create_index("recordings_by_time", "recordings", columns)


def downgrade() -> None:
    op.drop_index("recordings_by_time", table_name="recordings")
    op.create_index("recordings_newest", "recordings", ["started_at_ms", "id"])
