"""Records to train on, as a consolidation has them: of the kinds that a student can learn."""

from benchmarks.kinds import KINDS, generate
from trainer.dataset import Example

RESISTANT = "3-digit products"
LEARNABLE = tuple(kind for kind in KINDS if kind != RESISTANT)


def examples(count: int, seed: int, known: frozenset[str] = frozenset()) -> list[Example]:
    """Make records, the kinds mixed in about equal parts.

    Args:
        count: How many.
        seed: Of the questions and their order.
        known: Questions that must not be among them.

    Returns:
        As many examples, their answers right.
    """
    per_kind = -(-count // len(LEARNABLE))
    items = generate(dict.fromkeys(LEARNABLE, per_kind), seed, known)[:count]
    return [Example(at, item.question, item.answer) for at, item in enumerate(items, start=1)]
