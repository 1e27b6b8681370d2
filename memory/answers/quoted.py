"""Answers in quotes of their own, "Answer: 'ye'"; and JSON's keys, {"answer": "ye"}."""

import re

from memory.answers.surface import MAX_CHARS

_OPENING = re.compile(r"[\"']|`(?=[*_])")  # of `x` the backticks are marks; of `__x__` they quote
_QUOTED = re.compile(
    r"(?P<sign>[\"'])(?:(?!(?P=sign)).|(?<=\w)(?P=sign)(?=\w))+(?P=sign)[.*_]{0,3}"
)
_KEY = re.compile(r"[\w ]+[\"']\s*:")
_BEFORE_KEY = re.compile(r"[{,]\s{0,40}[\"']\Z")
_LONGEST_BEFORE = 42
_INSIDE_WORD = re.compile(r"(?<=\w)'(?=\w)")


def is_quoted(text: str) -> bool:
    """Whether a text stands in quotes as a whole: a stop inside does not end it."""
    return _QUOTED.fullmatch(text) is not None


def opening(text: str, begin: int, end: int) -> int:
    """Where an answer begins whose own opening quote was taken for one of its marker's marks.

    Args:
        text: Any text.
        begin: Where the marks behind a marker begin.
        end: Where they end, and the answer's first letter stands.

    Returns:
        The place of the last quote among the marks that the answer's line closes; `end` without
        one.
    """
    line = _INSIDE_WORD.sub("", text[end : end + MAX_CHARS].partition("\n")[0])
    for at in range(end - 1, begin - 1, -1):
        if _OPENING.match(text, at) and line.count(text[at]) % 2:
            return at
    return end


def is_key(text: str, begin: int, end: int) -> bool:
    """Whether a marker is a key of JSON: its value ends with a comma or brace, with no line.

    Args:
        text: Any text.
        begin: Where the marker's first letter stands.
        end: Where it ends.

    Returns:
        True for a name in quotes behind a brace or a comma, with a colon behind it.
    """
    before = _BEFORE_KEY.search(text, max(0, begin - _LONGEST_BEFORE), begin)
    return before is not None and _KEY.match(text, begin, end) is not None
