"""`eval`: a labelled stream, answered in order, with what it cost and what it got wrong."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.learn import OnProgress, decided, shifted
from agent.loop import Agent, Answered, Query
from memory.answers import same
from memory.questions import Question
from memory.records import NONE, Route
from models.types import Cancelled
from router.policy import Policy

STREAM_BLOCK = 64
"""With `learn`, so many questions are answered before what they taught can be used."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One question of the stream: how it was answered, and whether that was right."""

    answered: Answered
    right: bool

    @property
    def fast(self) -> bool:
        """Whether System 1 or memory served it."""
        return self.answered.decision.route is not Route.SYSTEM2


@dataclass(frozen=True, slots=True)
class SkillScore:
    """How one skill's questions went."""

    n: int
    accuracy: float
    deferral_rate: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a stream went.

    Attributes:
        n: Questions.
        accuracy: Share answered right, in [0, 1]; nan without questions.
        deferral_rate: Share that System 2 answered, in [0, 1]; nan without questions.
        wrong_fast: Wrong answers that System 1 or memory served.
        prompt_tokens: Tokens read.
        completion_tokens: Everything generated: drafts, stages, samples.
        seconds: Wall time, questions of a batch sharing it.
        p50_ms: Median latency.
        p95_ms: 95th percentile.
        skills: By the file's tag, else by memory's skill.
        scored: Each question, in order.
    """

    n: int
    accuracy: float
    deferral_rate: float
    wrong_fast: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    p50_ms: float
    p95_ms: float
    skills: dict[str, SkillScore]
    scored: tuple[Scored, ...]


def evaluate(
    agent: Agent,
    questions: Sequence[Question],
    *,
    policy: Policy,
    learn: bool = False,
    cancelled: Cancelled | None = None,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Answer a labelled stream and score it.

    Args:
        agent: Who answers.
        questions: Each with its gold answer; repeated ones are asked again.
        policy: Who decides.
        learn: Whether outcomes are remembered; without, memory is not changed. The gold answers
            are never remembered.
        cancelled: Asked at every step. What comes before the first question that it cut short is
            scored: of what comes after, the fast answers alone may be there.
        on_progress: Called with (questions done, questions in all).

    Returns:
        The scores.
    """
    scored: list[Scored] = []
    known = agent.skill_names()
    size = STREAM_BLOCK if learn else max(1, len(questions))
    for start in range(0, len(questions), size):
        if cancelled is not None and cancelled():
            break
        block = questions[start : start + size]
        # A tag that memory does not know makes a skill only where it may be remembered; else it
        # is but a label of the report, and memory says which skill the question is of.
        queries = [Query(q.text, q.skill if learn or q.skill in known else None) for q in block]
        on_event = decided(shifted(on_progress, start, len(questions)))
        answered = agent.answer(
            queries, policy=policy, remember=learn, cancelled=cancelled, on_event=on_event
        )
        stopped = cancelled is not None and cancelled()
        for item, question in zip(answered, block, strict=True):
            if stopped and item.cut_short:
                break
            scored.append(Scored(item, _right(item.decision.answer, question)))
        if on_progress is not None:
            on_progress(start + len(block), len(questions))
    return _evaluation(scored, [question.skill for question in questions[: len(scored)]])


def _right(given: str | None, asked: Question) -> bool:
    gold = asked.answer
    return given is not None and gold is not None and same(given, gold, asked.text)


def _evaluation(scored: Sequence[Scored], tags: Sequence[str | None]) -> Evaluation:
    decisions = [item.answered.decision for item in scored]
    by_skill: defaultdict[str, list[Scored]] = defaultdict(list)
    for item, tag in zip(scored, tags, strict=True):
        by_skill[tag or item.answered.decision.skill or NONE].append(item)
    latency_ms = [decision.seconds * 1000 for decision in decisions] or [float("nan")]
    return Evaluation(
        n=len(scored),
        accuracy=_share([item.right for item in scored]),
        deferral_rate=_share([not item.fast for item in scored]),
        wrong_fast=sum(item.fast and not item.right for item in scored),
        prompt_tokens=sum(decision.prompt_tokens for decision in decisions),
        completion_tokens=sum(decision.tokens for decision in decisions),
        seconds=sum(decision.seconds for decision in decisions),
        p50_ms=float(np.percentile(latency_ms, 50)),
        p95_ms=float(np.percentile(latency_ms, 95)),
        skills={
            name: SkillScore(
                len(items),
                _share([item.right for item in items]),
                _share([not item.fast for item in items]),
            )
            for name, items in sorted(by_skill.items())
        },
        scored=tuple(scored),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
