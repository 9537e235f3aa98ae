"""Who chose what a full disk means, calls that may only be kept, larger papers, and how far old details are erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("legal_holds", sa.Column("restricts", sa.Integer, nullable=False, server_default="0"))
    # What stood in the settings was nobody's choice: a person makes it now.
    op.execute("DELETE FROM space_choice")
    op.add_column("space_choice", sa.Column("evidence_line", sa.Integer, nullable=False, server_default="0"))
    op.add_column("space_choice", sa.Column("chosen_by_name", sa.String, nullable=False, server_default=""))
    op.create_table(
        "case_paper_parts",
        sa.Column("paper_id", sa.String(32), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("received_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("paper_id", "n"),
    )
    op.add_column("case_papers", sa.Column("bytes", sa.BigInteger))
    op.create_table(
        "erased_details",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("last_line", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cases_closed", "cases", ["closed_at_ms"], sqlite_where=sa.text("closed_at_ms IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("cases_closed", table_name="cases", sqlite_where=sa.text("closed_at_ms IS NOT NULL"))
    op.drop_table("erased_details")
    op.drop_column("case_papers", "bytes")
    op.drop_table("case_paper_parts")
    op.drop_column("space_choice", "chosen_by_name")
    op.drop_column("space_choice", "evidence_line")
    op.drop_column("legal_holds", "restricts")
