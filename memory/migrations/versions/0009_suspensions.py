"""A suspension knows the newest record as its adapter was certified again for it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of suspensions that are there nobody knows it: their adapter is certified again once."""
    op.add_column("suspensions", sa.Column("newest_record_id", sa.Integer()))
