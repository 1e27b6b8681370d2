"""Wider gaps between the words of a quoted text: they change no letter and no word."""

import re

from agent.variants.variant import CODE, QUOTED, Variant

_GAP = re.compile(r"(?<=\w) (?=\w)")
_ABOUT = re.compile(r"\b(?:letters?|words?|vowels?|consonants?|names?|phrases?)\b", re.IGNORECASE)
_EXACT = re.compile(
    r"\b(?:spac(?:e|es|ed|ing)|whitespaces?|blanks?|gaps?|characters?|chars?|bytes?|lengths?|long"
    r"|longer|longest|wide|width|strings?|positions?|index\w*|columns?|verbatim|exact\w*|cop(?:y|ies)"
    r"|repeat\w*|revers\w*|backwards?|encod\w*|encrypt\w*|decod\w*|ciphers?|hash\w*|regex\w*"
    r"|print\w*|format\w*|punctuat\w*|typed?|keys|keystrokes?|symbols?|signs?|glyphs?"
    r"|graphemes?|non-?\w*letters?|ascii|unicode|morse|code ?points?|token\w*|separat\w*"
    r"|delimit\w*|split\w*|everything|anything|indices|offsets?|replac\w*|remov\w*|delet\w*"
    r"|insert\w*|same|equals?|identical|differ\w*|distances?|capital\w*|(?:upper|lower)-?case)\b",
    re.IGNORECASE,
)


def widen_gaps(question: str) -> list[Variant]:
    """Double the spaces between the words of quoted texts; the answer stays.

    A program that takes a space for a letter, or for the only thing between words, gives itself
    away. Where a question is not about letters or words, where the text's very characters may be
    what is asked, and where the text stands without quotes too, it stays as it is.

    Args:
        question: Any question.

    Returns:
        One variant; none if nothing is quoted that has several words.
    """
    if not _ABOUT.search(question) or _EXACT.search(question) or CODE.search(question):
        return []
    quoted = {found[0][1:-1].casefold() for found in QUOTED.finditer(question)}
    bare = QUOTED.sub("", question).casefold()
    if any(text in bare for text in quoted if _GAP.search(text)):
        return []
    changed = QUOTED.sub(lambda found: _GAP.sub("  ", found[0]), question)
    return [Variant("gaps widened", changed)] if changed != question else []
