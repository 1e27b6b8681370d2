"""P(a draft is right), fitted on one adapter's drafts of the gate half.

L2-regularised logistic regression on standardised features, with the signs that cannot sensibly
be otherwise held by bounds: a likelier draft, or one among nearer and righter neighbours, is never
the less trusted. The bounds also undo what leaving a record out of its own skill's rate does: that
rate is lower for right drafts than for wrong ones, and an unbounded fit would learn it.

Applying a calibrator takes plain arithmetic; only fitting imports scipy.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from models.errors import CalibrationError
from router import files
from router.features import FEATURES
from router.place import PLACE

logger = logging.getLogger(__name__)

MIN_ITEMS = 20
"""Fewer drafts than this fit nothing but their rate; see `ASSUMED`."""

SPAN = 4.0
"""Standard deviations beyond which a feature counts no further."""

RISING = frozenset(
    {
        "top_similarity",
        "mean_similarity",
        "skill_share",
        "kind_agreement",
        "near_right",
        "mean_logprob",
        "min_logprob",
        "first_margin",
        "complete",
    }
)
"""Features whose weight is held at 0 or above."""

FALLING = frozenset(
    {"other_numbers", "other_names", "other_negations", "log_words", "mean_entropy"}
)
"""Features whose weight is held at 0 or below."""

ASSUMED = ("mean_logprob", "min_logprob", "first_margin")
"""Features that count where drafts can't tell which do: the likelier draft comes first. Without an
order, one wrong draft among those that certify would take the certificate from all
(docs/decisions/0011)."""


_LEAST_SPREAD = 1e-3
"""Standard deviation, in standard deviations, under which a feature is constant."""


class Row(Protocol):
    """A place, or a place with a draft."""

    def values(self) -> tuple[float, ...]:
        """Numbers in the order of their names, `PLACE` or `FEATURES`."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a calibrator is fitted for, and refuses all else.

    Attributes:
        adapter: Version of the adapter that drafts; "base" without one.
        base: Fingerprint of the base model's weights.
        encoder: Name of the encoder that finds neighbours.
    """

    adapter: str
    base: str
    encoder: str

    def require(self, other: "Subject") -> None:
        """Refuse another subject.

        Args:
            other: What is asked about.

        Raises:
            CalibrationError: It differs.
        """
        for name in ("adapter", "base", "encoder"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise CalibrationError(
                    f"the calibrator is for {name} {mine!r}, not {theirs!r}: "
                    "run `secondnature distill` to certify what is active now"
                )


@dataclass(frozen=True, slots=True)
class Calibrator:
    """P(right) = 1 / (1 + exp(-(intercept + sum_f weight_f * z_f))).

    z_f is (value - mean) / scale, clipped to `SPAN` either way.

    Attributes:
        subject: Whose drafts it was fitted on.
        names: Features in order.
        means: (F,).
        scales: (F,), > 0.
        weights: (F,), per standard deviation; 0 but for `ASSUMED` when only the rate could be
            fitted.
        intercept: Log-odds at the means.
        n: Drafts it was fitted on.
        n_right: Those that were right.
    """

    subject: Subject
    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    n: int
    n_right: int

    def __post_init__(self) -> None:
        sizes = {len(self.names), len(self.means), len(self.scales), len(self.weights)}
        if self.names not in (PLACE, FEATURES) or len(sizes) > 1:
            raise CalibrationError(
                f"the calibrator knows the features {', '.join(self.names)}, "
                f"not {', '.join(FEATURES)}: {files.REMEDY}"
            )
        numbers = (*self.means, *self.scales, *self.weights, self.intercept)
        if not all(map(math.isfinite, numbers)) or min(self.scales) <= 0:
            raise CalibrationError(f"the calibrator holds impossible numbers: {files.REMEDY}")

    def confidence(self, row: Row, subject: Subject) -> float:
        """P(the draft is right), in [0, 1].

        Args:
            row: Numbers of the kind it was fitted on.
            subject: Who drafted it, and how its neighbours were found.

        Returns:
            A probability.

        Raises:
            CalibrationError: The subject is another's, or a feature isn't finite.
        """
        self.subject.require(subject)
        logit = self.intercept
        columns = zip(self.names, row.values(), self.means, self.scales, self.weights, strict=True)
        for name, value, mean, scale, weight in columns:
            if not math.isfinite(value):
                raise CalibrationError(f"the draft's {name} is {value}, not a finite number")
            logit += weight * min(max((value - mean) / scale, -SPAN), SPAN)
        return _sigmoid(logit)

    def save(self, path: Path) -> None:
        """Write it as JSON, atomically.

        Args:
            path: Where to.
        """
        files.write(path, self)

    @classmethod
    def load(cls, path: Path) -> "Calibrator":
        """Read one back, every float the same.

        Args:
            path: A file that `save` wrote.

        Returns:
            The calibrator.

        Raises:
            CalibrationError: The file is damaged or of another format.
        """
        return files.read(path, TypeAdapter(cls))


def fit(
    rows: Sequence[Row],
    right: Sequence[bool],
    subject: Subject,
    *,
    names: tuple[str, ...] = FEATURES,
    l2: float = 1.0,
) -> Calibrator:
    """Fit a calibrator.

    Minimises sum_n log(1 + exp(-y_n s_n)) + l2 / 2 |w|^2 (y = +-1, s the log-odds), the weights of
    `RISING` >= 0, those of `FALLING` <= 0. With one class only, or under `MIN_ITEMS` drafts, the
    confidence is Laplace's (right + 1) / (n + 2) at the means, and those of `ASSUMED` have weights
    so small that it stays above 0.5 where that rate is. A feature that never varies has weight 0.

    Args:
        rows: Numbers of N drafts.
        right: Which of them were right.
        subject: Who drafted them.
        names: What the numbers are: `FEATURES`, or `PLACE` for what is seen before a draft.
        l2: Strength of the penalty, >= 0.

    Returns:
        The calibrator.

    Raises:
        CalibrationError: Lengths differ, or a feature isn't finite.
    """
    if len(rows) != len(right):
        raise CalibrationError(f"{len(rows)} drafts came with {len(right)} outcomes")
    features_NF = _matrix(rows, names)
    right_N = np.asarray(right, dtype=bool)
    n, n_right = len(rows), int(right_N.sum())
    means_F, scales_F = _moments(features_NF)
    z_NF = np.clip((features_NF - means_F) / scales_F, -SPAN, SPAN)
    varies_F = z_NF.std(axis=0) > _LEAST_SPREAD if n else np.zeros(len(names), dtype=bool)
    intercept = math.log((n_right + 1) / (n - n_right + 1))
    least = max(0.0, intercept) / (SPAN * (len(ASSUMED) + 1))
    weights_F = np.array([least * (name in ASSUMED) for name in names]) * varies_F
    if n >= MIN_ITEMS and 0 < n_right < n:
        intercept, weights_F = _solve(z_NF, right_N, names, varies_F, intercept, l2)
    return Calibrator(
        subject=subject,
        names=names,
        means=tuple(means_F.tolist()),
        scales=tuple(scales_F.tolist()),
        weights=tuple(weights_F.tolist()),
        intercept=intercept,
        n=n,
        n_right=n_right,
    )


def _matrix(rows: Sequence[Row], names: tuple[str, ...]) -> NDArray[np.float64]:
    """Stack features to float64 (N, F), refusing what isn't finite."""
    features_NF = np.array([row.values() for row in rows], dtype=np.float64)
    features_NF = features_NF.reshape(len(rows), len(names))
    bad_F = ~np.isfinite(features_NF).all(axis=0)
    if bad_F.any():
        name = names[int(np.argmax(bad_F))]
        raise CalibrationError(f"the {name} of a draft is not finite: leave such drafts out")
    return features_NF


