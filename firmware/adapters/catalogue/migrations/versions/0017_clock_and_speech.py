"""Say how well the clock was known when a call came, and for how long each side was heard to speak."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_COLUMNS = {"clock": sa.Text, "far_speech_ms": sa.Integer, "office_speech_ms": sa.Integer}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("recordings", sa.Column(name, kind))
    op.create_index("recordings_of_line", "recordings", ["line", "started_at_ms"])


def downgrade() -> None:
    op.drop_index("recordings_of_line", "recordings")
    for name in _COLUMNS:
        op.drop_column("recordings", name)
