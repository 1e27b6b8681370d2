"""How a policy did on a stream, and how much better than another, with bootstrap intervals."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from benchmarks.routing.policies import Served

DRAWS = 2000
ENDS = (2.5, 97.5)
"""Percentiles between which 95% lie."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What came of a stream.

    Attributes:
        accuracy: Share of the questions answered right.
        wrong_fast_rate: Share of wrong answers among fast ones; nan without any.
        wrong_fast_share: Share of fast wrong answers among all.
        deferrals: Share of the questions that System 2 answered.
        tokens: Generated a question, on average.
        p50_seconds: Median time of an answer.
        p95_seconds: Time that 95% of the answers don't take longer than.
    """

    accuracy: float
    wrong_fast_rate: float
    wrong_fast_share: float
    deferrals: float
    tokens: float
    p50_seconds: float
    p95_seconds: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A policy's score less the reference's.

    Attributes:
        value: On the stream as it is.
        low: Lower end of the 95% interval; nan where hardly a draw has the score.
        high: Upper end.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class _Columns:
    right_N: NDArray[np.bool_]
    fast_N: NDArray[np.bool_]
    tokens_N: NDArray[np.float64]
    seconds_N: NDArray[np.float64]

    def scores(self, at_N: NDArray[np.intp]) -> Scores:
        right_N, fast_N = self.right_N[at_N], self.fast_N[at_N]
        wrong_fast = int(np.sum(fast_N & ~right_N))
        p50, p95 = np.percentile(self.seconds_N[at_N], (50, 95))
        return Scores(
            accuracy=float(np.mean(right_N)),
            wrong_fast_rate=wrong_fast / int(np.sum(fast_N)) if fast_N.any() else float("nan"),
            wrong_fast_share=wrong_fast / len(at_N),
            deferrals=float(np.mean(~fast_N)),
            tokens=float(np.mean(self.tokens_N[at_N])),
            p50_seconds=float(p50),
            p95_seconds=float(p95),
        )


def score(served: Sequence[Served]) -> Scores:
    """Score a policy.

    Args:
        served: What it answered, at least one.

    Returns:
        The scores.
    """
    return _columns(served).scores(np.arange(len(served)))


def differences(
    served: Sequence[Served],
    reference: Sequence[Served],
    units: Sequence[str],
    *,
    seed: int = 0,
    draws: int = DRAWS,
) -> dict[str, Difference]:
    """Hold a policy against a reference, pair by pair.

    Units are drawn anew, with all their questions and both policies' answers to them: questions
    made from one another don't count as independent.

    Args:
        served: What the policy answered.
        reference: What the reference answered to the same questions.
        units: For each question, what it was made from; all different if none was.
        seed: Of the draws.
        draws: How many.

    Returns:
        A difference for each of the scores, by name.
    """
    mine, theirs = _columns(served), _columns(reference)
    names = [field.name for field in fields(Scores)]
    members = _members(units)
    source = np.random.default_rng(seed)

    def less(at_N: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.subtract(astuple(mine.scores(at_N)), astuple(theirs.scores(at_N)))

    drawn = [source.integers(len(members), size=len(members)) for _ in range(draws)]
    found = np.array([less(np.concatenate([members[u] for u in units_G])) for units_G in drawn])
    values = less(np.arange(len(units)))
    return {
        name: Difference(float(value), *_interval(column))
        for name, value, column in zip(names, values, found.T, strict=True)
    }


def _columns(served: Sequence[Served]) -> _Columns:
    return _Columns(
        np.array([each.right for each in served], dtype=np.bool_),
        np.array([each.fast for each in served], dtype=np.bool_),
        np.array([each.tokens for each in served], dtype=np.float64),
        np.array([each.seconds for each in served], dtype=np.float64),
    )


def _members(units: Sequence[str]) -> list[NDArray[np.intp]]:
    """Each unit's places."""
    places: dict[str, list[int]] = {}
    for at, unit in enumerate(units):
        places.setdefault(unit, []).append(at)
    return [np.array(at, dtype=np.intp) for at in places.values()]


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Where 95% of the values lie; draws without the score are left out."""
    known = values[np.isfinite(values)]
    if len(known) < len(values) / 2:
        return float("nan"), float("nan")
    low, high = np.percentile(known, ENDS)
    return float(low), float(high)
