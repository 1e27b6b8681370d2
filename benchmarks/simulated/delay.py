"""How many audits the alarm needs, and so how many answers a share of audits allows."""

import math
from functools import lru_cache

import numpy as np

from router.monitor import FAR_LIMIT, alarm
from router.settings import RouterSettings

QUANTILES = (0.5, 0.95, 0.99)
"""Of the delays; the last is what is allowed."""

_LONGEST = 4_000


@lru_cache(maxsize=64)
def delays(
    limit: float, delta: float, usual: float, then: float, good: int = 60, streams: int = 300
) -> tuple[float, ...]:
    """Outcomes from a change to the alarm, on streams that chance alone makes.

    Args:
        limit: The alarm's.
        delta: Likewise.
        usual: Share of bad outcomes before the change.
        then: Share of them after it.
        good: Outcomes before it.
        streams: How many.

    Returns:
        A number for each of `QUANTILES`; infinite where that many streams raise no alarm.
    """
    found = []
    for seed in range(streams):
        source = np.random.default_rng(seed)
        bad_N = np.concatenate([source.random(good) < usual, source.random(_LONGEST) < then])
        raised = alarm(bad_N, limit, delta)
        found.append(max(0, raised.at - good) if raised else math.inf)
    return tuple(float(np.quantile(found, at, method="higher")) for at in QUANTILES)


def audits_needed(error: float, noise: float, settings: RouterSettings) -> tuple[float, ...]:
    """Audits from a jump of a skill's errors to its suspension.

    Args:
        error: Share of wrong answers after it.
        noise: Share of labels that are wrong; half of them call a right answer wrong.
        settings: Limits.

    Returns:
        As `delays`.
    """
    limit = settings.max_error + settings.audit_noise
    seen = error + (1 - error) * noise / 2
    return delays(limit, settings.delta, noise, seen)


def answers_allowed(audits: float, audit_rate: float) -> float:
    """Answers among which there are so many audits on average; infinite without any."""
    return math.ceil(audits / audit_rate) if audit_rate and math.isfinite(audits) else math.inf


def questions_allowed(far: float, settings: RouterSettings) -> float:
    """Questions from a move of the inputs to the suspension.

    Args:
        far: Share of questions that are far from memory after it.
        settings: Limits.

    Returns:
        Those that the alarm needs, and those until an audit looks at it, each in 99% of cases;
        infinite without audits.
    """
    needed = delays(FAR_LIMIT, settings.delta, FAR_LIMIT / 2, far)[-1]
    rate = settings.audit_rate
    if rate in (0, 1):
        return needed + rate if rate else math.inf
    return needed + math.ceil(math.log(1 - QUANTILES[-1]) / math.log(1 - rate))
