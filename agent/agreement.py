"""What the answers of unlike methods say about a skill for which there are no labels.

`agreement` tests whether two methods agree more often than their habits alone would make them.
`dawid_skene` estimates how often each method is right, and how sure each answer is, from who agrees
with whom (Dawid and Skene 1979, Applied Statistics 28(1), 20-28).

Both take methods to err independently. A slip that two methods share looks like the right answer to
either, in any amount of data: only gold can tell.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_CLOSED_LABELS = 8
"""More labels than this are never taken for a closed set."""

MIN_ITEMS_A_LABEL = 3.0
"""Items in which a label of a closed set turns up, on average; an open answer is one item's own."""

MIN_COINCIDENCE, MAX_COINCIDENCE = 0.1, 0.5
"""Bounds of the probability that two wrong open answers to one question are the same."""

RIGHT, WRONG = 2.0, 1.0
"""Beta prior of an accuracy: answers that each method is taken to have given already."""

HABIT = 4.0
"""Dirichlet prior of a confusion matrix: answers in each row; see `_confusion_prior`."""

HUNCH = 0.25
"""What each label of a closed set starts with, where a vote of a method that gives two labels
equally often counts 0.5."""

DOUBT = 1e-3
"""Share of a question's probability that is always left for an answer that nobody gave."""

MAX_ROUNDS = 200
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two methods agree.

    Attributes:
        n: Questions that both answered.
        observed: Share of equal answers; 0 without any.
        expected: Share to be expected if each kept its habits and chose blindly.
        kappa: Cohen's (observed - expected) / (1 - expected), at most 1; 0 if either always says
            the same, since that shows nothing however often they agree.
        p_value: Probability of at least so many equal answers by chance; 1 where kappa is 0 so.
    """

    n: int
    observed: float
    expected: float
    kappa: float
    p_value: float


def agreement(first: Sequence[str], second: Sequence[str]) -> Agreement:
    """Compare two methods' answers to the same questions.

    The chance of one equal answer is that of the two marginals, the tail is the exact binomial's.

    Args:
        first: Answer keys of one method.
        second: Those of another, in the same order; as many.

    Returns:
        Their agreement.
    """
    n = len(first)
    equal = sum(a == b for a, b in zip(first, second, strict=True))
    counts, others = Counter(first), Counter(second)
    pairs = sum(count * others[label] for label, count in counts.items())
    if n == 0:
        return Agreement(0, 0.0, 0.0, 0.0, 1.0)
    if len(counts) == 1 or len(others) == 1:
        return Agreement(n, equal / n, pairs / n**2, 0.0, 1.0)
    expected = pairs / n**2
    p_value = float(betainc(equal, n - equal + 1, expected)) if equal else 1.0
    return Agreement(n, equal / n, expected, (equal * n - pairs) / (n * n - pairs), p_value)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a Dawid-Skene model makes of a skill's answers.

    Attributes:
        accuracy: Per method, the posterior mean of its share of right answers on these items.
        posterior: Per item, P(right) of each answer key that is known for it. In (0, 1), with a
            sum below 1, since all may be wrong; on gold items 1 for the gold and 0 for the rest.
    """

    accuracy: dict[str, float]
    posterior: list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class _Votes:
    """All answers, one row each.

    Attributes:
        items: (V,) which item.
        methods: (V,) which method.
        labels: (V,) which label.
        n_items: N.
        method_names: In alphabetical order.
        label_names: In alphabetical order; those of gold too.
        gold: Label of each item that has one.
    """

    items: Ints
    methods: Ints
    labels: Ints
    n_items: int
    method_names: list[str]
    label_names: list[str]
    gold: dict[int, int]


