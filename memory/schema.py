"""The tables of the database, as SQLAlchemy Core sees them now.

`migrations/` holds how a database gets here, step by step; a test keeps the two equal.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, stored without its zone, to the microsecond."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData()

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("database_id", String(32), nullable=False),
)
"""One row. What is remembered adds one to `revision` first, so all processes share one order of it;
`database_id` tells this database from any other."""

records = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("question_key", String(40), nullable=False, unique=True),
    Column("answer", Text),
    Column("status", String(16), nullable=False),
    Column("skill", String(200)),
    Column("split", String(8), nullable=False),
    Column("half", String(16)),
    Column("method", String(200)),
    Column("agreement", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_records_skill", "skill", "status"),
    Index("ix_records_updated_at", "updated_at"),
    sqlite_autoincrement=True,
)
"""Ids are never used twice. `split`: train or holdout; `half`: NULL, gate or calibration."""

votes = Table(
    "votes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("record_id", Integer, ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
    Column("method", String(200), nullable=False),
    Column("answer", Text),
    Column("text", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("failure", Text, nullable=False),
    Column("variant", String(200), nullable=False, server_default=""),
    Index("ix_votes_record_id", "record_id"),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("record_id", Integer, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("encoder", String(200), primary_key=True),
    Column("dimension", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Index("ix_embeddings_encoder", "encoder", "dimension"),
)
"""`vector` is little-endian float32 (dimension,), unit length."""

changes = Table(
    "changes",
    metadata,
    Column("record_id", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Index("ix_changes_revision", "revision"),
)
"""The last change to each record's embedding, deletions too: what an index replays to catch up."""

drafts = Table(
    "drafts",
    metadata,
    Column("record_id", Integer, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("adapter", String(200), primary_key=True),
    Column("answer", Text),
    Column("text", Text, nullable=False),
    Column("mean_logprob", Float, nullable=False),
    Column("min_logprob", Float, nullable=False),
    Column("first_margin", Float, nullable=False),
    Column("mean_entropy", Float),
    Column("tokens", Integer, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_drafts_adapter", "adapter"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("route", String(16), nullable=False),
    Column("answer", Text),
    Column("confidence", Float),
    Column("threshold", Float),
    Column("reason", Text, nullable=False),
    Column("skill", String(200)),
    Column("adapter", String(200), nullable=False),
    Column("record_id", Integer, ForeignKey("records.id", ondelete="SET NULL")),
    Column("method", String(200)),
    Column("verified", Boolean),
    Column("features", JSON, nullable=False),
    Column("certificate", JSON(none_as_null=True)),
    Column("prompt_tokens", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_decisions_created_at", "created_at"),
    Index("ix_decisions_record_id", "record_id"),
    sqlite_autoincrement=True,
)

audits = Table(
    "audits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "decision_id",
        Integer,
        ForeignKey("decisions.id", ondelete="CASCADE"),
        nullable=False,
        unique=True,
    ),
    Column("adapter", String(200), nullable=False),
    Column("skill", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("right", Boolean),
    Column("record_id", Integer, ForeignKey("records.id", ondelete="SET NULL")),
    Index("ix_audits_adapter", "adapter"),
    Index("ix_audits_done_at", "done_at"),
    Index("ix_audits_record_id", "record_id"),
    sqlite_autoincrement=True,
)
"""Fast answers that wait to be judged, and with `done_at` those that were; `right` is NULL then
where nothing could verify the answer."""

suspensions = Table(
    "suspensions",
    metadata,
    Column("adapter", String(200), primary_key=True),
    Column("skill", String(200), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("newest_record_id", Integer),
)
"""What an adapter may not answer any more; an empty skill is all of them. `newest_record_id`: the
newest record as the adapter was certified again for it, 0 without any; NULL until then."""

skills = Table(
    "skills",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("tagged", Boolean, nullable=False),
    Column("encoder", String(200)),
    Column("centroid", LargeBinary),
    Column("cohesion", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)
"""A skill's size is not kept: it is counted from `records`."""

consolidations = Table(
    "consolidations",
    metadata,
    Column("run_id", String(200), primary_key=True),
    Column("candidate", String(200)),
    Column("promoted", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("trained_tokens", Integer, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

adapters = Table(
    "adapters",
    metadata,
    Column("version", String(200), primary_key=True),
    Column("base", Text, nullable=False),
    Column("run_id", String(200)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("newest_record_id", Integer),
)

record_adapter = Table(
    "record_adapter",
    metadata,
    Column(
        "version", String(200), ForeignKey("adapters.version", ondelete="CASCADE"), primary_key=True
    ),
    Column("record_id", Integer, primary_key=True, autoincrement=False),
)
"""What an adapter was trained on stays true after a record is forgotten: no key to `records`."""
