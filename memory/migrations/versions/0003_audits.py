"""Audits of fast answers, and what was suspended for them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables that begin empty."""
    op.create_table(
        "audits",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "decision_id",
            sa.Integer,
            sa.ForeignKey("decisions.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("adapter", sa.String(200), nullable=False),
        sa.Column("skill", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("done_at", sa.DateTime),
        sa.Column("right", sa.Boolean),
        sa.Column("record_id", sa.Integer, sa.ForeignKey("records.id", ondelete="SET NULL")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audits_adapter", "audits", ["adapter"])
    op.create_index("ix_audits_done_at", "audits", ["done_at"])
    op.create_index("ix_audits_record_id", "audits", ["record_id"])
    op.create_table(
        "suspensions",
        sa.Column("adapter", sa.String(200), primary_key=True),
        sa.Column("skill", sa.String(200), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
