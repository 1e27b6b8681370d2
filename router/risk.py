"""The lowest confidence at which System 1 may answer, with a bound on how often it is wrong.

Learn then Test (arXiv 2110.01052; for selective answering 2407.18370). Held-out drafts are ranked
by confidence. For m = m_0 < m_1 < ... the hypothesis "accepting confidences like the top m is
wrong more often than `max_error`" is tested with the exact binomial bound of Clopper and Pearson at
level `delta`, always in that order, until the first that cannot be rejected. Testing in a fixed
order needs no correction for having tested often. The last m that passed gives the threshold.

What the guarantee needs, and what it costs:

- The drafts ranked were neither trained on nor fitted to, and their questions are drawn like those
  to come. Choosing skills or features by them breaks it: skills are judged on the gate half alone.
  So does a log that asks the same in several wordings, where questions to come are new: most of
  those held out are trained on in other words. No likeness of embeddings tells such a copy from
  another question of a template ("Amy flips it, Bob does not", and the other way round).
- The order must not depend on which of these drafts were wrong. The levels are therefore the least
  sizes that can pass with 0, 1, 2, ... errors: they follow from `max_error`, `delta` and the number
  of drafts. (At sizes in between no more errors are allowed, so a test there would mostly end the
  sequence early.) Where to start is free too, as long as other drafts decide it: `best_start`.
- A level takes in all ties of its last draft, since the threshold can't part them.
- It holds for the skills as a whole, and for thresholds above which lower confidence isn't the
  righter one; a violation of the latter costs little, as a test measures.
- Questions that nobody could verify are served as well, and no test knows of them. What is seen of
  them must not contradict the bound; that is all that is claimed there.
- It is of one time, and an adapter is certified again whenever more was held out. At the full
  `delta` a rate just above the limit would pass at some time in a quarter of the runs; so the
  level falls as the drafts grow (`level`). Changed labels are tested at the level of that time.
- Fewer than `least_items` drafts can never pass, whatever they say: the result is None.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import CalibrationError
from router.binomial import clopper_pearson_lower, clopper_pearson_upper

FINE_LEVELS = 20
"""Up to this many errors every level is tested; beyond, levels grow by a tenth."""

PRIOR = 10
"""Judged labels that the assumption of none being wrong counts for."""

LEAST_LIMIT = 1e-6
"""Below it no number of drafts that anybody has shows a rate."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of the answers that one threshold lets through.

    Attributes:
        threshold: Least confidence that is accepted, in [0, 1].
        n_items: Held-out drafts that were ranked.
        n_accepted: Those at or above the threshold.
        n_errors: Wrong ones among the accepted.
        bound: Upper bound of P(wrong | accepted) from those two, at `level`, and from how often
            labels are wrong.
        max_error: The bound that was asked for.
        delta: Probability that the true rate is above max_error nevertheless.
        adapter: Version of the adapter that drafted.
        labels: What the drafts were held against.
        n_unverified: Held-out drafts at or above the threshold of which nobody knows whether they
            are right; they are not among `n_items`.
        n_contradicted: Those of them that nothing bears out: System 2 gave another answer or none,
            or a person refuted it.
        level: Of the test; less than delta where the drafts have grown. None in older certificates.
    """

    threshold: float
    n_items: int
    n_accepted: int
    n_errors: int
    bound: float
    max_error: float
    delta: float
    adapter: str = ""
    labels: "Labels" = field(default_factory=lambda: Labels())
    n_unverified: int = 0
    n_contradicted: int = 0
    level: float | None = None

    def describe(self) -> str:
        """The evidence in one line."""
        said = (
            f"{self.n_errors} wrong of {self.n_accepted} accepted among {self.n_items} held-out "
            f"drafts of {self.adapter or 'this adapter'}: at most {self.max_error:.1%} wrong with "
            f"probability {1 - self.delta:.0%}, {self.labels.describe(self.delta)}"
        )
        if not self.n_unverified:
            return said
        return (
            f"{said}; of {self.n_unverified} more nobody knows, and System 1 is borne out on "
            f"{self.n_unverified - self.n_contradicted}"
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """What held-out drafts are held against, and how often that is wrong.

    A label that is wrong where the draft is right costs an error that is none; one that is wrong
    like the draft hides an error. The second is what a bound must allow for: P(wrong | accepted) is
    at most P(draft differs from label) + P(label is wrong).

    Attributes:
        gold_only: Whether only people's answers count.
        judged: Held-out answers that the votes alone would have verified, that the draft gave too,
            and that a person judged.
        wrong: Of which were wrong.
        gold: Share of the held-out drafts whose label is a person's word, in [0, 1].
    """

    gold_only: bool = False
    judged: int = 0
    wrong: int = 0
    gold: float = 0.0

    @property
    def error(self) -> float:
        """Estimated P(label is wrong like the draft), in [0, 1]; 0 where nobody judged any.

        Pulled towards none as if `PRIOR` more had been found right: who corrects one answer of two
        has not shown that half of all are wrong.
        """
        if self.gold_only:
            return 0.0
        return (1 - self.gold) * self.wrong / (self.judged + PRIOR)

    def describe(self, delta: float) -> str:
        """What the labels are, as the end of a sentence.

        Args:
            delta: Probability that more of them are wrong than is said to be possible, in (0, 1).

        Returns:
            Words, with the largest share of wrong ones by which so few of those judged had been
            wrong with probability delta (Clopper and Pearson's bound): the certificate counts
            fewer, and a few good labels don't show that.
        """
        if self.gold_only or self.gold == 1:
            return "by people's answers alone"
        if not self.judged:
            return "if verified answers are right: people have judged none"
        said = f"people found {self.wrong} of {self.judged} verified answers wrong"
        if self.wrong:
            said = f"{said}, counted as {self.error:.1%} of all"
        possible = (1 - self.gold) * clopper_pearson_upper(self.wrong, self.judged, delta)
        return f"{said}, by which up to {possible:.1%} of all may be"


def level(delta: float, growth: float) -> float:
    """The level of a test of more drafts than an adapter was first certified by.

    delta / (1 + ln growth)^2: more drafts without an error never lose a certificate so. By a
    simulation a rate at the limit ever passes 10% in 9 to 17% of the lives of an adapter, and at a
    level that stays in 27 to 37% (`python -m benchmarks.looking_again`).

    Args:
        delta: Of the first test, in (0, 1).
        growth: Drafts now for each that there was then; less than 1 counts as 1.

    Returns:
        A level in (0, delta].
    """
    return delta / (1 + math.log(max(1.0, growth))) ** 2


def least_items(max_error: float, delta: float, errors: int = 0) -> int:
    """Fewest drafts that certify `max_error` with that many errors among them.

    Args:
        max_error: In (0, 1); less than `LEAST_LIMIT` counts as that.
        delta: In (0, 1).
        errors: Errors among the drafts, >= 0.

    Returns:
        The least n with P(Binomial(n, max_error) <= errors) <= delta.
    """
    low, high, max_error = errors, errors + 1, max(max_error, LEAST_LIMIT)
    while not _certifies(errors, high, max_error, delta):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _certifies(errors, middle, max_error, delta):
            high = middle
        else:
            low = middle
    return high


def certify(
    confidences_N: ArrayLike,
    right_N: ArrayLike,
    max_error: float,
    delta: float,
    *,
    adapter: str = "",
    start: int = 0,
    labels: Labels | None = None,
    unverified: Sequence[tuple[float, bool]] = (),
    growth: float = 1.0,
) -> Certificate | None:
    """Find the lowest threshold whose error is at most `max_error` with probability 1 - delta.

    Args:
        confidences_N: Confidences of held-out drafts, in [0, 1].
        right_N: Whether each was right.
        max_error: Largest rate of errors among accepted drafts, in (0, 1).
        delta: Probability of missing it, in (0, 1).
        adapter: Version that drafted; goes into the certificate.
        start: Index of the level to start at; must not depend on these drafts.
        labels: What the drafts were held against; their error is taken off `max_error`.
        unverified: Confidence of each held-out draft of which nobody knows whether it is right, and
            whether it is contradicted. If all that are were wrong, it must not be shown, with
            probability 1 - delta, that more than `max_error` are.
        growth: Of the drafts since the first certificate; see `level`.

    Returns:
        The certificate, or None when no threshold can be certified.

    Raises:
        CalibrationError: Lengths differ, a confidence isn't a probability, or a rate is out of
            range.
    """
    confidence_N, correct_N = _checked(confidences_N, right_N)
    if not (0 < max_error < 1 and 0 < delta < 1):
        raise CalibrationError(f"max_error {max_error} and delta {delta} must be in (0, 1)")
    labels = labels or Labels()
    limit = max_error - labels.error
    if limit < LEAST_LIMIT:
        return None
    order = np.argsort(-confidence_N, kind="stable")
    sorted_N = confidence_N[order]
    errors_N = np.cumsum(~correct_N[order])
    found = None
    tested = level(delta, growth)
    steps = levels(len(sorted_N), limit, tested)
    for m in steps[min(start, len(steps) - 1) :] if steps else ():
        accepted = int(np.searchsorted(-sorted_N, -sorted_N[m - 1], side="right"))
        errors = int(errors_N[accepted - 1])
        if not _certifies(errors, accepted, limit, tested):
            break
        open_ = [contradicted for sure, contradicted in unverified if sure >= sorted_N[m - 1]]
        seen = clopper_pearson_lower(errors + sum(open_), accepted + len(open_), delta)
        if seen > max_error:
            continue  # this refuses, and certifies nothing: those after it still count
        found = Certificate(
            threshold=float(sorted_N[m - 1]),
            n_items=len(sorted_N),
            n_accepted=accepted,
            n_errors=errors,
            bound=1.0,
            max_error=max_error,
            delta=delta,
            adapter=adapter,
            labels=labels,
            n_unverified=len(open_),
            n_contradicted=sum(open_),
            level=tested,
        )
    if found is None:
        return None
    seen = clopper_pearson_upper(found.n_errors, found.n_accepted, tested)
    return replace(found, bound=min(1.0, seen + labels.error))


def best_start(confidences_G: ArrayLike, n: int, max_error: float, delta: float) -> int:
    """The level to start at, from drafts other than those to be certified.

    Starting small demands that the very top be flawless; starting large, that nearly all be good.
    Taken is the level that is likeliest to pass if the confidences hold true: P(Binomial(m, q) <=
    errors allowed), q the mean of 1 - confidence over the same top share of these drafts.

    Args:
        confidences_G: Confidences of G gate-half drafts.
        n: Number of drafts that will be certified.
        max_error: As in `certify`.
        delta: As in `certify`.

    Returns:
        An index for `certify`'s `start`; 0 without drafts.
    """
    steps = levels(n, max_error, delta)
    wrong_G = 1.0 - np.sort(np.asarray(confidences_G, dtype=np.float64))[::-1]
    if not steps or len(wrong_G) == 0:
        return 0
    mean_G = np.cumsum(wrong_G) / np.arange(1, len(wrong_G) + 1)
    from scipy.special import bdtr

    chances = [
        float(bdtr(_allowed(m, max_error, delta), m, mean_G[_share(m, n, len(wrong_G)) - 1]))
        for m in steps
    ]
    return int(np.argmax(chances))


@lru_cache(maxsize=64)
def levels(n: int, max_error: float, delta: float) -> tuple[int, ...]:
    """How many of n ranked drafts are accepted at each test, in the order of testing.

    Args:
        n: Drafts in all.
        max_error: As in `certify`.
        delta: As in `certify`.

    Returns:
        Rising sizes, the last of them n; empty when n drafts can't certify anything.
    """
    sizes: list[int] = []
    errors = 0
    while (size := least_items(max_error, delta, errors)) <= n:
        sizes.append(size)
        errors += 1 if errors < FINE_LEVELS else max(1, errors // 10)
    if sizes and sizes[-1] != n:
        sizes.append(n)
    return tuple(sizes)


def _certifies(errors: int, n: int, max_error: float, delta: float) -> bool:
    """Whether the Clopper-Pearson bound is at most max_error, by its defining inequality."""
    from scipy.special import bdtr

    return errors < n and bool(bdtr(errors, n, max_error) <= delta)


@lru_cache(maxsize=4096)
def _allowed(n: int, max_error: float, delta: float) -> int:
    """Most errors with which n drafts pass; n must be a level."""
    from scipy.special import bdtr

    cdf = bdtr(np.arange(math.ceil(n * max_error) + 1), n, max_error)
    return int(np.sum(cdf <= delta)) - 1


def _share(m: int, n: int, size: int) -> int:
    """How many of `size` drafts are the same share as m of n; at least 1."""
    return min(max(round(m * size / n), 1), size)


def _checked(
    confidences_N: ArrayLike, right_N: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidences and outcomes as arrays (N,), refused where they make no sense."""
    confidence_N = np.asarray(confidences_N, dtype=np.float64).reshape(-1)
    correct_N = np.asarray(right_N, dtype=np.bool_).reshape(-1)
    if len(confidence_N) != len(correct_N):
        raise CalibrationError(
            f"{len(confidence_N)} confidences came with {len(correct_N)} outcomes"
        )
    if not np.all((confidence_N >= 0) & (confidence_N <= 1)):
        raise CalibrationError("a confidence is not in [0, 1]: leave such drafts out")
    return confidence_N, correct_N