def _moments(features_NF: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and standard deviations (F,); the deviation of a constant counts as 1."""
    if len(features_NF) == 0:
        return np.zeros(features_NF.shape[1]), np.ones(features_NF.shape[1])
    means_F, scales_F = features_NF.mean(axis=0), features_NF.std(axis=0)
    constant_F = scales_F <= 1e-9 * np.maximum(1.0, np.abs(means_F))
    return means_F, np.where(constant_F, 1.0, scales_F)


def _solve(
    z_NF: NDArray[np.float64],
    right_N: NDArray[np.bool_],
    names: tuple[str, ...],
    varies_F: NDArray[np.bool_],
    start: float,
    l2: float,
) -> tuple[float, NDArray[np.float64]]:
    """Intercept and weights (F,) of the bounded fit, by L-BFGS-B."""
    from scipy.optimize import minimize

    sign_N = np.where(right_N, 1.0, -1.0)

    def loss(theta: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin_N = sign_N * (theta[0] + z_NF @ theta[1:])
        pull_N = -sign_N * np.exp(-np.logaddexp(0.0, margin_N))
        value = np.logaddexp(0.0, -margin_N).sum() + 0.5 * l2 * theta[1:] @ theta[1:]
        return float(value), np.concatenate([[pull_N.sum()], z_NF.T @ pull_N + l2 * theta[1:]])

    bounds = [(None, None)] + [
        (
            0.0 if name in RISING or not varies else None,
            0.0 if name in FALLING or not varies else None,
        )
        for name, varies in zip(names, varies_F, strict=True)
    ]
    first = np.concatenate([[start], np.zeros(z_NF.shape[1])])
    found = minimize(
        loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14}
    )
    theta = np.asarray(found.x, dtype=np.float64)
    logger.debug("calibrator fitted in %d steps: %s", found.nit, found.message)
    return float(theta[0]), theta[1:]


def _sigmoid(logit: float) -> float:
    """Logistic function, without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)
