"""Votes on a changed question say how it was changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Votes so far were on questions as they stood."""
    column = sa.Column("variant", sa.String(200), nullable=False, server_default="")
    op.add_column("votes", column)
