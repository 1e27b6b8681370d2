"""Gates by how sure System 1's draft was of its tokens, fitted on questions of their own.

A token's probability p is scaled as sigmoid(logit(p) / T), the token against all others together:
the other tokens' probabilities are not kept. T and the threshold are fitted on held-out questions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import entr, expit, logit

from benchmarks.routing.policies import Outcome, Served, deferred, drafted
from router.metrics import risk_coverage_curve
from router.risk import certify

TINY = 1e-9
LOG_TEMPERATURES = (-3.0, 3.0)

Score = Callable[[Outcome, float], float]
"""From a draft and a temperature to how sure the draft is, in [0, 1]."""


def mean_logprob(item: Outcome, temperature: float) -> float:
    """The geometric mean of the tokens' probabilities."""
    return float(np.exp(np.mean(np.log(_scaled(item, temperature)))))


def token_entropy(item: Outcome, temperature: float) -> float:
    """1 less the mean entropy in bits of each token against all others together."""
    probability_T = _scaled(item, temperature)
    both_T = entr(probability_T) + entr(1 - probability_T)
    return float(1 - np.mean(both_T) / np.log(2))


def whole_entropy(item: Outcome, temperature: float) -> float:
    """By the mean entropy H of the tokens' whole distributions: exp(-H / T).

    Here T makes a probability of H and can't change which draft is surer: the distributions
    themselves are not kept.
    """
    return float(np.exp(-np.mean(item.system1_entropies) / temperature))


@dataclass(frozen=True, slots=True)
class TokenGate:
    """Serves the drafts that are sure enough.

    Attributes:
        score: How sure a draft is.
        temperature: > 0; above 1 makes tokens less sure.
        threshold: Least score that is served; inf serves nothing.
    """

    score: Score
    temperature: float
    threshold: float

    def decide(self, item: Outcome) -> Served:
        """Serve the draft when it is sure enough."""
        sure = confidence(item, self.score, self.temperature)
        serve = drafted if sure >= self.threshold else deferred
        return serve(item, drafts=1)


def fit(
    held_out: Sequence[Outcome], score: Score, max_error: float, delta: float | None = None
) -> TokenGate:
    """Fit a gate.

    Args:
        held_out: Questions that are not in the stream, at least one.
        score: How sure a draft is.
        max_error: Most wrong drafts among those served, as a share.
        delta: Probability with which the true share may be above it: the threshold is certified as
            our own router's is. None takes the lowest at which the held-out share is no higher.

    Returns:
        The gate, at the temperature that makes the held-out outcomes likeliest.
    """
    right_N = np.array([item.system1_right for item in held_out])

    def surprise(log_temperature: float) -> float:
        sure_N = _confidences(held_out, score, float(np.exp(log_temperature)))
        clipped_N = np.clip(np.where(right_N, sure_N, 1 - sure_N), TINY, 1)
        return float(-np.mean(np.log(clipped_N)))

    found = minimize_scalar(surprise, bounds=LOG_TEMPERATURES, method="bounded")
    temperature = float(np.exp(found.x))
    sure_N = _confidences(held_out, score, temperature)
    return TokenGate(score, temperature, _threshold(sure_N, right_N, max_error, delta))


def confidence(item: Outcome, score: Score, temperature: float) -> float:
    """How sure a draft is, in [0, 1]; 0 without an answer or a token.

    Args:
        item: The question.
        score: How that is told from its tokens.
        temperature: Of the tokens, > 0.

    Returns:
        The score.
    """
    if item.system1_answer is None or not item.system1_logprobs:
        return 0.0
    return min(max(score(item, temperature), 0.0), 1.0)


def _scaled(item: Outcome, temperature: float) -> NDArray[np.float64]:
    probability_T = np.clip(np.exp(item.system1_logprobs), TINY, 1 - TINY)
    scaled_T: NDArray[np.float64] = expit(logit(probability_T) / temperature)
    return np.clip(scaled_T, TINY, 1 - TINY)


def _confidences(items: Sequence[Outcome], score: Score, temperature: float) -> NDArray[np.float64]:
    return np.array([confidence(item, score, temperature) for item in items])


def _threshold(
    sure_N: NDArray[np.float64],
    right_N: NDArray[np.bool_],
    max_error: float,
    delta: float | None,
) -> float:
    if delta is not None:
        certificate = certify(sure_N, right_N, max_error, delta)
        return np.inf if certificate is None else certificate.threshold
    curve = risk_coverage_curve(sure_N, right_N)
    passing_T = curve.threshold_T[curve.risk_T <= max_error]
    return float(passing_T[-1]) if len(passing_T) else np.inf
