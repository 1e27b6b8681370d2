"""Two short alternatives at a question's end, in the other order: "Which is more, Q or P?"."""

import re

from agent.variants.variant import Variant

MAX_CHARS = 60
"""Longer alternatives are clauses, and what they refer to may depend on their order."""

_BREAK = re.compile(r"(?<=[.!])\s+|\n")
_SEPARATOR = re.compile(r"(?:,(?!\d)|:(?!\d))\s*(?:either\s+)?")
_WHICH = re.compile(r"\b(?:which|who|what|whose)\b[^,:]*$", re.IGNORECASE)
_OR = re.compile(r"\s+or\s+")
_ARTICLE = re.compile(r"(?:an?|the)\s", re.IGNORECASE)
_UNFIT = re.compile(
    r"\b(?:both|neither|either|nor|not|none|nothing|other|others|another|else|equal|same|former|latter"
    r"|first|second|last|previous|above|below|it|they|them|vice)\b",
    re.IGNORECASE,
)


def swap_alternatives(question: str) -> list[Variant]:
    """Exchange what "Which ..., P or Q?" offers; the answer stays.

    Args:
        question: Any question.

    Returns:
        One variant, with all such offers exchanged; none if there are no such offers.
    """
    pieces = question.split("?")
    changed = [_exchanged(piece) for piece in pieces[:-1]]
    text = "?".join([*changed, pieces[-1]])
    return [] if text == question else [Variant("alternatives swapped", text)]


def _exchanged(piece: str) -> str:
    """What stands before a question mark, with its two alternatives exchanged if it has two."""
    breaks = [match.end() for match in _BREAK.finditer(piece)]
    start = breaks[-1] if breaks else 0
    separators = [match.span() for match in _SEPARATOR.finditer(piece, start)]
    if not separators or not _WHICH.search(piece[start : separators[-1][0]]):
        return piece
    begin = separators[-1][1]
    offered = piece[begin:].rstrip()
    gap = _OR.search(offered)
    if gap is None:
        return piece
    first, second = offered[: gap.start()], offered[gap.end() :]
    if not _fit(first, second):
        return piece
    return f"{piece[:begin]}{second}{gap[0]}{first}{piece[begin + len(offered) :]}"


def _fit(first: str, second: str) -> bool:
    """Whether two texts can change places: short, alone, and alike in their articles."""
    if not first or not second or max(len(first), len(second)) > MAX_CHARS:
        return False
    if _OR.search(second) or _UNFIT.search(first) or _UNFIT.search(second):
        return False
    return bool(_ARTICLE.match(first)) is bool(_ARTICLE.match(second))
