"""Fast answers that wait to be judged, how those before came out, and what was suspended for it.

Everything is in order of row numbers; no clock is trusted but in `measured`. Whatever two processes
do at once, the first counts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from memory.database import Database
from memory.records import Decision
from memory.schema import audits, decisions, drafts, records, suspensions

LEAST_DRAFTS = 8
"""Held-out drafts of a skill by which it is known anew how its questions lie: fewer say little."""

ALL_SKILLS = ""
"""Stands for all skills of an adapter where one is suspended; no skill has this name."""


@dataclass(frozen=True, slots=True)
class Audit:
    """An answer of System 1 that waits to be judged, or was.

    Attributes:
        id: Row number; rises with every audit.
        adapter: Version that answered.
        skill: The question's skill then; empty without one.
        question: What was asked; empty once it was forgotten.
        answer: What was answered; None once it was forgotten.
        right: Whether that was right; None while it waits, and where it could not be told.
        record_id: The record that said so; None while it waits, and without one.
    """

    id: int
    adapter: str
    skill: str
    question: str
    answer: str | None
    right: bool | None
    record_id: int | None


class Audits:
    """Rows about audits. Reached as `store.audits`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(self, picked: Iterable[Decision]) -> None:
        """Have decisions wait for an audit, in this order; those that do, or did, are left out."""
        now = datetime.now(UTC)
        rows = {
            decision.id: {
                "decision_id": decision.id,
                "adapter": decision.adapter,
                "skill": decision.skill or "",
                "created_at": now,
            }
            for decision in picked
        }
        there = select(audits.c.decision_id).where(audits.c.decision_id.in_(rows))
        with self._database.log() as connection:
            known = set(connection.execute(there).scalars())
            new = [row for id_, row in rows.items() if id_ not in known]
            if new:
                connection.execute(insert(audits), new)

    def due(self, limit: int) -> list[Audit]:
        """Those that wait, the longest first; at most `limit`."""
        return self._read(_AUDITS.where(audits.c.done_at.is_(None)).limit(limit))

    def settled(self, adapter: str) -> list[Audit]:
        """An adapter's audits that are done, in the order in which it answered."""
        mine = audits.c.adapter == adapter
        return self._read(_AUDITS.where(mine, audits.c.done_at.is_not(None)))

    def adapters(self) -> list[str]:
        """The adapters that have audits, by version."""
        query = select(audits.c.adapter).distinct().order_by(audits.c.adapter)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def unforgotten(self, ids: Collection[int]) -> frozenset[int]:
        """Those of these audits whose question is still known."""
        query = select(audits.c.id).join(decisions, audits.c.decision_id == decisions.c.id)
        known = query.where(audits.c.id.in_(ids), decisions.c.question != "")
        with self._database.read() as connection:
            return frozenset(connection.execute(known).scalars())

    def settle(self, audit_id: int, right: bool | None, record_id: int | None) -> bool:
        """Say how an audit came out.

        Args:
            audit_id: Its id.
            right: Whether the answer was; None when nothing could verify it.
            record_id: The record that says so; one that was forgotten meanwhile is left out.

        Returns:
            False when it was settled before, which nothing changes.
        """
        living = select(records.c.id).where(records.c.id == record_id).scalar_subquery()
        this = update(audits).where(audits.c.id == audit_id, audits.c.done_at.is_(None))
        values = {"right": right, "record_id": living, "done_at": datetime.now(UTC)}
        with self._database.log() as connection:
            return connection.execute(this.values(values)).rowcount == 1

    def judge_again(self, rights: Mapping[int, bool | None]) -> None:
        """Say of audits that are done how they come out now: whether each was right, by id."""
        with self._database.log() as connection:
            for id_, right in rights.items():
                this = update(audits).where(audits.c.id == id_, audits.c.done_at.is_not(None))
                connection.execute(this.values(right=right))

    def measured(self, feature: str, adapter: str, skill: str) -> list[float]:
        """A feature of an adapter's questions on a skill since its newest held-out drafts of that.

        A few drafts more are no new beginning: only `LEAST_DRAFTS` are.

        Args:
            feature: Its name; decisions without a confidence are left out: their questions were
                not like those certified, of which each got as far as one.
            adapter: Version of the adapter that was active.
            skill: Of the questions.

        Returns:
            Its values, oldest first; of all decisions where those drafts are of a time to come.
        """
        d, now = decisions.c, datetime.now(UTC)
        newest = (
            select(drafts.c.created_at)
            .join(records, drafts.c.record_id == records.c.id)
            .where(drafts.c.adapter == adapter, records.c.skill == skill)
            .order_by(drafts.c.created_at.desc())
        )
        query = select(d.features).where(d.adapter == adapter, d.skill == skill).order_by(d.id)
        with self._database.read() as connection:
            since = connection.execute(newest.offset(LEAST_DRAFTS - 1).limit(1)).scalar()
            if since is not None and since <= now:
                query = query.where(d.created_at >= since)
            found = connection.execute(query.where(d.confidence.is_not(None))).scalars()
            return [features[feature] for features in found if feature in features]

    def suspend(self, adapter: str, skill: str, reason: str) -> None:
        """Have an adapter answer a skill no more; the first reason stays.

        Args:
            adapter: Its version.
            skill: The skill's name, which need not exist any more.
            reason: Why, in words.
        """
        row = {"adapter": adapter, "skill": skill, "reason": reason}
        with self._database.log() as connection:
            there = _SUSPENDED.where(suspensions.c.skill == skill)
            if connection.execute(there, {"adapter": adapter}).first() is None:
                connection.execute(insert(suspensions).values(**row, created_at=datetime.now(UTC)))

    def revise(self, adapter: str, skill: str, before: str, now: str | None) -> bool:
        """Give another reason for a suspension, or lift it.

        Args:
            adapter: Its version.
            skill: As in `suspend`.
            before: The reason that was read.
            now: The reason from now on; None lifts it.

        Returns:
            False when that reason stands no more, which nothing changes.
        """
        mine = (suspensions.c.adapter == adapter, suspensions.c.skill == skill)
        this = (*mine, suspensions.c.reason == before)
        lift, restate = delete(suspensions), update(suspensions).values(reason=now)
        with self._database.log() as connection:
            done = connection.execute((lift if now is None else restate).where(*this))
            return done.rowcount == 1

    def suspended(self, adapter: str) -> dict[str, str]:
        """What an adapter may not answer: reasons by skill."""
        with self._database.read() as connection:
            found = connection.execute(_SUSPENDED, {"adapter": adapter})
            return {row.skill: row.reason for row in found}

    def unheeded(self, adapter: str) -> bool:
        """Whether anything is suspended for which an adapter was not certified again yet."""
        query = _SUSPENDED.where(suspensions.c.newest_record_id.is_(None))
        with self._database.read() as connection:
            return connection.execute(query, {"adapter": adapter}).first() is not None

    def heed(self, adapter: str) -> None:
        """Say that an adapter is certified again for what is suspended, by what is known now."""
        newest = select(func.coalesce(func.max(records.c.id), 0)).scalar_subquery()
        mine = (suspensions.c.adapter == adapter, suspensions.c.newest_record_id.is_(None))
        with self._database.log() as connection:
            connection.execute(update(suspensions).where(*mine).values(newest_record_id=newest))

    def heeded(self, adapter: str) -> dict[str, int]:
        """By skill that is suspended and heeded, the id of the newest record then, or 0."""
        newest = suspensions.c.newest_record_id
        mine = (suspensions.c.adapter == adapter, newest.is_not(None))
        query = select(suspensions.c.skill, newest).where(*mine)
        with self._database.read() as connection:
            return {skill: id_ for skill, id_ in connection.execute(query)}  # noqa: C416

    def _read(self, query: Select[Any]) -> list[Audit]:
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(audits.c.id))
            return [Audit(**row._asdict()) for row in rows]


_AUDITS = select(
    audits.c.id,
    audits.c.adapter,
    audits.c.skill,
    decisions.c.question,
    decisions.c.answer,
    audits.c.right,
    audits.c.record_id,
).join(decisions, audits.c.decision_id == decisions.c.id)

# Built once: it is asked at every question, and to build a statement costs more than to ask it.
_SUSPENDED = select(suspensions.c.skill, suspensions.c.reason).where(
    suspensions.c.adapter == bindparam("adapter")
)
