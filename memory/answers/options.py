"""The options of a question, each on a line of its own, and an answer that repeats one."""

import re
from functools import lru_cache

from memory.answers.surface import clean

_OPTION = re.compile(
    r"^[ \t*-]{0,8}\(?(?P<label>[A-Ja-j])[.):][*]{0,2}[ \t]+(?P<text>\S.*)", re.MULTILINE
)
_REPEATED = re.compile(r"\(?(?P<label>[a-j])(?:[.):]| ?[-\u2013\u2014]) (?P<text>\S.*)")
_LABELS = "ABCDEFGHIJ"
_EDGES = " *_\"'`.,;"


def labelled(answer: str, question: str) -> str:
    """The letter alone of an option that the question names by it: "B. Paris", "B - Paris".

    Args:
        answer: Any text.
        question: What it answers.

    Returns:
        The letter where letter and text are those of one option; else the answer as it is.
    """
    said = _REPEATED.fullmatch(_bare(answer))
    if said is None:
        return answer
    label = said["label"].upper()
    return label if _options(question).get(label) == _bare(said["text"]) else answer


@lru_cache(maxsize=8)
def _options(question: str) -> dict[str, str]:
    """The text of each option by its letter; none unless the letters run from A in order, once."""
    found = [(match["label"].upper(), match["text"]) for match in _OPTION.finditer(question)]
    if len(found) < 2 or not _LABELS.startswith("".join(label for label, _ in found)):
        return {}
    return {label: _bare(text) for label, text in found}


def _bare(text: str) -> str:
    """Text without case, marks of emphasis, or marks at its edges."""
    return clean(text).casefold().replace("**", "").strip(_EDGES)
