"""One teacher's distillation, as the product does it: reason, verify, train, pass the gate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.build import Parts
from agent.home import CONSOLIDATION
from agent.learn import Learner, OnProgress
from benchmarks.replication.items import Item
from memory.questions import Question
from memory.records import Consolidation, Record, Status
from models.errors import NothingToLearnError
from trainer.consolidate import Watch


@dataclass(frozen=True, slots=True)
class Distillation:
    """What a teacher taught.

    Attributes:
        teacher: The method.
        tried: Training questions it reasoned about.
        kept: Of which were verified.
        right: Of which have the true answer, which nobody was told.
        tokens: Generated for all that was tried, checks included.
        version: The adapter; None when none was trained.
        trained_on: Records; what is kept but held out for the gate is not among them.
        promoted: Whether the gate let it pass.
        reason: Why, or why nothing was trained.
    """

    teacher: str
    tried: int
    kept: int
    right: int
    tokens: int
    version: str | None
    trained_on: int
    promoted: bool
    reason: str


def distil(
    parts: Parts,
    items: Sequence[Item],
    skill: str,
    *,
    say: Callable[[str], None],
    progress: OnProgress,
) -> Distillation:
    """Reason about what is not known yet, and teach what was verified.

    The candidate counts whether the gate lets it pass or not. A run that was interrupted goes on:
    questions that have a record, trusted or not, are not paid for again.

    Args:
        parts: A home of this teacher's own, which `system2.method` names.
        items: Training questions; their answers are for the count of what is right alone.
        skill: The tag they share.
        say: Told what begins.
        progress: Told of questions reasoned about.

    Returns:
        What came of it.
    """
    _learn(parts, items, skill, progress)
    found = parts.store.find_many([item.question for item in items])
    tried = {record.id: item for item, record in zip(items, found, strict=True) if record}
    records = parts.store.records(skill=skill, with_votes=True)
    kept = [r for r in records if r.id in tried and r.status is Status.VERIFIED]
    run, reason = _consolidate(parts, say)
    version = run.candidate if run else None
    trained = parts.registry.get(version).manifest.record_ids if version else ()
    return Distillation(
        teacher=parts.settings.system2.method,
        tried=len(tried),
        kept=len(kept),
        right=sum(tried[record.id].right(record.answer) for record in kept),
        tokens=sum(record.tokens for record in records if record.id in tried),
        version=version,
        trained_on=len(trained),
        promoted=run is not None and run.promoted,
        reason=reason,
    )


def _learn(parts: Parts, items: Sequence[Item], skill: str, progress: OnProgress) -> None:
    texts = [item.question for item in items]
    known: list[Record | None] = parts.store.find_many(texts)
    left = [text for text, record in zip(texts, known, strict=True) if record is None]
    system2 = parts.system2()
    if left:
        questions = [Question(at, text, skill=skill) for at, text in enumerate(left, start=1)]
        Learner(parts.memory, system2).learn(questions, on_progress=progress)
    system2.restate({skill})  # an interrupted run may have stopped short of it


def _consolidate(parts: Parts, say: Callable[[str], None]) -> tuple[Consolidation | None, str]:
    """Train, or find what was trained on the very same records; with the gate's words."""
    with parts.home.alone(CONSOLIDATION, "a consolidation"):
        try:
            run = parts.consolidator().run(Watch(stage=say))
        except NothingToLearnError as error:
            runs = parts.store.journal.consolidations()
            return (runs[-1], runs[-1].reason) if runs else (None, str(error))
    return run, run.reason
