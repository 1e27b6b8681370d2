"""Questions, drafts and labels of which it is known what is true.

A draft's log-probabilities tell right from wrong, imperfectly. A label is wrong in `noise` of all
cases: in half of them like the draft (both were misled alike, and the draft is as sure as any), in
the other half in another way, whatever the draft says. Labels are System 2's answers, so records
that are held out and later audits have them alike.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from memory.records import Draft, JudgedDraft, Neighbor, Record, Split, Status, split_of
from router.case import Case

_NEAR = 16
"""Records that are found around a question."""

_FROM_ANYWHERE = 2
"""Of these, how many may be of another skill."""

_TRAINED = 3
"""Records of memory that were trained on, for each held-out one of a half."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a skill's questions are at some time.

    Attributes:
        error: Share of its drafts that are wrong, besides those that are wrong like their label, in
            (0, 1).
        silent: Share of these wrong drafts that are as sure as right ones, in [0, 1].
        nearest: Mean similarity of its nearest question's neighbours, in (0, 1]; the farthest
            question's is 0.2 less.
    """

    error: float
    silent: float = 0.0
    nearest: float = 0.85


@dataclass(frozen=True, slots=True)
class Kind:
    """A skill, and how it is at first.

    Attributes:
        name: Its name.
        held: Held-out records a half; questions are asked in proportion to it.
        usual: How it is at first.
    """

    name: str
    held: int
    usual: Condition


KINDS = (
    Kind("rates", 130, Condition(0.03)),
    Kind("dates", 80, Condition(0.02)),
    Kind("units", 60, Condition(0.05)),
    Kind("codes", 50, Condition(0.15)),
    Kind("names", 40, Condition(0.50)),
    Kind("roads", 15, Condition(0.03)),
)
"""One is bad, one is middling, one is too small for a bound of its own."""


@dataclass(frozen=True, slots=True)
class Nature:
    """How the world is drawn.

    Attributes:
        kinds: Its skills.
        overconfidence: By what the log-odds that a draft states are too large; 1 states them as
            they are, 2 says 99% where 91% would be true.
        tells: Standard deviations by which the log-odds of right and wrong drafts lie apart, >= 0.
        noise: Share of labels that are wrong, in [0, 1).
        gold: Share of held-out records that a person judged, in [0, 1].
    """

    kinds: tuple[Kind, ...] = KINDS
    overconfidence: float = 2.0
    tells: float = 2.0
    noise: float = 0.03
    gold: float = 0.1

    def harder(self, times: float, tells: float) -> "Nature":
        """The same with so many times the errors, and drafts that tell less of them."""
        kinds = tuple(
            replace(kind, usual=replace(kind.usual, error=min(0.6, times * kind.usual.error)))
            for kind in self.kinds
        )
        return replace(self, kinds=kinds, tells=tells)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it comes, with the draft that System 1 would make.

    Attributes:
        skill: Its skill's name.
        neighbors: What memory holds near it.
        draft: System 1's.
        right: Whether that is true.
        seems_right: What an audit would say.
    """

    skill: str
    neighbors: tuple[Neighbor, ...]
    draft: Draft
    right: bool
    seems_right: bool


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is true of a question, what its label says, and what System 1 says."""

    truth: str
    label: str
    draft: Draft


class World:
    """One drawn world.

    Args:
        nature: How it is drawn.
        seed: Draws it.
    """

    def __init__(self, nature: Nature, seed: int) -> None:
        self.nature = nature
        self._rng = np.random.default_rng(seed)
        self._memory = {kind.name: self._records(at, kind) for at, kind in enumerate(nature.kinds)}
        self._all = [record for records in self._memory.values() for record in records]
        self._asked = 0
        held_N = np.array([kind.held for kind in nature.kinds], dtype=np.float64)
        self._share_N = held_N / held_N.sum()

    def ask(self, adapter: str, changed: Mapping[str, Condition]) -> Asked:
        """Draw the next question.

        Args:
            adapter: Version that drafts.
            changed: Skills that are not as at first.

        Returns:
            The question.
        """
        kind = self.nature.kinds[int(self._rng.choice(len(self._share_N), p=self._share_N))]
        condition = changed.get(kind.name, kind.usual)
        self._asked += 1
        question = f"What is asked of {kind.name} for the {self._asked}. time?"
        outcome = self._outcome(question, self._asked, condition, adapter)
        near = self._near(kind.name, condition)
        answer = outcome.draft.answer
        right, seems_right = answer == outcome.truth, answer == outcome.label
        return Asked(kind.name, near, outcome.draft, right, seems_right)

    def cases(self, adapter: str, changed: Mapping[str, Condition]) -> list[Case]:
        """Draft all held-out records anew.

        Args:
            adapter: Version that drafts.
            changed: As in `ask`.

        Returns:
            What the router is certified on.
        """
        return [
            self._case(record, adapter, changed.get(kind.name, kind.usual))
            for kind in self.nature.kinds
            for record in self._memory[kind.name]
            if record.split.holdout
        ]

    def _records(self, at: int, kind: Kind) -> list[Record]:
        sizes = {Split.TRAIN: _TRAINED * kind.held}
        texts = [
            text
            for split in Split
            for text in _questions(kind.name, split, sizes.get(split, kind.held))
        ]
        first = 10_000 * (at + 1)
        return [
            Record(text, _right(id_), Status.VERIFIED, kind.name, id=id_)
            for id_, text in enumerate(texts, start=first)
        ]

    def _case(self, record: Record, adapter: str, condition: Condition) -> Case:
        outcome = self._outcome(record.question, record.id, condition, adapter)
        judged = bool(self._rng.random() < self.nature.gold)
        answer = outcome.truth if judged else outcome.label
        status = Status.GOLD if judged else Status.VERIFIED
        held = replace(record, answer=answer, status=status)
        near = (Neighbor(held, 1.0), *self._near(str(record.skill), condition))
        right = outcome.draft.answer == answer
        voted = outcome.label if judged else None
        return Case(held, JudgedDraft(held.id, outcome.draft, right), near, voted)

    def _outcome(self, question: str, n: int, condition: Condition, adapter: str) -> _Outcome:
        misled, mislabelled, wrong, silent = self._rng.random(4) < (
            self.nature.noise / 2,
            self.nature.noise / 2,
            condition.error,
            condition.silent,
        )
        truth, slip, other = _right(n), f"{n}1", f"{n}2"
        label = slip if misled else other if mislabelled else truth
        answer = slip if misled or wrong else truth
        looks_right = bool(misled or silent or not wrong)
        return _Outcome(
            truth, label, self._draft(question, answer, looks_right, condition, adapter)
        )

    def _draft(
        self, question: str, answer: str, looks_right: bool, condition: Condition, adapter: str
    ) -> Draft:
        """Log-odds of right are the world's own, for drafts that are not silent; then distorted."""
        tells = self.nature.tells
        score = self._rng.normal(tells / 2 if looks_right else -tells / 2)
        log_odds = tells * score + math.log((1 - condition.error) / condition.error)
        stated = self.nature.overconfidence * log_odds
        logprob = -math.log1p(math.exp(-stated))
        p = math.exp(logprob)
        return Draft(
            question=question,
            answer=answer,
            text=answer,
            adapter=adapter,
            mean_logprob=logprob,
            min_logprob=logprob * float(self._rng.uniform(1, 3)),
            first_margin=max(0.0, stated + float(self._rng.normal())),
            tokens=3,
            mean_entropy=-p * logprob - (1 - p) * math.log(max(1 - p, 1e-300)),
        )

    def _near(self, skill: str, condition: Condition) -> tuple[Neighbor, ...]:
        own = self._memory[skill]
        picked = [own[i] for i in self._rng.integers(len(own), size=_NEAR - _FROM_ANYWHERE)]
        picked += [self._all[i] for i in self._rng.integers(len(self._all), size=_FROM_ANYWHERE)]
        mean = condition.nearest - self._rng.uniform(0, 0.2)
        cosine_N = np.minimum(mean + self._rng.uniform(-0.1, 0.1, _NEAR), 0.99)
        return tuple(map(Neighbor, picked, cosine_N.tolist()))


def _right(n: int) -> str:
    return f"{n}0"


@lru_cache(maxsize=64)
def _questions(skill: str, split: Split, n: int) -> Sequence[str]:
    """The first n questions of a skill that fall into a split."""
    found: list[str] = []
    at = 0
    while len(found) < n:
        text = f"What does number {at} give in {skill}?"
        at += 1
        if split_of(text) is split:
            found.append(text)
    return tuple(found)
