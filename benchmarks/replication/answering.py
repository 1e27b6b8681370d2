"""How each column answers: System 1 with or without an adapter, and System 2."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from agent.build import Parts
from agent.system2.prompts import in_force
from agent.system2.universal import NAME as UNIVERSAL
from benchmarks.replication.score import Given
from benchmarks.replication.state import stamp
from models.adapters import Adapter
from trainer.student import draft_answers

OpenParts = Callable[[Path, Mapping[str, object]], AbstractContextManager[Parts]]
"""Opens a home with some settings, by dotted key, over those in force; the models are shared."""

VOTE: dict[str, object] = {"verify.unlike_methods": False}
"""One method's vote, as far as its own samples go."""

ONE_SAMPLE: dict[str, object] = VOTE | {
    "verify.min_votes": 1,
    "system2.first_samples": 1,
    "system2.max_samples": 1,
    "system2.temperature": 0.01,
}
"""A single sample, as near to greedy as can be set: what the paper's System 2 columns are."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers.

    Attributes:
        stamp: What its answers depend on; equal stamps answer alike.
        answer: An answer to each question, in order.
    """

    stamp: str
    answer: Callable[[Sequence[str]], list[Given]]


def system1(parts: Parts, adapter: Adapter | None = None) -> Answering:
    """The student, asked directly.

    Args:
        parts: Of any home.
        adapter: What it has learned; None is the base.

    Returns:
        Who answers.
    """
    settings = parts.settings.system1

    def answer(questions: Sequence[str]) -> list[Given]:
        drafts = draft_answers(parts.student, questions, adapter, max_tokens=settings.max_tokens)
        return [Given(draft.answer if draft.complete else None, draft.tokens) for draft in drafts]

    version = adapter.version if adapter else None
    return Answering(stamp(parts.student.fingerprint, version, settings.max_tokens), answer)


def system2(parts: Parts, method: str) -> Answering:
    """A method, asked as often as the settings say; nothing is remembered.

    Args:
        parts: Of any home.
        method: Its name.

    Returns:
        Who answers.
    """
    thinker = parts.system2(method)

    def answer(questions: Sequence[str]) -> list[Given]:
        outcomes = thinker.think(questions, [None] * len(questions))
        return [Given(outcome.record.answer, outcome.record.tokens) for outcome in outcomes]

    made_by = (parts.teacher.fingerprint, method, *thinking(parts, method))
    return Answering(stamp(*made_by), answer)


def thinking(parts: Parts, method: str = "") -> tuple[dict[str, object], ...]:
    """The settings and prompts that System 2's outcomes depend on; those of its speed are left out.

    Args:
        parts: Of any home.
        method: The only one that is asked; empty where any may be.

    Returns:
        What a stamp is made of.
    """
    settings = parts.settings
    shown: dict[str, object] = {
        name: repr(stages)
        for name, stages in in_force(parts.prompts).items()
        # Two methods share rephrase_and_respond.toml; universal.toml chooses among any one's votes.
        if not method or method.startswith(name) or name == UNIVERSAL
    }
    return (
        shown,
        settings.system1.model_dump(include={"max_tokens"}),
        settings.system2.model_dump(exclude={"model", "method", "max_rows"}),
        settings.verify.model_dump(),
        settings.sandbox.model_dump(exclude={"workers"}),
    )
