"""Watches outcomes one by one and says when too many are bad, however often it is asked.

Everything here bets against "at most a share m of them is bad" (Waudby-Smith and Ramdas, arXiv
2010.09686): wealth of which a share c is staked on each outcome x in [0, 1] grows by the factor
1 + c (x / m - 1), which is at most 1 on average while that is true. The mean over several c does
well whatever the true share is.

- `bounds`: an m is refuted once wealth that began at 1 before the first outcome is 1 / alpha or
  more (Ville's inequality); the shares that are not refuted are a confidence sequence.
- `alarm`: wealth begins anew at 1 before every outcome, and all of it is added up: the e-detector
  of Shiryaev and Roberts (Shin, Ramdas and Rinaldo, arXiv 2203.03532), which a long good time does
  not make slower. The sum starts at HORIZON, since a stream may be bad from its beginning. While at
  most the limit is bad, the sum less the number of outcomes never grows on average. So with the
  alarm at 2 HORIZON / delta, a false one comes within the first HORIZON outcomes with probability
  delta at most, and after `run_length(delta)` outcomes or more on average.

All of it needs that the outcomes are a fair sample of what is watched.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

HORIZON = 250
"""Outcomes within which a false alarm has probability delta at most."""

FAR_LIMIT = 0.2
"""Share of a skill's questions that may lie far from memory before its inputs have changed."""

