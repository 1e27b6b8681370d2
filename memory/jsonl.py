"""Records to JSONL and back, nothing lost; and, from `memory.questions`, files of questions."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import BinaryIO, TextIO

from memory.centroids import refresh_skills
from memory.questions import (
    MAX_CHARS,
    MAX_LINE_BYTES,
    BadLine,
    Question,
    answer_of,
    clean_question,
    lines_of,
    object_of,
    read_questions,
    tag_of,
    text_of,
)
from memory.records import Record, Status, Vote
from memory.rows import in_chunks
from memory.store import Store
from models.errors import QuestionError
from models.types import Encoder

__all__ = [
    "MAX_CHARS",
    "BadLine",
    "Import",
    "Question",
    "clean_question",
    "export_records",
    "fields_of",
    "import_records",
    "read_questions",
]

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Import:
    """What an import did: how many lines went in, and the lines that did not."""

    imported: int
    bad: tuple[BadLine, ...]


def export_records(store: Store, stream: TextIO) -> int:
    """Write every record with its votes, one JSON object a line, by rising id.

    Ids and splits are left out: the first are the database's own, the second follow from the
    question.

    Args:
        store: Where they are.
        stream: Where they go.

    Returns:
        How many were written.
    """
    untagged = {skill.name for skill in store.journal.skills() if not skill.tagged}
    written = 0
    for ids in in_chunks([record.id for record in store.records()], _PAGE):
        page = store.get_many(ids, with_votes=True)
        objects = [_object_of(page[id_], untagged) for id_ in ids if id_ in page]
        stream.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in objects)
        written += len(objects)
    return written


def import_records(stream: BinaryIO, store: Store, encoder: Encoder) -> Import:
    """Remember exported records, joined with what is known of the same questions.

    Args:
        stream: Lines as `export_records` wrote them.
        store: Where they go.
        encoder: Embeds their questions; the store's own.

    Returns:
        How many lines went in, and why the others did not. Votes that the store has already are
        not added again.
    """
    bad: list[BadLine] = []
    untagged: set[str] = set()
    skills: set[str] = set()
    imported = 0
    for batch in in_chunks(_records(stream, bad, untagged), 256):
        known = store.find_many([record.question for record in batch])
        new = [_unknown_part(r, old) for r, old in zip(batch, known, strict=True)]
        stored = store.remember_many(new, encoder.encode([record.question for record in new]))
        skills.update(record.skill for record in stored if record.skill is not None)
        imported += len(batch)
    refresh_skills(store, skills, untagged)
    return Import(imported, tuple(bad))


def fields_of(record: Record) -> dict[str, object]:
    """What is known of a record's question, by name, as JSON takes it; without its votes."""
    return {
        "question": record.question,
        "answer": record.answer,
        "status": record.status.value,
        "skill": record.skill,
        "method": record.method,
        "agreement": record.agreement,
        "seconds": record.seconds,
        "reason": record.reason,
        "created_at": record.created_at and record.created_at.isoformat(),
        "updated_at": record.updated_at and record.updated_at.isoformat(),
    }


def _object_of(record: Record, untagged: Collection[str]) -> dict[str, object]:
    return {
        **fields_of(record),
        "tagged": record.skill is not None and record.skill not in untagged,
        "votes": [asdict(vote) for vote in record.votes],
    }


def _unknown_part(record: Record, old: Record | None) -> Record:
    """The record without votes that the store has, and so without the time they took."""
    if old is None or not record.votes:
        return record
    missing = Counter(record.votes) - Counter(old.votes)
    return replace(
        record, votes=tuple(missing.elements()), seconds=0.0 if not missing else record.seconds
    )


def _records(stream: BinaryIO, bad: list[BadLine], untagged: set[str]) -> Iterator[Record]:
    for number, line in lines_of(stream):
        try:
            fields = object_of(line)
            record = _record_of(fields)
        except QuestionError as error:
            bad.append(BadLine(number, str(error)))
            continue
        if record.skill is not None and fields.get("tagged") is False:
            untagged.add(record.skill)
        yield record


def _record_of(fields: dict[str, object]) -> Record:
    if "question" not in fields:
        raise QuestionError('it has no "question"')
    clean_question(fields["question"], MAX_LINE_BYTES)
    record = Record(
        question=str(fields["question"]),
        answer=answer_of(fields.get("answer"), str(fields["question"])),
        status=_status(fields.get("status")),
        skill=tag_of(fields.get("skill")),
        method=text_of(fields.get("method"), "the method"),
        agreement=_number(fields, "agreement", most=1.0),
        votes=tuple(_votes(fields.get("votes", []))),
        seconds=_number(fields, "seconds"),
        reason=text_of(fields.get("reason"), "the reason") or "",
        created_at=_time(fields, "created_at"),
        updated_at=_time(fields, "updated_at"),
    )
    if record.status.trusted and record.answer is None:
        raise QuestionError(f"it is {record.status.value} but has no answer")
    return record


def _status(value: object) -> Status:
    names = [status.value for status in Status]
    if not isinstance(value, str) or value not in names:
        raise QuestionError(f"the status is {value!r}; it must be one of {', '.join(names)}")
    return Status(value)


def _votes(value: object) -> Iterator[Vote]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise QuestionError("the votes must be a list")
    for vote in value:
        if not isinstance(vote, dict):
            raise QuestionError("a vote must be an object")
        yield Vote(
            method=_text(vote, "method") or "",
            answer=_text(vote, "answer"),
            text=_text(vote, "text") or "",
            tokens=int(_number(vote, "tokens")),
            failure=_text(vote, "failure") or "",
            variant=_text(vote, "variant") or "",
        )


def _text(fields: dict[str, object], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise QuestionError(f"{name!r} must be text or null, not {value!r}")
    if value is not None and any("\ud800" <= char <= "\udfff" for char in value):
        raise QuestionError(f"{name!r} holds half a character (a lone surrogate)")
    return value


def _number(fields: dict[str, object], name: str, most: float = 1e12) -> float:
    value = fields.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise QuestionError(f"{name!r} must be a number from 0 to {most:g}, not {value!r}")
    return float(value)


def _time(fields: dict[str, object], name: str) -> datetime | None:
    """A time in UTC; one to come is now, lest a fast clock's judgement beat later ones."""
    value = _text(fields, name)
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
        return min(time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC), datetime.now(UTC))
    except (ValueError, OverflowError) as error:
        raise QuestionError(f"{name!r} must be a time in ISO 8601, not {value!r}") from error
