"""When an erased call was, and on which line, for the days in which the PBX may still log it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COLUMNS = {"line": sa.String, "direction": sa.String, "answered_at_ms": sa.BigInteger, "ended_at_ms": sa.BigInteger}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.add_column("erasures", sa.Column(name, kind))
    op.create_index("erasures_not_logged", "erasures", ["started_at_ms"], sqlite_where=sa.text("line IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("erasures_not_logged", "erasures")
    for name in _COLUMNS:
        op.drop_column("erasures", name)
