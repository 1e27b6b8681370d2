"""Questions that differ in a line break or in what they quote are no longer one."""

import sqlalchemy as sa
from alembic import op

from memory.records import question_key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_RECORDS = sa.table("records", sa.column("id"), sa.column("question"), sa.column("question_key"))


def upgrade() -> None:
    """Write the keys anew; they only tell more questions apart, so none meets another in the end.

    A record that was stored for several such questions stays one, for the one that it spells. On
    the way a new key may be another record's old one, so keys that no question has come first.
    """
    connection = op.get_bind()
    rows = connection.execute(sa.select(_RECORDS)).all()
    changed = [
        {"changed": id_, "key": key}
        for id_, question, old in rows
        if (key := question_key(question)) != old
    ]
    if changed:
        this = sa.update(_RECORDS).where(_RECORDS.c.id == sa.bindparam("changed"))
        this = this.values(question_key=sa.bindparam("key"))
        connection.execute(this, [row | {"key": f"~{row['changed']}"} for row in changed])
        connection.execute(this, changed)
