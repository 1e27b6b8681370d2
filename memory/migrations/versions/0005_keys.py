"""Questions that differ in an indent, in quoted blanks or in a sign like ① are no longer one."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: the next step writes all keys anew."""
