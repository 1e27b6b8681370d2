"""The two answers of a question that compares them, exchanged."""

import re
from functools import partial

from agent.system2 import pair
from agent.variants.labels import relabelled
from agent.variants.variant import Variant

_OTHER = {"A": "B", "B": "A", "1": "2", "2": "1", "FIRST": "Second", "SECOND": "First"}
_ONE_SIDED = re.compile(
    r"(?:^|[.?!:\n])\s*(?:Is|Does|Do|Was|Did)\s+(?:the\s+)?(?:\w+\s+)?\(?(?:[AB12]|first|second)\b"
)


def swap_answers(question: str) -> list[Variant]:
    """Exchange the two labelled answers; A becomes B in the verdict, and a tie stays one.

    Args:
        question: Any question.

    Returns:
        One variant; none without two answers, or where what is asked is not which is better but
        whether one of them is.
    """
    found = pair.parse(question)
    changed = pair.swapped(question)
    if found is None or changed is None:
        return []
    (begin, _), (_, end) = found.spans
    if _ONE_SIDED.search(question[end:]) or _ONE_SIDED.search(question[:begin][-600:]):
        return []
    return [Variant("answers swapped", changed, partial(relabelled, labels=_OTHER))]
