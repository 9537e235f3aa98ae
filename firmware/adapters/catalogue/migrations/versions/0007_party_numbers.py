"""Find a call by the numbers of whoever joined it later, by a transfer."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Whoever takes the parties out of a row, to name nobody in it any more, need not know of their numbers here.
_FORGET = (
    "CREATE TRIGGER party_numbers_forgotten AFTER UPDATE OF parties ON recordings WHEN NEW.parties = '[]' "
    "BEGIN DELETE FROM party_numbers WHERE recording_id = NEW.id; END"
)


def upgrade() -> None:
    numbers = op.create_table(
        "party_numbers",
        sa.Column("recording_id", sa.String(32), nullable=False),
        sa.Column("digits_reversed", sa.String, nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_id", "digits_reversed"),
    )
    op.create_index("recordings_party_number", "party_numbers", ["digits_reversed", "recording_id"])
    transferred = op.get_bind().execute(sa.text("SELECT id, parties FROM recordings WHERE parties != '[]'"))
    found = {(row.id, digits) for row in transferred for digits in _digits_reversed(row.parties)}
    if found:
        op.bulk_insert(numbers, [{"recording_id": row_id, "digits_reversed": digits} for row_id, digits in found])
    op.execute(_FORGET)


def downgrade() -> None:
    op.execute("DROP TRIGGER party_numbers_forgotten")
    op.drop_index("recordings_party_number", table_name="party_numbers")
    op.drop_table("party_numbers")


def _digits_reversed(parties: str) -> set[str]:
    """As ``number_index`` had it when this was written."""
    numbers = [change["party"].get("number") or "" for change in json.loads(parties)]
    return {"".join(each for each in number if each in "0123456789")[::-1] for number in numbers} - {""}
