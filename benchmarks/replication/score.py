"""From answers to figures: accuracy with its interval, tokens, what could not be read."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.replication.items import Item
from memory.answers import same

Z = 1.959964
"""Of a 95% interval."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer and what it cost.

    Attributes:
        answer: None when none could be read.
        tokens: Generated.
    """

    answer: str | None
    tokens: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How one column does on one part.

    Attributes:
        questions: Asked.
        units: Items; one that is asked in several forms counts once.
        accuracy: Share of questions answered right.
        low: Lower end of its 95% interval.
        high: Upper end.
        tokens: Generated a question, on average.
        unparseable: Share of questions without an answer that could be read.
        inconsistency: Share of pairs whose two orders don't have the same winner; None where
            nothing is asked in two orders.
    """

    questions: int
    units: int
    accuracy: float
    low: float
    high: float
    tokens: float
    unparseable: float
    inconsistency: float | None = None


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share.

    Args:
        share: Observed, in [0, 1].
        n: Of so many independent ones, at least one.

    Returns:
        Its ends, in [0, 1].
    """
    middle = share + Z * Z / (2 * n)
    spread = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def figures(items: Sequence[Item], given: Mapping[str, Given], *, paired: bool = False) -> Figures:
    """Score a part. The forms of one item go together, so the interval is that of the items.

    Args:
        items: At least one.
        given: By the items' keys.
        paired: Whether every item is asked in two orders.

    Returns:
        The figures.
    """
    n, units = len(items), len({item.unit for item in items})
    accuracy = sum(item.right(given[item.key].answer) for item in items) / n
    low, high = wilson(accuracy, units)
    return Figures(
        questions=n,
        units=units,
        accuracy=accuracy,
        low=low,
        high=high,
        tokens=sum(given[item.key].tokens for item in items) / n,
        unparseable=sum(given[item.key].answer is None for item in items) / n,
        inconsistency=_inconsistency(items, given) if paired else None,
    )


def _inconsistency(items: Iterable[Item], given: Mapping[str, Given]) -> float:
    verdicts: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        verdicts[item.unit].append(_named(given[item.key].answer, item.question))
    consistent = [sorted(pair) in (["A", "B"], ["C", "C"]) for pair in verdicts.values()]
    return 1 - sum(consistent) / len(consistent)


def _named(answer: str | None, question: str) -> str:
    """The label that a verdict means, however it is put ("Answer A"); empty where it means none."""
    if answer is None:
        return ""
    return next((label for label in "ABC" if same(answer, label, question)), "")
