"""Simpler policies to be measured against: similarity alone, or the draft's likelihood alone.

Each takes the lowest threshold at which no more than `max_error` of the gate half's drafts at or
above it are wrong: what is usually done, with no bound on what is to come. Every skill counts,
since such a policy knows of none.
"""

import math
from collections.abc import Mapping, Sequence

from memory.records import Draft, Neighbor
from router.place import Place, others
from router.refusals import why_unusable

SIMILARITY_ONLY = "similarity-only"
CONFIDENCE_ONLY = "confidence-only"


def thresholds(seen: Sequence[tuple[Place, Draft, bool]], max_error: float) -> dict[str, float]:
    """The threshold of each policy.

    Args:
        seen: Where the gate half's questions lie, their drafts, and whether these are right.
        max_error: Largest share of wrong answers among those served.

    Returns:
        By name, the least similarity or mean log-probability that is served; one that would serve
        nothing is missing.
    """
    scores = {
        SIMILARITY_ONLY: [(lies.top_similarity, right) for lies, _, right in seen],
        CONFIDENCE_ONLY: [(draft.mean_logprob, right) for _, draft, right in seen],
    }
    found = {name: _lowest(pairs, max_error) for name, pairs in scores.items()}
    return {name: threshold for name, threshold in found.items() if threshold is not None}


def judge(
    name: str,
    known: Mapping[str, float],
    question: str,
    neighbors: Sequence[Neighbor],
    draft: Draft | None = None,
) -> tuple[bool, str]:
    """What a policy does: it knows one number and its threshold.

    Args:
        name: Which one.
        known: What `thresholds` gave.
        question: A standalone question.
        neighbors: Remembered questions near it.
        draft: System 1's; None before there is one.

    Returns:
        Whether System 1 may go on, and why.
    """
    threshold = known.get(name)
    if threshold is None:
        return False, f"{name}: no threshold serves anything"
    if name == CONFIDENCE_ONLY and draft is None:
        return True, f"{name}: the draft will tell"
    if draft is not None and (why := why_unusable(draft)) is not None:
        return False, f"{name}: {why}"
    near = others(question, neighbors, 1)
    score = near[0].similarity if near else 0.0
    if name == CONFIDENCE_ONLY and draft is not None:
        score = draft.mean_logprob
    accept = score >= threshold
    return accept, f"{name}: {score:.3f} {'>=' if accept else '<'} {threshold:.3f}"


def _lowest(pairs: Sequence[tuple[float, bool]], max_error: float) -> float | None:
    ranked = sorted((pair for pair in pairs if math.isfinite(pair[0])), reverse=True)
    best, wrong = None, 0
    for n, (score, right) in enumerate(ranked, start=1):
        wrong += not right
        last_of_its_score = n == len(ranked) or ranked[n][0] < score
        if last_of_its_score and wrong <= max_error * n:
            best = score
    return best