def dawid_skene(
    items: Sequence[Mapping[str, str]], gold: Mapping[int, str] | None = None
) -> Estimate:
    """Estimate what nobody labelled, by expectation maximisation.

    A closed set of labels (yes and no, A to D) gets a confusion matrix a method, so that one which
    always says "no" tells nothing, and the share of each label among the right answers. Other
    answers get one accuracy a method; the wrong answers coincide with a probability that comes from
    how often answers to different items do.

    It takes three methods to tell who is right. Of two, only how often they agree is known: gold
    aside, both get about the same accuracy, too low for the better one, and where they disagree
    neither is trusted. A method alone keeps about what the priors gave it, and answers that never
    vary stay at what gold says of that label, 1/2 without any.

    Args:
        items: Answer keys by method; a method may be missing.
        gold: The right answer key of some items, by position.

    Returns:
        Accuracies and posteriors.
    """
    votes = _votes(items, gold or {})
    return _closed_estimate(votes) if _closed(votes) else _open_estimate(votes)


def _votes(items: Sequence[Mapping[str, str]], gold: Mapping[int, str]) -> _Votes:
    rows = [(i, method, label) for i, item in enumerate(items) for method, label in item.items()]
    methods = sorted({method for _, method, _ in rows})
    labels = sorted({label for _, _, label in rows} | set(gold.values()))
    method_ids = {name: number for number, name in enumerate(methods)}
    label_ids = {name: number for number, name in enumerate(labels)}
    return _Votes(
        np.array([i for i, _, _ in rows], dtype=np.int64),
        np.array([method_ids[method] for _, method, _ in rows], dtype=np.int64),
        np.array([label_ids[label] for _, _, label in rows], dtype=np.int64),
        len(items),
        methods,
        labels,
        {i: label_ids[label] for i, label in gold.items()},
    )


def _closed(votes: _Votes) -> bool:
    """Whether few labels come up in many items."""
    labels = len(votes.label_names)
    if not 0 < labels <= MAX_CLOSED_LABELS:
        return False
    seen = np.unique(votes.items * labels + votes.labels).size
    return bool(seen >= MIN_ITEMS_A_LABEL * labels)


def _rates(votes: _Votes, right: Floats) -> Floats:
    """Posterior mean of each method's accuracy, (M,), given P(right) of each answer."""
    methods = len(votes.method_names)
    given = np.bincount(votes.methods, minlength=methods)
    return (np.bincount(votes.methods, right, methods) + RIGHT) / (given + RIGHT + WRONG)


def _accuracy(votes: _Votes, right: Floats) -> dict[str, float]:
    return dict(zip(votes.method_names, _rates(votes, right).tolist(), strict=True))


def _clamp(belief: Floats, gold: Mapping[int, int]) -> Floats:
    """Make gold certain, in place."""
    for item, label in gold.items():
        belief[item] = 0.0
        belief[item, label] = 1.0
    return belief


def _closed_estimate(votes: _Votes) -> Estimate:
    """Confusion matrices: rows are the right label, columns a method's answer."""
    names = votes.label_names
    labels = max(len(names), 2)  # where one label is all that came up, there is another
    given = np.zeros((votes.n_items, len(votes.method_names), labels))
    given[votes.items, votes.methods, votes.labels] = 1.0
    shares = given.sum(0) / given.sum((0, 2))[:, None]
    varied = 1.0 - (shares**2).sum(1)
    prior = _confusion_prior(given.sum(0), varied)
    hunch = varied @ given + HUNCH
    belief = _clamp(hunch / hunch.sum(1, keepdims=True), votes.gold)
    flat = given.reshape(votes.n_items, -1)
    for _ in range(MAX_ROUNDS):
        counts = (belief.T @ flat).reshape(prior.shape) + prior
        confusion = counts / counts.sum(-1, keepdims=True)
        classes = (belief.sum(0) + 1.0) / (votes.n_items + labels)
        score = np.log(classes) + flat @ np.log(confusion).reshape(labels, -1).T
        before, belief = belief, _clamp(_softmax(score), votes.gold)
        if np.abs(belief - before).max(initial=0.0) < TOLERANCE:
            break
    shown = _clamp(belief * (1.0 - 2 * DOUBT) + DOUBT / labels, votes.gold)
    posterior = [dict(zip(names, row, strict=False)) for row in shown.tolist()]
    return Estimate(_accuracy(votes, shown[votes.items, votes.labels]), posterior)


