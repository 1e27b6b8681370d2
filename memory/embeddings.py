"""The stored embeddings of one encoder, and the order in which they changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select

from memory.database import Database
from memory.records import question_key
from memory.rows import blob_of, in_chunks, matrix_of, vector_of
from memory.schema import changes, clock, embeddings, records
from models.errors import StoreError
from models.types import FloatArray

IdArray = NDArray[np.int64]

# Asked for every question: a statement that stays the same object is compiled and keyed once.
_CLOCK = select(clock.c.database_id, clock.c.revision)
_NEWEST = select(func.coalesce(func.max(changes.c.revision), 0))


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to embeddings after some revision.

    Attributes:
        database_id: Tells the database from any other.
        revision: The last revision among all changes so far; 0 when nothing was ever stored.
        present: Ids of records that were added or changed and still exist.
        deleted: Ids of records that are gone.
    """

    database_id: str
    revision: int
    present: tuple[int, ...]
    deleted: tuple[int, ...]


class Embeddings:
    """Vectors by record id, of one encoder and dimension; others' rows are not seen."""

    def __init__(self, database: Database, encoder_name: str, dimension: int) -> None:
        self._database = database
        self.encoder_name = encoder_name
        self.dimension = dimension
        self._mine = and_(embeddings.c.encoder == encoder_name, embeddings.c.dimension == dimension)
        self._still = ("", -1, -1)  # a database at a revision, and the last change by then
        self._of_questions = (
            select(records.c.question_key, embeddings.c.vector)
            .join(embeddings, embeddings.c.record_id == records.c.id)
            .where(self._mine, records.c.question_key.in_(bindparam("keys", expanding=True)))
        )

    def count(self) -> int:
        """Records that have a vector."""
        with self._database.read() as connection:
            return connection.execute(
                select(func.count()).select_from(embeddings).where(self._mine)
            ).scalar_one()

    def ids(self) -> list[int]:
        """Records that have a vector, rising."""
        query = select(embeddings.c.record_id).where(self._mine).order_by(embeddings.c.record_id)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def load(self, ids: Sequence[int]) -> tuple[IdArray, FloatArray]:
        """Vectors of records.

        Args:
            ids: Record ids, in any order.

        Returns:
            Those of the ids that have a vector, rising, and float32 (N, D).
        """
        found: list[tuple[int, bytes]] = []
        with self._database.read() as connection:
            for chunk in in_chunks(ids):
                found += self._blobs(connection, chunk).items()
        found.sort()
        vectors_ND = matrix_of([blob for _, blob in found], self.dimension)
        return np.array([id_ for id_, _ in found], dtype=np.int64), vectors_ND

    def of_questions(self, questions: Sequence[str]) -> dict[str, FloatArray]:
        """Vectors of those questions that are stored, by `question_key`."""
        found: dict[str, FloatArray] = {}
        with self._database.read() as connection:
            for chunk in in_chunks({question_key(question) for question in questions}):
                rows = connection.execute(self._of_questions, {"keys": chunk})
                found.update((key, vector_of(blob)) for key, blob in rows)
        return found

    def of_skill(self, skill: str, limit: int) -> FloatArray:
        """Vectors of a skill's newest records, float32 (N, D), by falling id."""
        query = (
            select(embeddings.c.vector)
            .join(records, embeddings.c.record_id == records.c.id)
            .where(self._mine, records.c.skill == skill)
            .order_by(records.c.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return matrix_of(list(connection.execute(query).scalars()), self.dimension)

    def missing(self, limit: int) -> list[tuple[int, str]]:
        """Id and question of records that this encoder has not embedded yet, by rising id."""
        query = (
            select(records.c.id, records.c.question)
            .outerjoin(embeddings, and_(embeddings.c.record_id == records.c.id, self._mine))
            .where(embeddings.c.record_id.is_(None))
            .order_by(records.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(id_, question) for id_, question in connection.execute(query)]

    def save(self, ids: Sequence[int], vectors_ND: FloatArray) -> None:
        """Store vectors of records; those of records that are gone by now are left out."""
        with self._database.write() as (connection, revision):
            for chunk in in_chunks(zip(ids, vectors_ND, strict=True)):
                wanted = select(records.c.id).where(records.c.id.in_([id_ for id_, _ in chunk]))
                living = set(connection.execute(wanted).scalars())
                vectors = {id_: vector for id_, vector in chunk if id_ in living}
                self.put(connection, revision, vectors)

    def changes_after(self, revision: int) -> Changes:
        """What an index that has reached `revision` has missed."""
        later = select(changes.c.record_id, changes.c.deleted).where(changes.c.revision > revision)
        with self._database.read() as connection:
            database_id, written = connection.execute(_CLOCK).one()
            if (database_id, written, revision) == self._still:
                return Changes(database_id, revision, (), ())
            last = connection.execute(_NEWEST).scalar_one()
            rows = connection.execute(later).all() if last > revision else ()
        self._still = (database_id, written, last)
        return Changes(
            database_id,
            last,
            # Sorted here: asked to sort, SQLite reads all rows in order to find the few.
            present=tuple(sorted(id_ for id_, deleted in rows if not deleted)),
            deleted=tuple(sorted(id_ for id_, deleted in rows if deleted)),
        )

    def put(self, connection: Connection, revision: int, vectors: dict[int, FloatArray]) -> None:
        """Store vectors by record id within a write; vectors that are there already stay."""
        self._check(vectors)
        blobs = {id_: blob_of(vector) for id_, vector in vectors.items()}
        for chunk in in_chunks(blobs):
            there = self._blobs(connection, chunk)
            changed = [id_ for id_ in chunk if there.get(id_) != blobs[id_]]
            if not changed:
                continue
            connection.execute(
                delete(embeddings).where(
                    embeddings.c.record_id.in_(changed),
                    embeddings.c.encoder == self.encoder_name,
                )
            )
            rows = [
                {
                    "record_id": id_,
                    "encoder": self.encoder_name,
                    "dimension": self.dimension,
                    "vector": blobs[id_],
                }
                for id_ in changed
            ]
            connection.execute(insert(embeddings), rows)
            note_changes(connection, revision, changed, deleted=False)

    def _blobs(self, connection: Connection, ids: Sequence[int]) -> dict[int, bytes]:
        query = select(embeddings.c.record_id, embeddings.c.vector).where(
            self._mine, embeddings.c.record_id.in_(ids)
        )
        return {id_: blob for id_, blob in connection.execute(query)}  # noqa: C416

    def _check(self, vectors: dict[int, FloatArray]) -> None:
        for vector in vectors.values():
            if vector.shape != (self.dimension,):
                raise StoreError(
                    f"an embedding has shape {vector.shape}; {self.encoder_name} gives "
                    f"({self.dimension},); embed the questions with that encoder"
                )


def recorded_dimension(database: Database, encoder_name: str) -> int:
    """The D of an encoder's stored embeddings; 0 when there are none."""
    query = select(embeddings.c.dimension).where(embeddings.c.encoder == encoder_name)
    with database.read() as connection:
        found = connection.execute(query.order_by(embeddings.c.record_id.desc()).limit(1))
        return found.scalar_one_or_none() or 0


def note_changes(
    connection: Connection, revision: int, ids: Sequence[int], *, deleted: bool
) -> None:
    """Write down, within a write, that these records' embeddings changed."""
    for chunk in in_chunks(ids):
        connection.execute(delete(changes).where(changes.c.record_id.in_(chunk)))
        rows = [{"record_id": id_, "revision": revision, "deleted": deleted} for id_ in chunk]
        connection.execute(insert(changes), rows)
