"""Whether a draft is right is no longer stored: it follows from its record as that is now."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Any database's own statement will do: no key or index holds the column."""
    op.drop_column("drafts", "right")
