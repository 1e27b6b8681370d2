"""What happened, in the database: decisions, drafts, skills, consolidations, adapters."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from memory.database import Database
from memory.decisions import about, decision_of
from memory.judging import is_right
from memory.records import (
    TRUSTED,
    Consolidation,
    Decision,
    Draft,
    JudgedDraft,
    Route,
    Skill,
    SkillStatus,
    SkillVerdict,
    Split,
    Status,
)
from memory.rows import blob_of, in_chunks, vector_of
from memory.schema import (
    adapters,
    clock,
    consolidations,
    decisions,
    drafts,
    record_adapter,
    records,
    skills,
)
from memory.spelling import loose
from memory.tallies import RouteCount
from models.errors import UnknownRecordError

_TRUSTED = [status.value for status in TRUSTED]

_CENTROID = ("encoder", "centroid", "cohesion")
"""Columns of a skill that follow from its records; another process may set the others meanwhile."""

_REVISION = select(clock.c.revision)
"""Asked for every question: a statement that stays the same object is compiled and keyed once."""


class Journal:
    """Rows about what was decided and learned. Reached as `store.journal`."""

    def __init__(self, database: Database, encoder_name: str, dimension: int) -> None:
        self._database = database
        self._encoder_name = encoder_name
        self._dimension = dimension
        self._skills: tuple[int, tuple[Skill, ...]] = (-1, ())

    # Decisions

    def log_decision(self, decision: Decision) -> Decision:
        """Store a decision; returns it with its id and time."""
        stored = replace(decision, created_at=decision.created_at or datetime.now(UTC))
        row = {**asdict(stored), "route": stored.route.value}
        del row["id"]
        with self._database.log() as connection:
            if stored.record_id is not None and not _exists(connection, stored.record_id):
                row["record_id"] = None  # another process forgot it meanwhile
            adding = insert(decisions).returning(decisions.c.id)
            id_ = connection.execute(adding, row).scalar_one()
        return replace(stored, id=id_, record_id=row["record_id"])

    def decision(self, decision_id: int) -> Decision:
        """One decision; UnknownRecordError when there is none with this id."""
        query = select(decisions).where(decisions.c.id == decision_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownRecordError(f"no decision has id {decision_id}")
        return decision_of(row)

    def decisions(
        self,
        *,
        since: datetime | None = None,
        route: Route | None = None,
        skill: str | None = None,
        record_id: int | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Decision]:
        """Decisions that match all that is given, oldest first unless asked otherwise.

        A record's are those on its question; see `memory.decisions.about`.
        """
        query = select(decisions)
        if since is not None:
            query = query.where(decisions.c.created_at >= since)
        if route is not None:
            query = query.where(decisions.c.route == route.value)
        if skill is not None:
            query = query.where(decisions.c.skill == skill)
        query = query.order_by(decisions.c.id.desc() if newest_first else decisions.c.id)
        with self._database.read() as connection:
            if record_id is not None:
                query = query.where(about(connection, record_id))
            return [decision_of(row) for row in connection.execute(query.limit(limit))]

    def route_counts(self, since: datetime | None = None) -> list[RouteCount]:
        """Decisions added up by skill and route."""
        d = decisions.c
        verified = func.sum(func.coalesce(d.verified.cast(decisions.c.tokens.type), 0))
        sums = (verified, func.sum(d.prompt_tokens), func.sum(d.tokens), func.sum(d.seconds))
        query = select(d.skill, d.route, func.count(), *sums)
        query = query.group_by(d.skill, d.route).order_by(d.skill, d.route)
        if since is not None:
            query = query.where(d.created_at >= since)
        with self._database.read() as connection:
            return [
                RouteCount(skill, Route(route), *numbers)
                for skill, route, *numbers in connection.execute(query)
            ]

    # Drafts

    def save_drafts(self, adapter_version: str, made: Mapping[int, Draft]) -> None:
        """Store an adapter's drafts of records, in place of those it has of the same records.

        Args:
            adapter_version: Its version, or "base".
            made: The drafts by record id; those of records that are gone are left out.
        """
        now = datetime.now(UTC)
        with self._database.write() as (connection, _):
            for ids in in_chunks(made):
                there = drafts.c.record_id.in_(ids)
                mine = drafts.c.adapter == adapter_version
                connection.execute(delete(drafts).where(there, mine))
                wanted = select(records.c.id).where(records.c.id.in_(ids))
                living = set(connection.execute(wanted).scalars())
                rows = [
                    _draft_row(id_, made[id_], adapter_version, now) for id_ in ids if id_ in living
                ]
                if rows:
                    connection.execute(insert(drafts), rows)

    def drafts(
        self,
        adapter_version: str,
        *,
        splits: Collection[Split] | None = None,
        skill: str | None = None,
        trusted_only: bool = True,
    ) -> list[JudgedDraft]:
        """An adapter's drafts of records that still exist, held against what these say now.

        Args:
            adapter_version: Its version, or "base".
            splits: Of records in one of these; None is all.
            skill: Of this skill's records.
            trusted_only: Leave out drafts of records whose answer is not verified or gold now:
                nothing says whether those drafts are right.

        Returns:
            The drafts, by rising record id.
        """
        query = (
            select(drafts, records.c.question, records.c.answer.label("kept"), records.c.status)
            .join(records, drafts.c.record_id == records.c.id)
            .where(drafts.c.adapter == adapter_version)
            .order_by(drafts.c.record_id)
        )
        if trusted_only:
            query = query.where(records.c.status.in_(_TRUSTED))
        if skill is not None:
            query = query.where(records.c.skill == skill)
        if splits is not None:
            halves = records.c.half.in_([split.value for split in splits if split.holdout])
            train = records.c.half.is_(None)
            query = query.where(or_(train, halves) if Split.TRAIN in splits else halves)
        with self._database.read() as connection:
            return [_judged_of(row) for row in connection.execute(query)]

    def drafted(self, adapter_version: str, *, at_first: bool = False) -> frozenset[int]:
        """Ids of the records that an adapter has drafted, or had when its run judged it.

        What came later is told by id: clocks jump.
        """
        query = select(drafts.c.record_id).where(drafts.c.adapter == adapter_version)
        if at_first:
            mine, its = (table.c.version == adapter_version for table in (adapters, record_adapter))
            seen = select(adapters.c.newest_record_id).where(mine).scalar_subquery()
            learned = select(func.max(record_adapter.c.record_id)).where(its).scalar_subquery()
            query = query.where(drafts.c.record_id <= func.coalesce(seen, learned))
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def undrafted(self, adapter_version: str) -> list[int]:
        """Ids of the held-out records that an adapter has not drafted, rising."""
        done = select(drafts.c.record_id).where(drafts.c.adapter == adapter_version)
        missing = (records.c.half.is_not(None), records.c.id.not_in(done))
        with self._database.read() as connection:
            query = select(records.c.id).where(*missing).order_by(records.c.id)
            return list(connection.execute(query).scalars())

    # Skills

    def skills(self) -> list[Skill]:
        """Every skill, by name, with its size as of now; read when the revision has changed."""
        with self._database.read() as connection:
            revision = connection.execute(_REVISION).scalar_one()
            known = self._skills
            if known[0] != revision:  # to count is to go through all records
                sizes = _sizes(connection)
                rows = connection.execute(select(skills).order_by(skills.c.name)).all()
                known = (revision, tuple(self._skill_of(row, sizes) for row in rows))
                self._skills = known
        return list(known[1])

    def skill(self, name: str) -> Skill:
        """One skill; UnknownRecordError when there is none of this name."""
        found = {skill.name: skill for skill in self.skills()}
        if name not in found:
            known = ", ".join(found) or "none yet"
            raise UnknownRecordError(f"no skill is named {name!r}; there are: {known}")
        return found[name]

    def save_centroids(self, changed: Sequence[Skill]) -> None:
        """Store skills' centroids and cohesions alone; one without a row gets a whole one."""
        self._write_skills(changed, _CENTROID)

    def save_statuses(self, changed: Sequence[Skill]) -> None:
        """Store skills' statuses alone; one without a row gets a whole one."""
        self._write_skills(changed, ("status",))

    def _write_skills(self, changed: Sequence[Skill], columns: Collection[str]) -> None:
        """Write these columns of the rows that are there, and whole rows where there are none."""
        now = datetime.now(UTC)
        with self._database.write() as (connection, _):
            for skill in changed:
                row = self._skill_row(skill)
                mine = update(skills).where(skills.c.name == skill.name)
                written = mine.values({column: row[column] for column in columns})
                if not connection.execute(written).rowcount:
                    connection.execute(insert(skills).values({**row, "created_at": now}))

    def _skill_row(self, skill: Skill) -> dict[str, object]:
        row: dict[str, object] = {
            "name": skill.name,
            "status": skill.status.value,
            "tagged": skill.tagged,
            "cohesion": skill.cohesion,
        }
        if skill.centroid_D is None:
            return {**row, "encoder": None, "centroid": None}
        return {**row, "encoder": self._encoder_name, "centroid": blob_of(skill.centroid_D)}

    def _skill_of(self, row: Row[Any], sizes: dict[str, int]) -> Skill:
        known = row.encoder == self._encoder_name and len(row.centroid) == 4 * self._dimension
        return Skill(
            row.name,
            SkillStatus(row.status),
            tagged=row.tagged,
            centroid_D=vector_of(row.centroid) if known else None,
            size=sizes.get(row.name, 0),
            cohesion=row.cohesion,
        )

    # Consolidations and adapters

    def log_consolidation(self, run: Consolidation) -> Consolidation:
        """Store a run, in place of an earlier one with its `run_id`; returns it with its time."""
        stored = replace(run, created_at=run.created_at or datetime.now(UTC))
        row = asdict(stored)
        row["skills"] = json.loads(json.dumps(row["skills"]))
        with self._database.write() as (connection, _):
            connection.execute(delete(consolidations).where(consolidations.c.run_id == run.run_id))
            connection.execute(insert(consolidations).values(row))
        return stored

    def consolidations(self) -> list[Consolidation]:
        """Every run, oldest first."""
        query = select(consolidations).order_by(
            consolidations.c.created_at, consolidations.c.run_id
        )
        with self._database.read() as connection:
            return [_consolidation_of(row) for row in connection.execute(query)]

    def log_adapter(
        self,
        version: str,
        base: str,
        run_id: str | None,
        record_ids: Collection[int],
        newest_record_id: int | None = None,
    ) -> None:
        """Store what an adapter was trained on, in place of what was known of its version.

        Args:
            version: The adapter's.
            base: Fingerprint of the weights it fits.
            run_id: The consolidation that trained it.
            record_ids: The records it was trained on.
            newest_record_id: The newest that its run drafted; None is the newest it was trained on.
        """
        row = insert(adapters).values(version=version, base=base, run_id=run_id)
        row = row.values(newest_record_id=newest_record_id, created_at=datetime.now(UTC))
        with self._database.write() as (connection, _):
            connection.execute(delete(record_adapter).where(record_adapter.c.version == version))
            connection.execute(delete(adapters).where(adapters.c.version == version))
            connection.execute(row)
            for chunk in in_chunks(sorted(set(record_ids))):
                rows = [{"version": version, "record_id": id_} for id_ in chunk]
                connection.execute(insert(record_adapter), rows)

    def record_ids_of(self, version: str) -> frozenset[int]:
        """What an adapter was trained on, records forgotten since included; empty if unknown."""
        query = select(record_adapter.c.record_id).where(record_adapter.c.version == version)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())


