"""The two answers of a question that compares them, exchanged."""

from functools import partial

from agent.system2.pair import parse, swapped
from agent.system2.verdict import asks_which
from agent.variants.labels import relabelled
from agent.variants.variant import Variant

_OTHER = {"A": "B", "B": "A", "1": "2", "2": "1", "FIRST": "Second", "SECOND": "First"}


def swap_answers(question: str) -> list[Variant]:
    """Exchange the two labelled answers; A becomes B in the verdict, and a tie stays one.

    Args:
        question: Any question.

    Returns:
        One variant; none without two answers, or where what is asked is not which is better but
        whether one of them is, or how much.
    """
    pair, changed = parse(question), swapped(question)
    if pair is None or changed is None or not asks_which(pair):
        return []
    return [Variant("answers swapped", changed, partial(relabelled, labels=_OTHER))]