_STAKES_G = np.array([1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 31 / 32])
"""Shares of the wealth that are staked; a bet of 1 would lose everything at once."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Outcomes that can hardly be chance.

    Attributes:
        since: Outcomes before the likeliest beginning.
        at: Outcomes that had been seen when it was raised.
    """

    since: int
    at: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What audits say of System 1's answers.

    Attributes:
        audits: Decided ones.
        wrong: Of these, the wrong ones.
        low: Lower bound of the share that is wrong, whenever it is looked at, in [0, 1].
        high: Upper bound, in [0, 1]; both hold together with probability 1 - delta.
        reason: Why they may not be served any more, in words; None while they may.
    """

    audits: int
    wrong: int
    low: float
    high: float
    reason: str | None


def watch(wrong: Sequence[bool], limit: float, delta: float, noise: float = 0.0) -> Watched:
    """Judge one skill by its audits.

    Args:
        wrong: Whether each audited answer was, in order.
        limit: Largest share of wrong answers, in (0, 1).
        delta: Probability of stopping a skill that keeps to it within HORIZON audits, in (0, 1).
        noise: Largest share of audits that call a right answer wrong; added to the limit, so that
            wrong labels stop no skill. Up to so much more is borne than the limit says.

    Returns:
        The bounds, and whether the skill must stop.
    """
    low, high = bounds(wrong, delta)
    found = alarm(wrong, limit + noise, delta)
    reason = None if found is None else _why_wrong(wrong, found, limit, delta, noise)
    return Watched(len(wrong), sum(wrong), low, high, reason)


def watch_inputs(far: Sequence[bool], delta: float) -> str | None:
    """Say when a skill's questions are no longer like those it was certified on.

    Args:
        far: Whether each question lies further from memory than `far_mark`, in order.
        delta: As in `watch`.

    Returns:
        Why, in words; None while they are alike.
    """
    found = alarm(far, FAR_LIMIT, delta)
    if found is None:
        return None
    return (
        f"inputs: {_count(far, found)} lie further from memory than nearly all of the certified "
        f"questions did, limit {FAR_LIMIT:.1%}; {_chance(delta)}"
    )


def far_mark(similarities: Sequence[float], delta: float) -> float | None:
    """The similarity below which a question of a skill is called far.

    The share of questions to come below the r-th smallest of n has a Beta(r, n + 1 - r)
    distribution; taken is the largest r with which it is above FAR_LIMIT with probability delta at
    most, so that a mark from few questions raises no alarm of its own (Wilks 1941).

    Args:
        similarities: How near to memory each certified question of the skill lies.
        delta: In (0, 1).

    Returns:
        A similarity; None where there are too few to tell.
    """
    from scipy.special import betaincc

    n = len(similarities)
    rank_N = np.arange(1, n + 1)
    safe = int(np.sum(betaincc(rank_N, n + 1 - rank_N, FAR_LIMIT) <= delta))
    return sorted(similarities)[safe - 1] if safe else None


def bounds(outcomes: ArrayLike, delta: float) -> tuple[float, float]:
    """A confidence sequence for the mean of outcomes.

    Args:
        outcomes: Each in [0, 1], of one mean given those before.
        delta: Probability that the mean is ever outside, in (0, 1).

    Returns:
        Lower and upper bound; (0, 1) without outcomes.
    """
    outcome_N = np.asarray(outcomes, dtype=np.float64)
    return _lower(outcome_N, delta / 2), 1.0 - _lower(1.0 - outcome_N, delta / 2)


def alarm(outcomes: ArrayLike, limit: float, delta: float) -> Alarm | None:
    """The first time that outcomes show a mean above a limit, from whenever on.

    Args:
        outcomes: Each in [0, 1].
        limit: In (0, 1).
        delta: Probability of a false alarm within the first HORIZON outcomes, in (0, 1).

    Returns:
        The alarm; None when there is none.
    """
    growth_NG = _growth(np.asarray(outcomes, dtype=np.float64), limit)
    sum_G = np.full(len(_STAKES_G), float(HORIZON))
    for at, growth_G in enumerate(growth_NG, start=1):
        sum_G = (sum_G + 1.0) * growth_G
        if sum_G.mean() >= 2 * HORIZON / delta:
            return Alarm(_beginning(growth_NG[:at]), at)
    return None


def run_length(delta: float) -> float:
    """Least mean number of outcomes at the limit before `alarm` is raised."""
    return HORIZON * (2 / delta - 1)


def _growth(outcome_N: NDArray[np.float64], mean: float) -> NDArray[np.float64]:
    """By outcome and stake, the factor by which wealth grows."""
    growth_NG: NDArray[np.float64] = 1.0 + _STAKES_G * (outcome_N[:, None] / mean - 1.0)
    return growth_NG


def _lower(outcome_N: NDArray[np.float64], alpha: float) -> float:
    """The largest mean that is refuted; wealth falls as the mean rises, and is 1 or less at 1."""
    low, high = 0.0, 1.0
    for _ in range(40):
        mean = (low + high) / 2
        logs_G = np.log(_growth(outcome_N, mean)).sum(axis=0)
        refuted = np.logaddexp.reduce(logs_G) - math.log(len(logs_G)) >= -math.log(alpha)
        low, high = (mean, high) if refuted else (low, mean)
    return low


def _beginning(growth_NG: NDArray[np.float64]) -> int:
    """How many outcomes came before those whose wealth has the largest part in the sum."""
    wealth_N = np.cumprod(growth_NG[::-1], axis=0)[::-1].mean(axis=1)
    wealth_N[0] *= HORIZON + 1
    return int(np.argmax(wealth_N))


def _why_wrong(
    wrong: Sequence[bool], found: Alarm, limit: float, delta: float, noise: float
) -> str:
    seen = np.asarray(wrong[: found.at], dtype=np.float64)
    low = _lower(seen, delta / 2)
    allowed = f"limit {limit:.1%}" + (f" and {noise:.1%} for wrong labels" if noise else "")
    if low > limit + noise:
        return (
            f"audits: {sum(wrong[: found.at])} wrong of {found.at}, at least {low:.1%} wrong with "
            f"probability {100 * (1 - delta / 2):.3g}%, {allowed}"
        )
    return f"audits: {_count(wrong, found)} are wrong, {allowed}; {_chance(delta)}"


def _count(outcomes: Sequence[bool], found: Alarm) -> str:
    """How many were bad since the beginning: "8 of the last 11 (311 in all)"."""
    last = outcomes[found.since : found.at]
    return f"{sum(last)} of the last {len(last)} ({found.at} in all)"


def _chance(delta: float) -> str:
    return f"at the limit, chance gives that once in {run_length(delta):,.0f} or less often"
