"""Cross-validates calibrators on a world's drafts, and measures what they say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.calibrating.methods import Floats, Fold, Method, folds_of
from benchmarks.calibrating.worlds import World
from memory.records import question_key
from router.features import Features, features
from router.metrics import auroc, brier, expected_calibration_error, risk_coverage_curve
from router.place import Evidence, Outcome

FLOOR = 1e-3
"""For the log loss, no outcome is held less likely than this."""

NO_INTERVAL = frozenset({"ECE"})
"""A draw holds drafts twice, which reads as miscalibration: a bootstrap's ends lie too high."""

_ENDS = (2.5, 97.5)

Metric = Callable[[Floats, NDArray[np.bool_]], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the ends of its 95% interval; nan where it can't be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Compared:
    """How one calibrator did.

    Attributes:
        name: Its name.
        scores: By metric, the mean over repeats.
        beyond: By metric, that less the reference's.
    """

    name: str
    scores: Mapping[str, Estimate]
    beyond: Mapping[str, Estimate]


def log_loss(confidence_N: Floats, right_N: NDArray[np.bool_]) -> float:
    """Mean negative natural logarithm of what was held likely of the outcome."""
    said_N = np.where(right_N, confidence_N, 1 - confidence_N)
    return float(-np.log(np.clip(said_N, FLOOR, 1.0)).mean())


def area_under_risk(confidence_N: Floats, right_N: NDArray[np.bool_]) -> float:
    """Mean risk over all coverages (AURC); equals come in together."""
    curve = risk_coverage_curve(confidence_N, right_N)
    return float((curve.risk_T * np.diff(curve.coverage_T, prepend=0.0)).sum())


METRICS: dict[str, Metric] = {
    "ECE": expected_calibration_error,
    "Brier": brier,
    "log loss": log_loss,
    "AUROC": auroc,
    "AURC": area_under_risk,
}
"""By name. Of AUROC more is better, of the others less."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, and into how many folds.

    Attributes:
        folds: Into which drafts are dealt, >= 2.
        repeats: Times that they are dealt anew, >= 1.
        draws: Bootstrap draws of the drafts, >= 1.
        seed: Of all.
    """

    folds: int = 5
    repeats: int = 10
    draws: int = 1000
    seed: int = 0


def confidences(world: World, methods: Mapping[str, Method], plan: Plan) -> dict[str, Floats]:
    """What each method says of each draft, fitted on other folds; known outcomes are evidence too.

    Args:
        world: The drafts.
        methods: By name.
        plan: Folds and repeats.

    Returns:
        By name, float64 (repeats, N).
    """
    right_N = world.right_N
    said = {name: np.zeros((plan.repeats, len(right_N))) for name in methods}
    for repeat in range(plan.repeats):
        fold_N = folds_of(right_N, plan.folds, plan.seed + repeat)
        for at in range(plan.folds):
            asked_N = fold_N == at
            fold = _fold(world, right_N, asked_N, plan.seed + repeat)
            for name, method in methods.items():
                said[name][repeat, asked_N] = method(fold)
    return said


def _fold(world: World, right_N: NDArray[np.bool_], asked_N: NDArray[np.bool_], seed: int) -> Fold:
    known = [case for case, asked in zip(world.cases, asked_N, strict=True) if not asked]
    evidence = Evidence(
        tuple(
            Outcome(question_key(case.record.question), case.record.skill, bool(case.right))
            for case in known
        )
    )
    rows = [
        features(case.judged.draft, case.neighbors, evidence, skill=case.record.skill, k=world.k)
        for case in world.cases
    ]

    def of(wanted_N: NDArray[np.bool_]) -> list[Features]:
        return [row for row, wanted in zip(rows, wanted_N, strict=True) if wanted]

    return Fold(of(~asked_N), right_N[~asked_N], of(asked_N), seed)


def compare(
    said: Mapping[str, Floats], right_N: NDArray[np.bool_], plan: Plan, *, against: str
) -> list[Compared]:
    """Measure what methods said.

    Each bootstrap draw takes the next repeat, so that intervals hold what dealing into folds adds.
    ECE has none (`NO_INTERVAL`).

    Args:
        said: By name, float64 (repeats, N).
        right_N: Whether each draft is right.
        plan: Draws and their seed.
        against: Name of the reference.

    Returns:
        One comparison a name, in order.
    """
    random = np.random.default_rng(plan.seed)
    picks = [random.integers(len(right_N), size=len(right_N)) for _ in range(plan.draws)]
    whole = {
        name: _measured(list(said_RN), [right_N] * len(said_RN)) for name, said_RN in said.items()
    }
    drawn = {
        name: _measured(
            [said_RN[n % len(said_RN)][pick] for n, pick in enumerate(picks)],
            [right_N[pick] for pick in picks],
        )
        for name, said_RN in said.items()
    }
    return [
        Compared(
            name,
            {m: _estimate(m, whole[name][m].mean(), drawn[name][m]) for m in METRICS},
            {
                m: _estimate(
                    m,
                    whole[name][m].mean() - whole[against][m].mean(),
                    drawn[name][m] - drawn[against][m],
                )
                for m in METRICS
            },
        )
        for name in said
    ]


def _measured(said: Sequence[Floats], right: Sequence[NDArray[np.bool_]]) -> dict[str, Floats]:
    """By metric, one number a pair."""
    return {
        name: np.array([metric(s, r) for s, r in zip(said, right, strict=True)])
        for name, metric in METRICS.items()
    }


def _estimate(metric: str, value: float, drawn_B: Floats) -> Estimate:
    known_B = drawn_B[np.isfinite(drawn_B)]
    if metric in NO_INTERVAL or len(known_B) < len(drawn_B) / 2:
        return Estimate(float(value), float("nan"), float("nan"))
    low, high = np.percentile(known_B, _ENDS)
    return Estimate(float(value), float(low), float(high))
