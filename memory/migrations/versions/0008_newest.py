"""An adapter knows the newest record that its run saw: clocks can't tell what came later."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of adapters that are there, what they learned says it."""
    op.add_column("adapters", sa.Column("newest_record_id", sa.Integer()))
