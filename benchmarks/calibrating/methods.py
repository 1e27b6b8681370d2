"""From drafts whose outcome is known to probabilities of others: the router's way, and others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from router import calibration
from router.calibration import Subject
from router.features import FEATURES, Features
from router.place import PLACE

Floats = NDArray[np.float64]

ROUTER = "router (bounded logistic)"
INNER = 5
"""Folds within which scores for isotonic regression are made."""

_SUBJECT = Subject("any", "any", "any")


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """What is known, and what is asked.

    Attributes:
        known: Features of the drafts whose outcome is known.
        right_N: Whether each of them is right.
        asked: Features of the others, measured against the known outcomes.
        seed: For a method that must draw.
    """

    known: Sequence[Features]
    right_N: NDArray[np.bool_]
    asked: Sequence[Features]
    seed: int


Method = Callable[[Fold], Floats]
"""P(right) of what is asked."""


def router(fold: Fold) -> Floats:
    """The calibrator that serves."""
    fitted = calibration.fit(fold.known, fold.right_N.tolist(), _SUBJECT)
    return np.array([fitted.confidence(row, _SUBJECT) for row in fold.asked])


def rate(fold: Fold) -> Floats:
    """The share of right drafts, whatever the draft."""
    return np.full(len(fold.asked), (fold.right_N.sum() + 1) / (len(fold.right_N) + 2))


def isotonic(fold: Fold) -> Floats:
    """Isotonic regression on the router's score, that of each known draft from a fit without it."""
    fitted = _isotonic(_held_out_scores(fold), fold.right_N.astype(float))
    return np.asarray(fitted.predict(router(fold)), dtype=np.float64)


def venn_abers(fold: Fold) -> Floats:
    """Venn-Abers (Vovk and Petej 2014) on the same scores.

    Isotonic regression is fitted with the asked draft among the known, once as wrong (p0) and once
    as right (p1); the probability is p1 / (1 - p0 + p1).
    """
    score_N, right_N = _held_out_scores(fold), fold.right_N.astype(float)
    found = []
    for score in router(fold):
        p0, p1 = (
            float(_isotonic(np.append(score_N, score), np.append(right_N, as_)).predict([score])[0])
            for as_ in (0.0, 1.0)
        )
        found.append(p1 / (1 - p0 + p1))
    return np.array(found)


def neighbors(fold: Fold) -> Floats:
    """The smoothed share of right drafts among the neighbours, and no more."""
    return np.array([row.near_right for row in fold.asked])


def likelihood(fold: Fold) -> Floats:
    """The draft's own probability a token, not calibrated."""
    return np.exp([row.mean_logprob for row in fold.asked])


def only(*names: str) -> Method:
    """The router's calibrator with these features alone; of one, that is Platt scaling."""
    return without(*(name for name in FEATURES if name not in names))


def without(*names: str) -> Method:
    """The router's calibrator without these features."""
    blank = dict.fromkeys(names, 0.0)  # what never varies has weight 0

    def blanked(rows: Sequence[Features]) -> list[Features]:
        return [replace(row, **blank) for row in rows]

    return lambda fold: router(replace(fold, known=blanked(fold.known), asked=blanked(fold.asked)))


METHODS: dict[str, Method] = {
    ROUTER: router,
    "isotonic on it": isotonic,
    "Venn-Abers on it": venn_abers,
    "kNN share": neighbors,
    "Platt on mean_logprob": only("mean_logprob"),
    "mean_logprob as it is": likelihood,
    "rate alone": rate,
}
"""What is compared, by name."""


GROUPS: dict[str, tuple[str, ...]] = {
    "nearness": ("top_similarity", "mean_similarity", "skill_share"),
    "answers nearby": ("answer_agreement", "kind_agreement"),
    "outcomes nearby": ("near_right", "near_judged"),
    "what differs": ("other_numbers", "other_names", "other_negations"),
    "place": PLACE,
    "likelihood": ("mean_logprob", "min_logprob", "first_margin", "mean_entropy"),
    "form": ("tokens", "complete"),
    "draft": tuple(name for name in FEATURES if name not in PLACE),
}
"""Features that say alike things, by what they say."""


def folds_of(right_N: NDArray[np.bool_], folds: int, seed: int) -> NDArray[np.int64]:
    """Deal drafts into folds, right and wrong ones evenly.

    Args:
        right_N: Whether each is right.
        folds: How many, >= 2.
        seed: Of the dealing.

    Returns:
        For each draft its fold, in [0, folds).
    """
    random = np.random.default_rng(seed)
    order_N = random.permutation(len(right_N))
    order_N = order_N[np.argsort(right_N[order_N], kind="stable")]
    fold_N = np.empty(len(right_N), dtype=np.int64)
    fold_N[order_N] = np.arange(len(right_N)) % folds
    return fold_N


def _held_out_scores(fold: Fold) -> Floats:
    """For each known draft, the score of a router that was fitted without it."""
    fold_N = folds_of(fold.right_N, INNER, fold.seed)
    score_N = np.zeros(len(fold_N))
    for inner in range(INNER):
        rest_N, own_N = np.flatnonzero(fold_N != inner), np.flatnonzero(fold_N == inner)
        known = [fold.known[at] for at in rest_N.tolist()]
        asked = [fold.known[at] for at in own_N.tolist()]
        score_N[own_N] = router(Fold(known, fold.right_N[rest_N], asked, fold.seed))
    return score_N


def _isotonic(score_N: Floats, right_N: Floats) -> IsotonicRegression:
    return IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(score_N, right_N)
