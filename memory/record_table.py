"""Records with their votes as rows, inside a transaction that the caller holds."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from memory.records import Record, Vote
from memory.rows import RECORD_COLUMNS, in_chunks, record_of, row_of, vote_row
from memory.schema import records, votes
from models.errors import UnknownRecordError


def get_record(connection: Connection, record_id: int) -> Record:
    """A record with its votes.

    Args:
        connection: In a transaction.
        record_id: Its id.

    Returns:
        The record.

    Raises:
        UnknownRecordError: There is none with this id.
    """
    row = connection.execute(select(*RECORD_COLUMNS).where(records.c.id == record_id)).one_or_none()
    if row is None:
        raise UnknownRecordError(
            f"no record has id {record_id}; `secondnature memory list` shows those there are"
        )
    return add_votes(connection, [record_of(row)])[0]


def by_key(connection: Connection, keys: Collection[str]) -> dict[str, Record]:
    """Those of the records that exist, with their votes, by their question's key."""
    query = select(records.c.question_key, *RECORD_COLUMNS)
    found: dict[str, Record] = {}
    for chunk in in_chunks(dict.fromkeys(keys)):
        rows = connection.execute(query.where(records.c.question_key.in_(chunk))).all()
        listed = add_votes(connection, [record_of(row[1:]) for row in rows])
        found.update(zip((row[0] for row in rows), listed, strict=True))
    return found


def add_votes(connection: Connection, listed: Sequence[Record]) -> list[Record]:
    """The records with their votes, in the order in which they were cast."""
    query = select(
        votes.c.record_id,
        votes.c.method,
        votes.c.answer,
        votes.c.text,
        votes.c.tokens,
        votes.c.failure,
        votes.c.variant,
    ).order_by(votes.c.id)
    cast: dict[int, list[Vote]] = {}
    for chunk in in_chunks(record.id for record in listed):
        for record_id, *vote in connection.execute(query.where(votes.c.record_id.in_(chunk))):
            cast.setdefault(record_id, []).append(Vote(*vote))
    return [replace(record, votes=tuple(cast.get(record.id, ()))) for record in listed]


def insert_records(
    connection: Connection, new: dict[str, Record], now: datetime
) -> dict[str, Record]:
    """Add records with their votes; they come back with their ids, by the same keys."""
    if not new:
        return {}
    dated = [_dated(record, now) for record in new.values()]
    rows = [row_of(record) for record in dated]
    adding = insert(records).returning(records.c.id, sort_by_parameter_order=True)
    ids = connection.execute(adding, rows).scalars().all()
    stored = {
        key: replace(record, id=id_) for key, record, id_ in zip(new, dated, ids, strict=True)
    }
    insert_votes(connection, [(record.id, record.votes) for record in stored.values()])
    return stored


def _dated(record: Record, now: datetime) -> Record:
    created = record.created_at or now
    return replace(record, created_at=created, updated_at=record.updated_at or created)


def update_records(
    connection: Connection, merged: dict[str, Record], known: dict[str, Record]
) -> dict[str, Record]:
    """Write what differs from what is known, new votes too."""
    for key, record in merged.items():
        old = known[key]
        if record == old:
            continue
        this = records.c.id == record.id
        connection.execute(update(records).where(this).values(row_of(record)))
        insert_votes(connection, [(record.id, record.votes[len(old.votes) :])])
    return merged


def insert_votes(connection: Connection, added: Iterable[tuple[int, tuple[Vote, ...]]]) -> None:
    """Add votes to records, by id."""
    rows = [vote_row(record_id, vote) for record_id, cast in added for vote in cast]
    if rows:
        connection.execute(insert(votes), rows)
