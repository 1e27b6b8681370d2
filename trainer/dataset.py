"""Memory -> training examples: the question and its final answer; the steps are gone."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from memory.records import Record
from models import atomic
from trainer.settings import TrainerSettings


@dataclass(frozen=True, slots=True)
class Example:
    """One question and the answer that the student is to give."""

    record_id: int
    question: str
    answer: str


def trainable(records: Iterable[Record], resistant: frozenset[str]) -> list[Record]:
    """The records that a student may learn from.

    Args:
        records: Any records.
        resistant: Skills that stay with System 2.

    Returns:
        Trusted records of the train split with an answer and a skill that is not resistant. A
        record of the holdout is never among them.
    """
    return [
        record
        for record in records
        if record.status.trusted
        and not record.split.holdout
        and record.answer is not None
        and record.skill not in resistant
    ]


def select(records: Sequence[Record], settings: TrainerSettings) -> list[Example]:
    """Choose a run's examples: the newest of each skill in turn, so that none crowds out another.

    Args:
        records: Trainable records.
        settings: `max_records` is the limit.

    Returns:
        Examples in order of their record ids.
    """
    by_skill: defaultdict[str | None, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda r: -r.id):
        by_skill[record.skill].append(record)
    ranked = [(rank, r) for group in by_skill.values() for rank, r in enumerate(group)]
    chosen = sorted(ranked, key=lambda pair: (pair[0], pair[1].id))[: settings.max_records]
    return [
        Example(record.id, record.question, record.answer)
        for _, record in sorted(chosen, key=lambda pair: pair[1].id)
        if record.answer is not None
    ]


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write a run's examples as JSON lines.

    Args:
        path: Where; replaced at once.
        examples: What.
    """
    lines = (
        json.dumps({"record_id": e.record_id, "question": e.question, "answer": e.answer})
        for e in examples
    )
    atomic.write_text(path, "".join(f"{line}\n" for line in lines))


def read_examples(path: Path) -> list[Example]:
    """Read what `write_examples` wrote.

    Args:
        path: Where.

    Returns:
        The examples.
    """
    return [Example(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
