"""Decisions as they are read: which of them are about a record, and rows to values."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from memory.records import Decision, Route
from memory.schema import decisions, records
from memory.spelling import exact


def about(connection: Connection, record_id: int) -> ColumnElement[bool]:
    """What holds for the decisions on a record's question.

    A fast answer makes no record and uses none: those on the very same question are found by how
    it is spelt, whether they came before the record or after it.

    Args:
        connection: Reads.
        record_id: The record's id; of one that is gone, no question is known.

    Returns:
        A condition on the table of decisions.
    """
    used = decisions.c.record_id == record_id
    asked = select(records.c.question).where(records.c.id == record_id)
    question = connection.execute(asked).scalar_one_or_none()
    if question is None:
        return used
    form = exact(question)
    unlinked = select(decisions.c.question).where(decisions.c.record_id.is_(None)).distinct()
    spelled = [text for text in connection.execute(unlinked).scalars() if exact(text) == form]
    return or_(used, decisions.c.record_id.is_(None) & decisions.c.question.in_(spelled))


def decision_of(row: Row[Any]) -> Decision:
    """A row of the table of decisions as a value."""
    fields = row._asdict()
    return Decision(**{**fields, "route": Route(fields["route"])})