def forget_decisions(connection: Connection, ids: Sequence[int]) -> None:
    """Within a write, take question and answer out of decisions about these records.

    Rather too many than too few: decisions about a question that is spelt much the same too.
    """
    taken = {"question": "", "answer": None}
    forms: set[str] = set()
    for chunk in in_chunks(ids):
        asked = select(records.c.question).where(records.c.id.in_(chunk))
        forms.update(map(loose, connection.execute(asked).scalars()))
        these = update(decisions).where(decisions.c.record_id.in_(chunk))
        connection.execute(these.values(**taken))
    texts = connection.execute(select(decisions.c.question).distinct()).scalars()
    spelled = [text for text in texts if text and loose(text) in forms]
    for chunk in in_chunks(spelled):
        this = update(decisions).where(decisions.c.question.in_(chunk))
        connection.execute(this.values(**taken))


def _exists(connection: Connection, record_id: int) -> bool:
    query = select(records.c.id).where(records.c.id == record_id)
    return connection.execute(query).first() is not None


def _sizes(connection: Connection) -> dict[str, int]:
    by = records.c.skill
    query = select(by, func.count()).where(by.is_not(None)).group_by(by)
    return {name: count for name, count in connection.execute(query)}  # noqa: C416


def _draft_row(record_id: int, draft: Draft, adapter: str, now: datetime) -> dict[str, object]:
    return {
        "record_id": record_id,
        "adapter": adapter,
        "answer": draft.answer,
        "text": draft.text,
        "mean_logprob": _stored(draft.mean_logprob),
        "min_logprob": _stored(draft.min_logprob),
        "first_margin": _stored(draft.first_margin),
        "mean_entropy": None if math.isnan(draft.mean_entropy) else draft.mean_entropy,
        "tokens": draft.tokens,
        "prompt_tokens": draft.prompt_tokens,
        "complete": draft.complete,
        "created_at": now,
    }


def _stored(score: float) -> float:
    """A score as columns take it: NaN would be NULL, and says as little as the least there is."""
    return -math.inf if math.isnan(score) else score


def _judged_of(row: Row[Any]) -> JudgedDraft:
    draft = Draft(
        question=row.question,
        answer=row.answer,
        text=row.text,
        adapter=row.adapter,
        mean_logprob=row.mean_logprob,
        min_logprob=row.min_logprob,
        first_margin=row.first_margin,
        mean_entropy=math.nan if row.mean_entropy is None else row.mean_entropy,
        tokens=row.tokens,
        prompt_tokens=row.prompt_tokens,
        complete=row.complete,
    )
    return JudgedDraft(row.record_id, draft, is_right(draft, row.kept, Status(row.status)))


def _consolidation_of(row: Row[Any]) -> Consolidation:
    fields = row._asdict()
    verdicts = tuple(
        SkillVerdict(**{**verdict, "status": SkillStatus(verdict["status"])})
        for verdict in fields["skills"]
    )
    return Consolidation(**{**fields, "skills": verdicts})
