"""What the router sees of a question and its draft, as named numbers.

The same functions serve fitting, certification and answering. Two rules keep the three alike: the
only drafts that count as evidence are those of the gate half, and a question never sees itself, by
its question key, neither among its neighbours nor in its skill's rate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from memory import answers
from memory.records import Draft, Neighbor, question_key

SMOOTHING = 2.0
"""How many drafts a prior rate counts for where few were judged."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the adapter's draft of one gate-half question was right.

    Attributes:
        key: The question's key (`memory.records.question_key`).
        skill: The question's skill; None without one.
        right: Whether the draft gave the record's answer.
    """

    key: str
    skill: str | None
    right: bool


@dataclass(frozen=True)
class Evidence:
    """How one adapter's drafts of the gate half came out."""

    outcomes: tuple[Outcome, ...] = ()

    @cached_property
    def by_key(self) -> Mapping[str, Outcome]:
        """Outcomes by question key; of two with one key the later counts."""
        return MappingProxyType({outcome.key: outcome for outcome in self.outcomes})

    @cached_property
    def _by_skill(self) -> Mapping[str | None, tuple[int, int]]:
        counts: dict[str | None, tuple[int, int]] = {}
        for outcome in self.by_key.values():
            right, n = counts.get(outcome.skill, (0, 0))
            counts[outcome.skill] = (right + outcome.right, n + 1)
        return counts

    @cached_property
    def _overall(self) -> tuple[int, int]:
        return sum(o.right for o in self.by_key.values()), len(self.by_key)

    def rate(self, skill: str | None, *, without: str) -> float:
        """P(a draft of this skill is right), from every question but one.

        The overall rate is Laplace's (right + 1) / (n + 2); the skill's is
        (right + s * overall) / (n + s) with s = `SMOOTHING`.

        Args:
            skill: The skill's name.
            without: Key of the question that is left out.

        Returns:
            A rate in (0, 1); 0.5 without evidence.
        """
        own = self.by_key.get(without)
        overall = _rate(self._overall, own, prior=0.5)
        counts = self._by_skill.get(skill, (0, 0))
        return _rate(counts, own if own and own.skill == skill else None, prior=overall)


@dataclass(frozen=True, slots=True)
class Features:
    """One draft as the calibrator sees it; the order of the fields is that of the array.

    Attributes:
        top_similarity: Cosine of the nearest other question; 0 without one.
        mean_similarity: Mean cosine of the k nearest; 0 without any.
        kind_agreement: Similarity-weighted share of trusted neighbours whose answer is of the
            draft's kind (number, date, ...), in [0, 1]; 0 without any.
        near_right: Similarity-weighted share of gate-half neighbours that the adapter's draft got
            right, smoothed towards the skill's rate, in [0, 1].
        near_judged: Gate-half neighbours that share comes from.
        mean_logprob: Mean natural log-probability of the draft's tokens, <= 0.
        min_logprob: The least of them, <= 0.
        first_margin: Log-probability of the likeliest first token less the second's, >= 0.
        tokens: Tokens of the draft.
        complete: 1, or 0 when the draft was cut at the limit.
    """

    top_similarity: float
    mean_similarity: float
    kind_agreement: float
    near_right: float
    near_judged: float
    mean_logprob: float
    min_logprob: float
    first_margin: float
    tokens: float
    complete: float

    def values(self) -> tuple[float, ...]:
        """Values in the order of `FEATURES`."""
        return tuple(getattr(self, name) for name in FEATURES)

    def as_dict(self) -> dict[str, float]:
        """Values by name."""
        return dict(zip(FEATURES, self.values(), strict=True))

    def as_array(self) -> NDArray[np.float64]:
        """Values as float64 (F,), in the order of `FEATURES`."""
        return np.array(self.values(), dtype=np.float64)


FEATURES: tuple[str, ...] = tuple(field.name for field in fields(Features))
"""Names of the features, in order."""


def features(
    draft: Draft,
    neighbors: Sequence[Neighbor],
    evidence: Evidence,
    *,
    skill: str | None,
    k: int,
) -> Features:
    """Measure a draft and where its question lies.

    Args:
        draft: System 1's draft.
        neighbors: Remembered questions near it, in any order.
        evidence: How the same adapter's drafts of the gate half came out.
        skill: The question's skill.
        k: How many neighbours count.

    Returns:
        The draft's features; not finite where the draft or a similarity isn't.
    """
    near = others(draft.question, neighbors, k)
    similarities = [neighbor.similarity for neighbor in near]
    near_right, near_judged = _near_right(draft.question, near, evidence, skill)
    return Features(
        top_similarity=max(similarities, default=0.0),
        mean_similarity=sum(similarities) / len(near) if near else 0.0,
        kind_agreement=_kind_agreement(draft.answer, near),
        near_right=near_right,
        near_judged=float(near_judged),
        mean_logprob=draft.mean_logprob,
        min_logprob=draft.min_logprob,
        first_margin=draft.first_margin,
        tokens=float(draft.tokens),
        complete=float(draft.complete),
    )


def others(question: str, neighbors: Iterable[Neighbor], k: int) -> list[Neighbor]:
    """The k nearest neighbours that are not the very same question, nearest first.

    Args:
        question: The question whose neighbours they are.
        neighbors: Neighbours in any order, perhaps the question's own record among them.
        k: How many to keep.

    Returns:
        At most k neighbours.
    """
    own = _key(question)
    kept = [near for near in neighbors if _key(near.record.question) != own]
    return sorted(kept, key=lambda near: (-near.similarity, near.record.id))[:k]


def _near_right(
    question: str, near: Sequence[Neighbor], evidence: Evidence, skill: str | None
) -> tuple[float, int]:
    """Smoothed share of judged neighbours with a right draft, and how many there are."""
    right_weight, weight, judged = 0.0, 0.0, 0
    for neighbor in near:
        outcome = evidence.by_key.get(_key(neighbor.record.question))
        if outcome is not None:
            likeness = max(neighbor.similarity, 0.0)
            right_weight += likeness * outcome.right
            weight += likeness
            judged += 1
    prior = evidence.rate(skill, without=_key(question))
    return (right_weight + SMOOTHING * prior) / (weight + SMOOTHING), judged


def _kind_agreement(answer: str | None, near: Sequence[Neighbor]) -> float:
    """Similarity-weighted share of trusted neighbours that are answered in the same kind."""
    if answer is None:
        return 0.0
    kind = _kind_of(answer)
    same, weight = 0.0, 0.0
    for neighbor in near:
        record = neighbor.record
        if record.answer is not None and record.status.trusted:
            likeness = max(neighbor.similarity, 0.0)
            same += likeness * (_kind_of(record.answer) == kind)
            weight += likeness
    return same / weight if weight > 0 else 0.0


_key = lru_cache(maxsize=8192)(question_key)


@lru_cache(maxsize=8192)
def _kind_of(answer: str) -> str:
    return str(answers.kind_of(answer))


def _rate(counts: tuple[int, int], own: Outcome | None, *, prior: float) -> float:
    right, n = counts
    if own is not None:
        right, n = right - own.right, n - 1
    return (right + SMOOTHING * prior) / (n + SMOOTHING)
