"""Records and votes to database rows and back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from memory.records import Record, Split, Status, Vote, question_key
from memory.schema import records
from models.types import FloatArray

T = TypeVar("T")

RECORD_COLUMNS = (
    records.c.question,
    records.c.answer,
    records.c.status,
    records.c.skill,
    records.c.method,
    records.c.agreement,
    records.c.seconds,
    records.c.reason,
    records.c.id,
    records.c.created_at,
    records.c.updated_at,
)


def record_of(row: Sequence[Any]) -> Record:
    """A row of `RECORD_COLUMNS` as a record without its votes."""
    question, answer, status, skill, method, agreement, seconds, reason, id_, created, updated = row
    return Record(
        question,
        answer,
        Status(status),
        skill,
        method,
        agreement,
        (),
        seconds,
        reason,
        id_,
        created,
        updated,
    )


def row_of(record: Record) -> dict[str, object]:
    """A record as a row, without its id and votes."""
    return {
        "question": record.question,
        "question_key": question_key(record.question),
        "answer": record.answer,
        "status": record.status.value,
        "skill": record.skill,
        **split_columns(record.split),
        "method": record.method,
        "agreement": record.agreement,
        "seconds": record.seconds,
        "reason": record.reason,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def vote_row(record_id: int, vote: Vote) -> dict[str, object]:
    """A vote as a row, without its id."""
    return {
        "record_id": record_id,
        "method": vote.method,
        "answer": vote.answer,
        "text": vote.text,
        "tokens": vote.tokens,
        "failure": vote.failure,
        "variant": vote.variant,
    }


def split_columns(split: Split) -> dict[str, str | None]:
    """A split as the columns `split` and `half`."""
    if split.holdout:
        return {"split": "holdout", "half": split.value}
    return {"split": "train", "half": None}


def split_from(half: str | None) -> Split:
    """The column `half` as a split."""
    return Split.TRAIN if half is None else Split(half)


def blob_of(vector_D: FloatArray) -> bytes:
    """A vector as little-endian float32."""
    return np.ascontiguousarray(vector_D, dtype="<f4").tobytes()


def vector_of(blob: bytes) -> FloatArray:
    """Little-endian float32 as a vector of this machine's float32 (D,)."""
    return np.frombuffer(blob, dtype="<f4").astype(np.float32)


def matrix_of(blobs: Sequence[bytes], dimension: int) -> FloatArray:
    """Vectors as float32 (N, D)."""
    flat = np.frombuffer(b"".join(blobs), dtype="<f4")
    return flat.reshape(len(blobs), dimension).astype(np.float32)


def in_chunks(items: Iterable[T], size: int = 5_000) -> Iterator[list[T]]:
    """Lists of at most `size` items; a statement takes only so many parameters."""
    chunk: list[T] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
