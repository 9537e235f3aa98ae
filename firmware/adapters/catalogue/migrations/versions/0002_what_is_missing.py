"""Say which part of what is missing was not taken off the call, and which could not be stored."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = {"loss_ms": "not_taken_ms", "gap_ms": "not_stored_ms"}


def upgrade() -> None:
    for old, new in _NAMES.items():
        op.execute(f"ALTER TABLE recordings RENAME COLUMN {old} TO {new}")


def downgrade() -> None:
    for old, new in _NAMES.items():
        op.execute(f"ALTER TABLE recordings RENAME COLUMN {new} TO {old}")
