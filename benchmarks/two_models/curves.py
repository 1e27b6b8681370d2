"""Accuracy against the share of calls that go to the strong model, with bootstrap intervals."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SHARES = np.linspace(0.0, 1.0, 101)
"""Shares of strong calls at which a curve is known."""

READ_AT = (0.2, 0.5, 0.8)
"""Those that tables show."""

_ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the ends of its 95% interval over questions."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What one way to choose makes of a set.

    Attributes:
        name: The way.
        accuracy: Of all answers, at each of `SHARES`.
        recovered: Share of the accuracy between weak and strong that is won, at each of `READ_AT`.
        mean: The same, averaged over all shares of calls; 0.5 for a random choice.
        beyond_random: Mean less that of a random choice.
        beyond: Mean less that of the reference.
    """

    name: str
    accuracy: tuple[float, ...]
    recovered: tuple[Estimate, ...]
    mean: Estimate
    beyond_random: Estimate
    beyond: Estimate

    def accuracy_at(self, share: float) -> float:
        """Accuracy at a share of strong calls, in [0, 1]."""
        return float(np.interp(share, SHARES, self.accuracy))


def curves(
    scores: Mapping[str, Floats],
    gain_N: Floats,
    weak: float,
    *,
    passage_N: NDArray[np.int64],
    against: str,
    draws: int,
    seed: int,
) -> list[Curve]:
    """Hold ways to choose against each other, all on the same draws of passages.

    Args:
        scores: By name, the score of each question; the lowest go to the strong model first.
        gain_N: What the strong model gains on each: 1, 0 or -1.
        weak: Accuracy of the weak model alone.
        passage_N: Of each question its passage, from 0 on: those on one are right or wrong alike.
        against: Name of the reference.
        draws: Bootstrap draws of the passages, each with all its questions, >= 1.
        seed: Of the draws.

    Returns:
        A curve a name, in order.
    """
    once = np.ones(len(gain_N), dtype=np.int64)
    orders = {name: _Order(score_N, gain_N) for name, score_N in scores.items()}
    whole = {name: order.recovered(once) for name, order in orders.items()}
    drawn: dict[str, list[Floats]] = {name: [] for name in orders}
    for times_N in _draws(passage_N, draws, seed):
        for name, order in orders.items():
            drawn[name].append(order.recovered(times_N))
    total = float(gain_N.mean())
    found = []
    for name, recovered_S in whole.items():
        drawn_BS = np.array(drawn[name])
        means_B, others_B = _mean(drawn_BS), _mean(np.array(drawn[against]))
        mean = float(_mean(recovered_S))
        found.append(
            Curve(
                name,
                tuple((weak + total * recovered_S).tolist()),
                tuple(
                    _estimate(_at(recovered_S, share).item(), _at(drawn_BS, share))
                    for share in READ_AT
                ),
                _estimate(mean, means_B),
                _estimate(mean - 0.5, means_B - 0.5),
                _estimate(mean - float(_mean(whole[against])), means_B - others_B),
            )
        )
    return found


class _Order:
    """Questions in the order in which they go to the strong model; equals go in no order."""

    def __init__(self, score_N: Floats, gain_N: Floats) -> None:
        self._order_N = np.argsort(score_N, kind="stable")
        self._gain_N = gain_N[self._order_N]
        self._starts_G = np.flatnonzero(np.diff(score_N[self._order_N], prepend=-np.inf))

    def recovered(self, times_N: NDArray[np.int64]) -> Floats:
        """Share of the gap that is won at each of `SHARES`, each question counted so many times."""
        times = times_N[self._order_N]
        calls_G = np.cumsum(np.add.reduceat(times, self._starts_G))
        gained_G = np.cumsum(np.add.reduceat(times * self._gain_N, self._starts_G))
        shares_G = np.concatenate([[0.0], calls_G / calls_G[-1]])
        won_G = np.concatenate([[0.0], gained_G / gained_G[-1]])
        return np.asarray(np.interp(SHARES, shares_G, won_G))


def _draws(passage_N: NDArray[np.int64], draws: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """How often each question is drawn."""
    random, n = np.random.default_rng(seed), int(passage_N.max()) + 1
    for _ in range(draws):
        yield np.bincount(random.integers(n, size=n), minlength=n)[passage_N]


def _mean(recovered: Floats) -> Floats:
    """Average over all shares of calls, by the trapezoid rule; of the last axis."""
    return np.asarray(np.trapezoid(recovered, SHARES, axis=-1))


def _at(recovered: Floats, share: float) -> Floats:
    return np.asarray(recovered[..., round(share * (len(SHARES) - 1))])


def _estimate(value: float, drawn_B: Floats) -> Estimate:
    low, high = np.percentile(drawn_B, _ENDS)
    return Estimate(value, float(low), float(high))
