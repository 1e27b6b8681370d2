"""Wider gaps between the words of a quoted text: they change no letter and no word."""

import re

from agent.variants.variant import CODE, Variant

_QUOTED = re.compile(r"\"[^\"\n]+\"|“[^”\n]+”|(?<!\w)'[^'\n]+'(?!\w)|(?<!\w)‘[^’\n]+’(?!\w)")
_GAP = re.compile(r"(?<=\w) (?=\w)")
_EXACT = re.compile(
    r"\b(?:spac(?:e|es|ed|ing)|whitespaces?|blanks?|gaps?|characters?|chars?|bytes?|lengths?|long"
    r"|longer|longest|wide|width|strings?|positions?|index\w*|columns?|verbatim|exact\w*|cop(?:y|ies)"
    r"|repeat\w*|revers\w*|backwards?|encod\w*|encrypt\w*|decod\w*|ciphers?|hash\w*|regex\w*"
    r"|print\w*|format\w*|punctuat\w*|typed?|keys|keystrokes?)\b",
    re.IGNORECASE,
)


def widen_gaps(question: str) -> list[Variant]:
    """Double the spaces between the words of quoted texts; the answer stays.

    A program that takes a space for a letter, or for the only thing between words, gives itself
    away. Where the text's very characters may be what is asked, it stays as it is.

    Args:
        question: Any question.

    Returns:
        One variant; none if nothing is quoted that has several words.
    """
    if _EXACT.search(question) or CODE.search(question):
        return []
    changed = _QUOTED.sub(lambda quoted: _GAP.sub("  ", quoted[0]), question)
    return [Variant("gaps widened", changed)] if changed != question else []
