"""P(the weak model is right | question), by the router and by plain neighbours.

The router is the one that serves: `router.place` measures where a question lies among those whose
outcome is known, `router.calibration` turns that into a probability. As in a certification, a
question of those never sees itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.two_models.questions import Answered
from memory.records import Neighbor, Record, Status, question_key
from models.types import FloatArray
from router import calibration
from router.calibration import Subject
from router.place import PLACE, Evidence, Outcome, Place, others, place

IdArray = NDArray[np.int64]
ScoreArray = NDArray[np.float64]

SUBJECT = Subject(adapter="weak", base="weak", encoder="the benchmark's")
"""Whose answers the router judges here."""

PASSAGE = 200
"""Characters in which questions on one passage are alike; what MMLU says to many is shorter."""

EVERYTHING = "everything"
"""The one skill of questions that are not told apart."""


@dataclass(frozen=True, eq=False)
class Questions:
    """Questions with their embeddings, as the router sees them.

    Attributes:
        answered: The questions.
        embedding_ND: float32 (N, D), unit rows.
        tagged: Whether a question's subject is its skill; else all are of one skill.
    """

    answered: Sequence[Answered]
    embedding_ND: FloatArray
    tagged: bool = False

    @cached_property
    def records(self) -> list[Record]:
        """What memory would hold of them; what the right answer is, RouteLLM does not say."""
        return [
            Record(item.question, None, Status.GOLD, skill=self._skill(item), id=at)
            for at, item in enumerate(self.answered)
        ]

    @cached_property
    def weak_N(self) -> NDArray[np.bool_]:
        """Whether the weak model was right."""
        return np.array([item.weak for item in self.answered])

    @cached_property
    def gain_N(self) -> NDArray[np.float64]:
        """What asking the strong model instead gains: 1, 0, or -1."""
        return np.array([float(item.strong) - item.weak for item in self.answered])

    @cached_property
    def passage_N(self) -> IdArray:
        """Of each question its passage, numbered as they come: most have one to themselves."""
        numbers: dict[str, int] = {}
        return np.array(
            [numbers.setdefault(i.question[:PASSAGE], len(numbers)) for i in self.answered]
        )

    def dealt(self, parts: int, random: np.random.Generator) -> list[IdArray]:
        """Deal the questions into parts of as many passages each; none is torn."""
        part_N = (random.permutation(self.passage_N.max() + 1) % parts)[self.passage_N]
        return [np.flatnonzero(part_N == part) for part in range(parts)]

    def outcome(self, at: int) -> Outcome:
        """How the weak model's answer to one came out."""
        record = self.records[at]
        return Outcome(question_key(record.question), record.skill, bool(self.weak_N[at]))

    def near(self, of: IdArray, among: IdArray, k: int) -> list[list[Neighbor]]:
        """Of each question, the k + 1 nearest: one of them may be the question itself."""
        index = faiss.IndexFlatIP(self.embedding_ND.shape[1])
        index.add(np.ascontiguousarray(self.embedding_ND[among]))
        cosines, found = index.search(
            np.ascontiguousarray(self.embedding_ND[of]), min(k + 1, len(among))
        )
        return [
            [Neighbor(self.records[at], cosine) for at, cosine in zip(ats, row, strict=True)]
            for ats, row in zip(among[found].tolist(), cosines.tolist(), strict=True)
        ]

    def _skill(self, item: Answered) -> str:
        return item.subject if self.tagged and item.subject else EVERYTHING


Score = Callable[[Questions, IdArray, Sequence[IdArray]], list[ScoreArray]]
"""From questions and those whose outcomes are known, scores of the others, group by group."""


@dataclass(frozen=True, slots=True)
class RouterScore:
    """The question-only stage of the router.

    Attributes:
        k: Neighbours that count.
        every: Of what is known, each so-many-th has been judged and is fitted on; the rest are
            neighbours only. 1 is all; memory has 10, for its gate half is a tenth.
    """

    k: int
    every: int = 1

    def __call__(
        self, questions: Questions, known: IdArray, asked: Sequence[IdArray]
    ) -> list[ScoreArray]:
        """Fit on what is judged; P(right) of what is asked."""
        told = known[:: self.every]
        evidence = Evidence(tuple(questions.outcome(int(at)) for at in told))

        def lies(of: IdArray) -> list[Place]:
            near = questions.near(of, known, self.k)
            return [
                place(record.question, found, evidence, skill=record.skill, k=self.k)
                for record, found in zip((questions.records[at] for at in of), near, strict=True)
            ]

        promise = calibration.fit(lies(told), questions.weak_N[told].tolist(), SUBJECT, names=PLACE)
        return [
            np.array([promise.confidence(row, SUBJECT) for row in lies(group)]) for group in asked
        ]


@dataclass(frozen=True, slots=True)
class NeighborScore:
    """The share of the nearest questions that the weak model got right, and no more.

    Attributes:
        k: Neighbours that count.
    """

    k: int

    def __call__(
        self, questions: Questions, known: IdArray, asked: Sequence[IdArray]
    ) -> list[ScoreArray]:
        """Shares of what is asked."""
        return [np.array(self._shares(questions, known, group)) for group in asked]

    def _shares(self, questions: Questions, known: IdArray, of: IdArray) -> list[float]:
        near = questions.near(of, known, self.k)
        return [
            float(
                np.mean(
                    [questions.weak_N[n.record.id] for n in others(record.question, row, self.k)]
                )
            )
            for record, row in zip((questions.records[at] for at in of), near, strict=True)
        ]


def shortness(questions: Questions) -> ScoreArray:
    """Scores by which the longest questions go to the strong model; nothing is learned."""
    return -np.array([len(item.question) for item in questions.answered], dtype=np.float64)


def cross_fit(questions: Questions, score: Score, *, folds: int, seed: int) -> ScoreArray:
    """Score every question from the others' outcomes.

    Args:
        questions: The questions.
        score: How.
        folds: Groups that are scored from all others, >= 2.
        seed: Of the groups; the same seed makes the same ones.

    Returns:
        For each question its place among its group by score, in (0, 1), equals sharing one: scores
        of different fits are not compared.
    """
    every = np.arange(len(questions.answered))
    rank_N = np.zeros(len(every))
    for asked in questions.dealt(folds, np.random.default_rng(seed)):
        (score_N,) = score(questions, np.setdiff1d(every, asked), [asked])
        rank_N[asked] = ranks(score_N)
    return rank_N


def ranks(score_N: ScoreArray) -> ScoreArray:
    """Each score's place among all, in (0, 1); equal scores share the middle of theirs."""
    _, group_N, size_G = np.unique(score_N, return_inverse=True, return_counts=True)
    return np.asarray(((np.cumsum(size_G) - size_G / 2) / len(score_N))[group_N])
