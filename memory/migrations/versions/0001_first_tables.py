"""The first tables."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, and the clock's one row."""
    _clock()
    _records()
    _drafts()
    _decisions()
    _runs()


def _clock() -> None:
    """The clock, and the changes that it orders."""
    clock = op.create_table(
        "clock",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("database_id", sa.String(32), nullable=False),
    )
    op.bulk_insert(clock, [{"id": 1, "revision": 0, "database_id": uuid.uuid4().hex}])
    op.create_table(
        "changes",
        sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_changes_revision", "changes", ["revision"])


def _records() -> None:
    """Questions, their samples and embeddings."""
    op.create_table(
        "records",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("question_key", sa.String(40), nullable=False, unique=True),
        sa.Column("answer", sa.Text),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("skill", sa.String(200)),
        sa.Column("split", sa.String(8), nullable=False),
        sa.Column("half", sa.String(16)),
        sa.Column("method", sa.String(200)),
        sa.Column("agreement", sa.Float, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_records_skill", "records", ["skill", "status"])
    op.create_index("ix_records_updated_at", "records", ["updated_at"])
    op.create_table(
        "votes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "record_id", sa.Integer, sa.ForeignKey("records.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("method", sa.String(200), nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
    )
    op.create_index("ix_votes_record_id", "votes", ["record_id"])
    op.create_table(
        "embeddings",
        sa.Column(
            "record_id",
            sa.Integer,
            sa.ForeignKey("records.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("encoder", sa.String(200), primary_key=True),
        sa.Column("dimension", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_embeddings_encoder", "embeddings", ["encoder", "dimension"])


def _drafts() -> None:
    """What System 1 wrote, by skill."""
    op.create_table(
        "drafts",
        sa.Column(
            "record_id",
            sa.Integer,
            sa.ForeignKey("records.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("adapter", sa.String(200), primary_key=True),
        sa.Column("answer", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("mean_logprob", sa.Float, nullable=False),
        sa.Column("min_logprob", sa.Float, nullable=False),
        sa.Column("first_margin", sa.Float, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("right", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_drafts_adapter", "drafts", ["adapter"])
    op.create_table(
        "skills",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("tagged", sa.Boolean, nullable=False),
        sa.Column("encoder", sa.String(200)),
        sa.Column("centroid", sa.LargeBinary),
        sa.Column("cohesion", sa.Float, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )


def _decisions() -> None:
    """What was answered."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("route", sa.String(16), nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("confidence", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("skill", sa.String(200)),
        sa.Column("adapter", sa.String(200), nullable=False),
        sa.Column("record_id", sa.Integer, sa.ForeignKey("records.id", ondelete="SET NULL")),
        sa.Column("method", sa.String(200)),
        sa.Column("verified", sa.Boolean),
        sa.Column("features", sa.JSON, nullable=False),
        sa.Column("prompt_tokens", sa.Integer, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decisions_created_at", "decisions", ["created_at"])
    op.create_index("ix_decisions_record_id", "decisions", ["record_id"])


def _runs() -> None:
    """What was trained, on what."""
    op.create_table(
        "consolidations",
        sa.Column("run_id", sa.String(200), primary_key=True),
        sa.Column("candidate", sa.String(200)),
        sa.Column("promoted", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("trained_tokens", sa.Integer, nullable=False),
        sa.Column("skills", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "adapters",
        sa.Column("version", sa.String(200), primary_key=True),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("run_id", sa.String(200)),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "record_adapter",
        sa.Column(
            "version",
            sa.String(200),
            sa.ForeignKey("adapters.version", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("record_id", sa.Integer, primary_key=True, autoincrement=False),
    )
