"""Records and their votes in the database. The truth; the index beside it is a cache."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Select, bindparam, delete, func, or_, select, update

from memory.audits import Audits
from memory.database import Database
from memory.embeddings import Embeddings, note_changes, recorded_dimension
from memory.journal import Journal, forget_decisions
from memory.merge import answers_agree, merge
from memory.questions import answer_of
from memory.record_table import add_votes, by_key, get_record, insert_records, update_records
from memory.records import Record, Split, Status, question_key
from memory.rows import RECORD_COLUMNS, in_chunks, record_of, split_from
from memory.schema import records, votes
from memory.tallies import Counts, Reasoning, RecordCount
from models.errors import StoreError
from models.types import FloatArray

# Asked for every question: a statement that stays the same object is compiled and keyed once.
_BY_ID = select(*RECORD_COLUMNS).where(records.c.id.in_(bindparam("ids", expanding=True)))
_SKILLS = select(records.c.question_key, records.c.skill).where(
    records.c.skill.is_not(None), records.c.question_key.in_(bindparam("keys", expanding=True))
)


class Store:
    """One home's memory. Safe to share between threads, and between processes on one file.

    Attributes:
        embeddings: The records' vectors.
        journal: Decisions, drafts, skills, consolidations and adapters.
        audits: Fast answers that are judged later, and what was suspended for it.
    """

    def __init__(self, url: str | Path, encoder_name: str, dimension: int | None = None) -> None:
        """Open a database, making and upgrading it where needed.

        Args:
            url: A SQLite file, or any SQLAlchemy URL.
            encoder_name: The encoder whose embeddings are kept and seen.
            dimension: Its D; None is that of the embeddings that are there, for reading without
                the encoder.

        Raises:
            StoreError: The database can't be opened.
        """
        self._database = Database(url)
        if dimension is None:
            dimension = recorded_dimension(self._database, encoder_name)
        self.embeddings = Embeddings(self._database, encoder_name, dimension)
        self.journal = Journal(self._database, encoder_name, dimension)
        self.audits = Audits(self._database)

    @property
    def name(self) -> str:
        """The file, or the database's name, as errors show it."""
        return self._database.name

    @property
    def read_only(self) -> bool:
        """Whether every write would end in a StoreError."""
        return self._database.read_only

    def close(self) -> None:
        """Give every connection back."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def remember(self, record: Record, embedding_D: FloatArray) -> Record:
        """Store one outcome; see `remember_many`."""
        return self.remember_many([record], embedding_D[None, :])[0]

    def remember_many(self, new: Sequence[Record], embeddings_ND: FloatArray) -> list[Record]:
        """Store outcomes in one transaction, joined with what is known of the same questions.

        Args:
            new: Outcomes; several may have the same question. `memory.merge` says who wins. What a
                person says now has no time yet.
            embeddings_ND: Their questions' embeddings, float32 (N, D), unit rows.

        Returns:
            For each outcome, the record that stands for its question now, with all its votes.

        Raises:
            StoreError: The database can't be written, or an embedding has another dimension.
        """
        keys = [question_key(record.question) for record in new]
        vectors = dict(zip(keys, embeddings_ND, strict=True))
        with self._database.write() as (connection, revision):
            now = datetime.now(UTC)  # and not before its turn to write came
            known = by_key(connection, keys)
            merged = dict(known)
            for key, record in zip(keys, new, strict=True):
                old = merged.get(key)
                merged[key] = replace(record, id=0) if old is None else _joined(old, record, now)
            stored = {
                **insert_records(
                    connection, {k: r for k, r in merged.items() if k not in known}, now
                ),
                **update_records(connection, {k: merged[k] for k in known}, known),
            }
            by_id = {stored[key].id: vector for key, vector in vectors.items()}
            self.embeddings.put(connection, revision, by_id)
        return [stored[key] for key in keys]

    def get(self, record_id: int) -> Record:
        """A record with its votes.

        Args:
            record_id: Its id.

        Returns:
            The record as it stands now.

        Raises:
            UnknownRecordError: There is none with this id.
        """
        with self._database.read() as connection:
            return get_record(connection, record_id)

    def get_many(self, ids: Sequence[int], *, with_votes: bool = False) -> dict[int, Record]:
        """Those of the records that exist, by id; with their votes only where asked for."""
        found: dict[int, Record] = {}
        with self._database.read() as connection:
            for chunk in in_chunks(ids):
                rows = connection.execute(_BY_ID, {"ids": chunk})
                listed = [record_of(row) for row in rows]
                if with_votes:
                    listed = add_votes(connection, listed)
                found.update((record.id, record) for record in listed)
        return found

    def find(self, question: str) -> Record | None:
        """The record of the very same question, with its votes."""
        return self.find_many([question])[0]

    def find_many(self, questions: Sequence[str]) -> list[Record | None]:
        """For each question, the record of the very same one, with its votes."""
        keys = [question_key(question) for question in questions]
        with self._database.read() as connection:
            found = by_key(connection, keys)
        return [found.get(key) for key in keys]

    def find_skills(self, questions: Sequence[str]) -> dict[str, str]:
        """The skills of those questions that are remembered and have one, by `question_key`."""
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for chunk in in_chunks({question_key(question) for question in questions}):
                rows = connection.execute(_SKILLS, {"keys": chunk})
                found.update((key, skill) for key, skill in rows)
        return found

    def records(
        self,
        *,
        statuses: Collection[Status] | None = None,
        skill: str | None = None,
        splits: Collection[Split] | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        offset: int = 0,
        newest_first: bool = False,
        with_votes: bool = False,
    ) -> list[Record]:
        """Records that match all that is given.

        Args:
            statuses: Of one of these; None is all.
            skill: Of this skill.
            splits: In one of these; None is all.
            since: Changed at this time or later.
            limit: At most so many.
            offset: Leave out so many first.
            newest_first: By falling id instead.
            with_votes: Load each record's votes; without them, a listing is fast.

        Returns:
            The records, by rising id unless asked otherwise.
        """
        query = _matching(select(*RECORD_COLUMNS), statuses, skill, splits)
        if since is not None:
            query = query.where(records.c.updated_at >= since)
        query = query.order_by(records.c.id.desc() if newest_first else records.c.id)
        query = query.limit(limit).offset(offset or None)
        with self._database.read() as connection:
            found = [record_of(row) for row in connection.execute(query)]
            return add_votes(connection, found) if with_votes else found

    def mark(
        self, record_id: int, status: Status, answer: str | None = None, reason: str = ""
    ) -> Record:
        """Set what a person says of a record.

        Args:
            record_id: Its id.
            status: `GOLD`: the answer is right; `REFUTED`: it is wrong.
            answer: With `GOLD`, the right answer; None is the record's own.
            reason: Why, in the person's words.

        Returns:
            The record as it stands now.

        Raises:
            UnknownRecordError: There is none with this id.
            StoreError: The status is another, or gold has no answer.
            QuestionError: The answer is too long, or no text.
        """
        if not status.by_person:
            raise StoreError(f"a person marks a record gold or refuted, not {status.value}")
        with self._database.write() as (connection, _):
            old = get_record(connection, record_id)
            marked = _marked(old, status, answer, reason)
            key = question_key(old.question)
            return update_records(connection, {key: marked}, {key: old})[key]

    def restate(self, verdicts: Mapping[int, tuple[Status, str]]) -> None:
        """Set what the evidence says now of outcomes that no person has judged.

        Args:
            verdicts: Verified or unverified, and why, by record id; what a person marked, and ids
                that are gone, are left as they are.
        """
        judged_by_nobody = records.c.status.in_([Status.VERIFIED.value, Status.UNVERIFIED.value])
        with self._database.write() as (connection, _):
            for id_, (status, reason) in verdicts.items():
                this = update(records).where(records.c.id == id_, judged_by_nobody)
                # Not `updated_at`: the answer has not become newer.
                connection.execute(this.values(status=status.value, reason=reason))

    def put_in_skill(self, ids: Sequence[int], skill: str | None) -> None:
        """Set the skill of records; ids that are gone are left out."""
        with self._database.write() as (connection, _):
            for chunk in in_chunks(ids):
                connection.execute(
                    update(records).where(records.c.id.in_(chunk)).values(skill=skill)
                )

    def forget(self, ids: Iterable[int]) -> int:
        """Remove records with their votes, drafts and embeddings.

        Decisions about them keep their counts, but lose question and answer.

        Args:
            ids: Record ids; those that do not exist are left out.

        Returns:
            How many were removed.
        """
        living: list[int] = []
        with self._database.write() as (connection, revision):
            for chunk in in_chunks(set(ids)):
                wanted = select(records.c.id).where(records.c.id.in_(chunk))
                living += connection.execute(wanted).scalars()
            forget_decisions(connection, living)
            for chunk in in_chunks(living):
                connection.execute(delete(records).where(records.c.id.in_(chunk)))
                note_changes(connection, revision, chunk, deleted=True)
        return len(living)

    def counts(self) -> Counts:
        """What memory holds, by skill, status and split."""
        by = (records.c.skill, records.c.status, records.c.half)
        query = select(*by, func.count()).group_by(*by).order_by(*by)
        paid = select(func.count(), func.coalesce(func.sum(votes.c.tokens), 0))
        spent = select(func.coalesce(func.sum(records.c.seconds), 0.0))
        with self._database.read() as connection:
            rows = tuple(
                RecordCount(skill, Status(status), split_from(half), count)
                for skill, status, half, count in connection.execute(query)
            )
            n_votes, tokens = connection.execute(paid).one()
            seconds = connection.execute(spent).scalar_one()
        return Counts(rows, n_votes, tokens, seconds)

    def reasoning(self) -> list[Reasoning]:
        """What reasoning about the remembered questions took, by skill."""
        skill, cast = records.c.skill, records.c.id.in_(select(votes.c.record_id))
        of_records = select(
            skill, func.count(), func.sum(records.c.seconds), func.avg(records.c.agreement)
        )
        of_records = of_records.where(cast).group_by(skill).order_by(skill)
        of_votes = select(skill, func.count(), func.sum(votes.c.tokens))
        of_votes = of_votes.join(votes, votes.c.record_id == records.c.id).group_by(skill)
        with self._database.read() as connection:
            paid = {name: (n, tokens) for name, n, tokens in connection.execute(of_votes)}
            return [
                Reasoning(name, n, *paid[name], seconds, agreement)
                for name, n, seconds, agreement in connection.execute(of_records)
            ]


def _matching(
    query: Select[Any],
    statuses: Collection[Status] | None,
    skill: str | None,
    splits: Collection[Split] | None,
) -> Select[Any]:
    if statuses is not None:
        query = query.where(records.c.status.in_([status.value for status in statuses]))
    if skill is not None:
        query = query.where(records.c.skill == skill)
    if splits is not None:
        halves = records.c.half.in_([split.value for split in splits if split.holdout])
        train = records.c.half.is_(None)
        query = query.where(or_(train, halves) if Split.TRAIN in splits else halves)
    return query


def _joined(old: Record, new: Record, now: datetime) -> Record:
    """What `merge` makes of two outcomes, with a time.

    A time to come is none: a clock ran ahead, and what was judged by it must not beat what follows.
    """
    if old.updated_at is not None and old.updated_at > now:
        old = replace(old, updated_at=None)
    joined = merge(old, new if new.status.by_person else replace(new, updated_at=now))
    return replace(joined, updated_at=joined.updated_at or now)


def _marked(old: Record, status: Status, answer: str | None, reason: str) -> Record:
    if status is Status.REFUTED:
        why = reason or "a person refuted it"
        return replace(old, status=status, reason=why, updated_at=datetime.now(UTC))
    right = old.answer if answer in {None, old.answer} else answer_of(answer, old.question)
    if right is None:
        raise StoreError(f"record {old.id} has no answer to mark as gold; give the right one")
    kept = answers_agree(old.answer, right, old.question)
    return replace(
        old,
        answer=right,
        status=status,
        reason=reason or "a person gave it",
        updated_at=datetime.now(UTC),
        method=old.method if kept else None,
        agreement=old.agreement if kept else 0.0,
    )
