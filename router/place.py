"""Where a question lies in memory, as named numbers: what the router sees before any draft.

The same functions serve fitting, certification and answering. Two rules keep the three alike: the
only drafts that count as evidence are those of the gate half, and a question never sees itself, by
its question key, neither among its neighbours nor in its skill's rate.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from types import MappingProxyType

from memory.records import Neighbor, question_key

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
class Place:
    """A question as the router sees it before a draft; the order of the fields is that of a row.

    Attributes:
        top_similarity: Cosine of the nearest other question; 0 without one.
        mean_similarity: Mean cosine of the k nearest; 0 without any.
        skill_share: Similarity-weighted share of them in the question's own skill, in [0, 1].
        answer_agreement: Similarity-weighted share of the trusted ones whose answer is the one that
            is given most among them, in [0, 1]; 0 without any.
        near_right: Similarity-weighted share of gate-half neighbours that the adapter's draft got
            right, smoothed towards the skill's rate, in [0, 1].
        near_judged: Gate-half neighbours that share comes from.
        other_numbers: Numbers that only one of the question and its nearest trusted neighbour has,
            as a share of those that either has, in [0, 1].
        other_names: The same for words with a capital letter inside a sentence.
        other_negations: By how many negating words the two differ, >= 0.
        log_words: Natural logarithm of the question's number of words, >= 0; long ones are harder.
    """

    top_similarity: float
    mean_similarity: float
    skill_share: float
    answer_agreement: float
    near_right: float
    near_judged: float
    other_numbers: float
    other_names: float
    other_negations: float
    log_words: float

    def values(self) -> tuple[float, ...]:
        """Values in the order of `PLACE`."""
        return tuple(getattr(self, name) for name in PLACE)

    def as_dict(self) -> dict[str, float]:
        """Values by name, the finite ones: databases take no others as JSON."""
        seen = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in seen.items() if math.isfinite(value)}


PLACE: tuple[str, ...] = tuple(field.name for field in fields(Place))
"""Names of what is seen before a draft, in order."""


def place(
    question: str,
    neighbors: Sequence[Neighbor],
    evidence: Evidence,
    *,
    skill: str | None,
    k: int,
) -> Place:
    """Measure where a question lies.

    Args:
        question: A standalone question.
        neighbors: Remembered questions near it, in any order.
        evidence: How one adapter's drafts of the gate half came out.
        skill: The question's skill.
        k: How many neighbours count.

    Returns:
        Its place; not finite where a similarity isn't.
    """
    near = others(question, neighbors, k)
    similarities = [neighbor.similarity for neighbor in near]
    near_right, near_judged = _near_right(question, near, evidence, skill)
    trusted = [neighbor for neighbor in near if neighbor.record.status.trusted]
    nearest = trusted[0].record.question if trusted else None
    return Place(
        top_similarity=max(similarities, default=0.0),
        mean_similarity=sum(similarities) / len(near) if near else 0.0,
        skill_share=share(near, [n.record.skill == skill is not None for n in near]),
        answer_agreement=_answer_agreement(trusted),
        near_right=near_right,
        near_judged=float(near_judged),
        other_numbers=_unshared(_numbers, question, nearest),
        other_names=_unshared(_names, question, nearest),
        other_negations=_other_negations(question, nearest),
        log_words=math.log(max(1, len(question.split()))),
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


def share(near: Sequence[Neighbor], hits: Sequence[bool]) -> float:
    """Similarity-weighted share of neighbours that hit; 0 where none has any weight."""
    weights = [max(neighbor.similarity, 0.0) for neighbor in near]
    total = sum(weights)
    hit = sum(weight for weight, is_hit in zip(weights, hits, strict=True) if is_hit)
    return hit / total if total > 0 else 0.0


def _answer_agreement(trusted: Sequence[Neighbor]) -> float:
    given = [(neighbor.record.answer or "").casefold() for neighbor in trusted]
    if not given:
        return 0.0
    most = Counter(given).most_common(1)[0][0]
    return share(trusted, [answer == most for answer in given])


_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_NAME = re.compile(r"(?<=[\w,;] )[A-Z]\w*")  # the first word of a sentence has a capital anyway
_NEGATION = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|cannot|dis(?:able|allow|connect)\w*|"
    r"un(?:do|lock|subscribe|install)\w*)\b|n't\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def _numbers(text: str) -> Counter[str]:
    return Counter(_NUMBER.findall(text))


@lru_cache(maxsize=8192)
def _names(text: str) -> Counter[str]:
    return Counter(_NAME.findall(text))


def _unshared(found: Callable[[str], Counter[str]], question: str, nearest: str | None) -> float:
    """Share of what two texts hold that only one of them holds; 0 without a second text."""
    if nearest is None:
        return 0.0
    mine, theirs = found(question), found(nearest)
    either = (mine | theirs).total()
    return 1.0 - (mine & theirs).total() / either if either else 0.0


def _other_negations(question: str, nearest: str | None) -> float:
    if nearest is None:
        return 0.0
    return float(abs(len(_NEGATION.findall(question)) - len(_NEGATION.findall(nearest))))


_key = lru_cache(maxsize=65_536)(question_key)


def _rate(counts: tuple[int, int], own: Outcome | None, *, prior: float) -> float:
    right, n = counts
    if own is not None:
        right, n = right - own.right, n - 1
    return (right + SMOOTHING * prior) / (n + SMOOTHING)
