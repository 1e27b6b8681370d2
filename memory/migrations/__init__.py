"""Schema steps, and which of them a database has had. Alembic is loaded only to take a step."""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009")
"""Every step there is, oldest first; a test holds this to the files in `versions/`."""

HEAD = REVISIONS[-1]

_VERSION = table("alembic_version", column("version_num"))


def current(connection: Connection) -> str | None:
    """The last step that a database has had; None for one that has had none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(select(_VERSION.c.version_num))
    return version


def upgrade(connection: Connection) -> None:
    """Take every step still to be taken, in the transaction that the connection is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