def _confusion_prior(counts: Floats, varied: Floats) -> Floats:
    """Dirichlet prior of each method's row for each right label, (K, M, K).

    `HABIT` answers by the method's habit, whatever is right, and as many right ones as its answers
    vary: none of a method that always says the same, so that nothing draws it to being right.
    """
    labels = counts.shape[1]
    smooth = counts + 0.5
    habit = smooth / smooth.sum(1, keepdims=True)
    right = np.eye(labels)[:, None, :] * varied[None, :, None]
    prior: Floats = HABIT * (habit[None] + right)
    return prior


def _softmax(score: Floats) -> Floats:
    grown = np.exp(score - score.max(1, keepdims=True))
    shares: Floats = grown / grown.sum(1, keepdims=True)
    return shares


def _open_estimate(votes: _Votes) -> Estimate:
    """One accuracy a method; 1 / coincidence wrong answers that are equally likely."""
    wrong_answers = 1.0 / _coincidence(votes)
    labels = max(len(votes.label_names), 1)
    slots, slot_of = np.unique(votes.items * labels + votes.labels, return_inverse=True)
    # A slot is one of an item's different answers.
    owners: Ints = slots // labels
    said: Ints = slots % labels
    different = np.bincount(owners, minlength=votes.n_items).astype(np.float64)
    unsaid = np.maximum(wrong_answers + 1.0 - different, 1.0)
    gold = np.array([votes.gold.get(item, -1) for item in owners.tolist()], dtype=np.int64)
    rates = np.full(len(votes.method_names), RIGHT / (RIGHT + WRONG))
    belief = np.zeros(len(slots))
    for _ in range(MAX_ROUNDS):
        weights: Floats = np.log(rates * wrong_answers / (1.0 - rates))
        score = np.bincount(slot_of, weights[votes.methods], len(slots)).astype(np.float64)
        right = _right(score, owners, unsaid) * (1.0 - 2 * DOUBT) + DOUBT / different[owners]
        belief = np.where(gold < 0, right, gold == said)
        before, rates = rates, _rates(votes, belief[slot_of])
        if np.abs(rates - before).max(initial=0.0) < TOLERANCE:
            break
    posterior: list[dict[str, float]] = [{} for _ in range(votes.n_items)]
    for item, label, chance in zip(owners.tolist(), said.tolist(), belief.tolist(), strict=True):
        posterior[item][votes.label_names[label]] = chance
    for item, label in votes.gold.items():
        posterior[item][votes.label_names[label]] = 1.0
    return Estimate(_accuracy(votes, belief[slot_of]), posterior)


def _coincidence(votes: _Votes) -> float:
    """How often answers to two different items are the same, within bounds.

    Pairs of one item are left out: there, being right is what makes answers equal.
    """
    n, labels = len(votes.labels), max(len(votes.label_names), 1)
    _, together = np.unique(votes.items * labels + votes.labels, return_counts=True)
    pooled = np.bincount(votes.labels, minlength=labels)
    sizes = np.bincount(votes.items, minlength=votes.n_items)
    equal = float((pooled**2).sum() - (together**2).sum())
    pairs = float(n**2 - (sizes**2).sum())
    share = equal / pairs if pairs else 0.0
    return min(max(share, MIN_COINCIDENCE), MAX_COINCIDENCE)


def _right(score: Floats, owners: Ints, unsaid: Floats) -> Floats:
    """Softmax over each item's different answers, and the `unsaid` ones, of score 0."""
    top = np.zeros(len(unsaid))
    np.maximum.at(top, owners, score)
    grown = np.exp(score - top[owners])
    total = np.bincount(owners, grown, len(unsaid)) + unsaid * np.exp(-top)
    right: Floats = grown / total[owners]
    return right
