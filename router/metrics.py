"""How good a router is: deferrals, risk among accepted, calibration, ranking. numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import CalibrationError


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Risk at every coverage that a threshold can reach, from the highest threshold down.

    Attributes:
        threshold_T: Distinct confidences, float64 (T,), falling.
        coverage_T: Share of items at or above each, rising to 1.
        risk_T: Share of wrong ones among those.
    """

    threshold_T: NDArray[np.float64]
    coverage_T: NDArray[np.float64]
    risk_T: NDArray[np.float64]


def deferral_rate(accepted_N: ArrayLike) -> float:
    """Share of questions left to System 2; nan without questions."""
    accepted = np.asarray(accepted_N, dtype=bool)
    return float(np.mean(~accepted)) if accepted.size else float("nan")


def selective_risk(accepted_N: ArrayLike, right_N: ArrayLike) -> float:
    """Share of wrong answers among accepted ones; nan when none was accepted."""
    accepted, right = np.asarray(accepted_N, dtype=bool), np.asarray(right_N, dtype=bool)
    _same_length(accepted, right)
    return float(np.mean(~right[accepted])) if accepted.any() else float("nan")


def risk_coverage_curve(confidence_N: ArrayLike, right_N: ArrayLike) -> RiskCoverage:
    """Risk against coverage (El-Yaniv and Wiener 2010), one point a distinct confidence.

    Args:
        confidence_N: Confidences, (N,).
        right_N: Whether each answer was right, (N,).

    Returns:
        The curve; of length 0 without items.
    """
    confidence, right = _pair(confidence_N, right_N)
    order = np.argsort(-confidence, kind="stable")
    ranked = confidence[order]
    last = np.flatnonzero(np.diff(ranked, append=-np.inf))
    count = last + 1.0
    wrong = np.cumsum(~right[order])
    return RiskCoverage(ranked[last], count / max(len(ranked), 1), wrong[last] / count)


def expected_calibration_error(
    confidence_N: ArrayLike, right_N: ArrayLike, *, bins: int = 10
) -> float:
    """ECE = sum_b n_b / N |mean right - mean confidence| over equal-width bins (1706.04599).

    Args:
        confidence_N: Confidences in [0, 1], (N,).
        right_N: Whether each answer was right, (N,).
        bins: Number of bins, >= 1; the last one includes 1.

    Returns:
        A value in [0, 1]; nan without items.
    """
    confidence, right = _pair(confidence_N, right_N)
    if confidence.size == 0:
        return float("nan")
    bin_N = np.minimum((confidence * bins).astype(int), bins - 1)
    gap_B = np.bincount(bin_N, weights=right - confidence, minlength=bins)
    return float(np.abs(gap_B).sum() / confidence.size)


def brier(confidence_N: ArrayLike, right_N: ArrayLike) -> float:
    """Mean squared difference of confidence and outcome (Brier 1950); nan without items."""
    confidence, right = _pair(confidence_N, right_N)
    return float(np.mean((confidence - right) ** 2)) if confidence.size else float("nan")


def auroc(confidence_N: ArrayLike, right_N: ArrayLike) -> float:
    """P(a right answer is the more confident one), ties half (Mann and Whitney 1947).

    Args:
        confidence_N: Confidences, (N,).
        right_N: Whether each answer was right, (N,).

    Returns:
        A value in [0, 1]; nan unless there are both right and wrong answers.
    """
    confidence, right = _pair(confidence_N, right_N)
    n_right = int(right.sum())
    n_wrong = right.size - n_right
    if n_right == 0 or n_wrong == 0:
        return float("nan")
    _, group_N, size_G = np.unique(confidence, return_inverse=True, return_counts=True)
    rank_G = np.cumsum(size_G) - (size_G - 1) / 2
    rank_sum = rank_G[group_N][right].sum()
    return float((rank_sum - n_right * (n_right + 1) / 2) / (n_right * n_wrong))


def _pair(
    confidence_N: ArrayLike, right_N: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    confidence = np.asarray(confidence_N, dtype=np.float64)
    right = np.asarray(right_N, dtype=np.bool_)
    _same_length(confidence, right)
    return confidence, right


def _same_length(one: NDArray[np.generic], other: NDArray[np.generic]) -> None:
    if one.shape != other.shape:
        raise CalibrationError(f"shapes {one.shape} and {other.shape} do not go together")
