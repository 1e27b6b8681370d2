"""What the router's certificate lets the weak model answer, and how often that is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.two_models.scores import SUBJECT, IdArray, Questions, RouterScore, ScoreArray
from router.bounds import Scored, bounds
from router.risk import Labels
from router.settings import RouterSettings

MAX_ERRORS = (0.1, 0.15, 0.2, 0.25, 0.3)


@dataclass(frozen=True, slots=True)
class Selective:
    """What came of one `max_error` over all repeats.

    Attributes:
        max_error: The bound that was asked for.
        repeats: Times that the questions were dealt anew.
        certified: Of which some question could be served.
        coverage: Mean share of questions that the weak model served, of all repeats.
        error: Mean share of wrong answers among those served; nan where nothing ever was.
        over: Share of all repeats in which that was above `max_error`; the certificate allows the
            true share to be so with probability delta.
    """

    max_error: float
    repeats: int
    certified: int
    coverage: float
    error: float
    over: float


def selective(
    questions: Questions, settings: RouterSettings, *, repeats: int, seed: int
) -> list[Selective]:
    """Fit on a third of the questions, certify on a third, serve the third that is left.

    Args:
        questions: The questions.
        settings: Neighbours and delta; `MAX_ERRORS` stand in for `max_error`.
        repeats: Times to deal the thirds, >= 1.
        seed: Of the dealing.

    Returns:
        One result a bound.
    """
    random = np.random.default_rng(seed)
    served: dict[float, list[tuple[float, float]]] = {limit: [] for limit in MAX_ERRORS}
    for _ in range(repeats):
        gate, held, new = questions.dealt(3, random)
        scores = RouterScore(settings.neighbors)(questions, gate, [gate, held, new])
        for limit in MAX_ERRORS:
            update = settings.model_copy(update={"max_error": limit})
            accepted = _accepted(questions, (gate, held, new), scores, update)
            wrong = ~questions.weak_N[new[accepted]]
            served[limit].append((float(accepted.mean()), _mean(wrong)))
    return [_summary(limit, pairs) for limit, pairs in served.items()]


def _accepted(
    questions: Questions,
    thirds: tuple[IdArray, IdArray, IdArray],
    scores: Sequence[ScoreArray],
    settings: RouterSettings,
) -> NDArray[np.bool_]:
    """Which of the last third the weak model may serve."""
    gate, held, new = (
        [_scored(questions, at, score) for at, score in zip(ats, scored, strict=True)]
        for ats, scored in zip(thirds, scores, strict=True)
    )
    found = bounds(SUBJECT.adapter, gate, held, Labels(gold_only=True), settings)
    given = {skill: found.of(skill, settings) for skill in {item.skill for item in new}}
    return np.array(
        [(of := given[item.skill]) is not None and item.confidence >= of.threshold for item in new]
    )


def _scored(questions: Questions, at: int, confidence: float) -> Scored:
    skill = str(questions.records[at].skill)
    return Scored(float(confidence), bool(questions.weak_N[at]), skill, gold=True)


def _summary(limit: float, pairs: Sequence[tuple[float, float]]) -> Selective:
    errors = [error for coverage, error in pairs if coverage > 0]
    return Selective(
        limit,
        repeats=len(pairs),
        certified=len(errors),
        coverage=_mean([coverage for coverage, _ in pairs]),
        error=_mean(errors),
        over=sum(error > limit for error in errors) / len(pairs),
    )


def _mean(values: Sequence[float] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
