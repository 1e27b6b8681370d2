"""Drafts keep their entropy, and decisions the certificate they stood on."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drafts so far were not measured; decisions so far say it in their reason alone."""
    op.add_column("drafts", sa.Column("mean_entropy", sa.Float))
    op.add_column("decisions", sa.Column("certificate", sa.JSON(none_as_null=True)))
