"""Where a reply runs on: once it has answered, the model makes up a next question and answers that.

Small models go on as the examples before the question did: with a label, or with a bare question. A
model that doubts its answer asks, too, but asks itself, about what is there already; whatever may
be such a doubt is left to count.
"""

import re
from bisect import bisect_left

from memory.answers import extract_marked
from memory.answers.numbers import NUMBER_WORDS

_SIGNS = r"[#*_> ]{0,4}"
_PARAGRAPH = r"\n[ \t]*(?:[-*_=]{3,}[ \t]*)?\n[ \t]*"
_NUMBER = r"(?: \d{1,2})?[* ]{0,3}"
_TASK = r"(?:task|exercise|instruction|example|problem|puzzle)"
_NEXT = re.compile(
    rf"(?:^|{_PARAGRAPH}){_SIGNS}"
    rf"(?:(?:question|q|user|human){_NUMBER}:|(?:user|human)[ \t]*$|example \d{{1,2}}:)"
    rf"|{_PARAGRAPH}{_SIGNS}(?:task|exercise|instruction)[* ]{{0,3}}:"
    rf"|(?:{_PARAGRAPH}{_SIGNS}(?:\d{{1,2}}[.)] )?|^{_SIGNS}{_TASK}{_NUMBER}:[*\s]{{0,4}})"
    r"(?P<bare>[^\s\d?][^\n]{1,800}\?)[*_\"' \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ASKS = re.compile(
    r"(?:^|[.!?:;,] )[\"'(]?(?:(?:at|by|for|from|in|of|on|to|with) )?(?:what|which|who|whose|where"
    r"|when|how|is|are|was|were|do|does|did|has|have|can|could|will|would)\b",
    re.IGNORECASE,
)
_YES_NO = (
    r"(?:is|are|am|was|were|do|does|did|has|have|had|can|could|may|might|must|shall|should|will"
    r"|would|[a-z]+n['\u2019]t)"
)
_DOUBTS = re.compile(
    r"(?:^|[.!?:;] )(?:wait|but|hm+|oh|or|so|and|no|yes|ok(?:ay)?|well|then|now|also|however"
    r"|alternatively|maybe|perhaps|thus|therefore|hence|since|because|why|what (?:if|about)"
    r"|how (?:about|come)|(?:should|might|[a-z]+n['\u2019]t)|let['\u2019]?s?)\b"
    rf"|^(?:{_YES_NO} )?(?:that|this|it|these|those|they|he|she|you)\b"
    r"|\b(?:I|me|my|we|us|our|above|actually|again|answer|assum\w+|check\w*|correct|double-check\w*"
    r"|earlier|forg[eo]t\w*|instead|miss(?:ed|ing)?|mistake|previous|really|right|sense|sure"
    r"|verify|wrong)\b",
    re.IGNORECASE,
)
_CHECKS = re.compile(rf"[\"'(]?{_YES_NO}\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_NAME = (
    r"(?<=[^\s.!?:] )[A-Z]\w+"
    r"|\b(?!(?:This|That|There|Wh\w{1,3}|How|It|He|She|Each|One|All) )[A-Z]\w+"
    r"(?= (?:has|had|is|was|does|did|[a-z]+(?:s|ed)) )"
)
_COUNTED = "|".join(word for word in NUMBER_WORDS if word not in {"zero", "one"})
_DETAIL = re.compile(rf"\d\w*|(?<=\s[\"'\u201c\u2018])\w+|{_NAME}|\b(?i:{_COUNTED})\b")


def before_next_question(text: str, asked: str) -> str:
    """A reply up to where the next question begins behind an answer.

    Args:
        text: What the model said.
        asked: The question that it answers.

    Returns:
        All of it if no next question begins, or if what is asked may be about the answer.
    """
    found = list(_NEXT.finditer(text))
    first = bisect_left(
        found, True, key=lambda next_: extract_marked(text[: next_.start()], asked) is not None
    )
    known, read = _words(asked), 0
    for next_ in found[first:]:
        known |= _words(text[read : next_.start()])
        read = next_.start()
        if next_["bare"] is None or _asks_anew(next_["bare"], known):
            return text[:read]
    return text


def _asks_anew(line: str, known: set[str]) -> bool:
    """Whether a line asks about something else: a number, name or quoted word that is new.

    "Can 91 be divided by 7?" checks what is known with what is new: it may be a doubt.
    """
    if _DOUBTS.search(line) or not _ASKS.search(line):
        return False
    details = {_folded(detail) for detail in _DETAIL.findall(line)}
    checks = _CHECKS.match(line) is not None and not details.isdisjoint(known)
    return not checks and not details <= known


def _words(text: str) -> set[str]:
    return {_folded(word) for word in _WORD.findall(text)}


def _folded(word: str) -> str:
    """In lower case; a number in digits."""
    word = word.casefold()
    return str(NUMBER_WORDS.get(word, word))
