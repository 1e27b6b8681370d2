"""Labels of options and answers, such as B or 2, as they stand in a final answer."""

import re
from collections.abc import Mapping

from memory.answers.options import KIND

_KIND = rf"(?:{KIND}|option|choice|candidate|model)"
_ANSWER = re.compile(
    r"(?P<before>[\[(*_\"'\s]{0,9}(?:the )?"
    rf"(?:(?:\w+ )?{_KIND}[ _](?:is )?[\[(*_\"']{{0,9}})?)"
    r"(?P<label>(?P<ordinal>first|second)|[A-Za-z]|\d{1,2})"
    rf"(?P<after>(?(ordinal)(?: (?:one|{_KIND}))?)"
    r"(?:[\])*_\"'.\s]{0,9}|(?:[\])*_.:]{1,9}\s|\s+(?:is|was|wins)\b).*))",
    re.IGNORECASE | re.DOTALL,
)
_LABEL = r"(?:[A-Za-z]|\d{1,2})"
_OPEN, _CLOSE = r"[\[(*_\"'\s]*", r"[\])*_\"'.\s]*"
_JOINT = r"[\])*_\"'\s]*(?:,(?: (?:and|or))?|[;&+=]|<{1,2}|>{1,2}|\band|\bor)"
_SEVERAL = re.compile(
    rf"{_OPEN}{_LABEL}(?:{_JOINT}{_OPEN}{_LABEL})+{_CLOSE}|{_OPEN}[A-Z]{{2,10}}{_CLOSE}"
)
_ONE = re.compile(r"(?<![a-z])[A-Za-z](?![a-z])|\d{1,2}")
_OTHER = re.compile(
    rf"(?P<before>\b(?:than|over) (?:the )?(?:{_KIND} )?)(?P<label>[A-Z]|\d)(?=\W*\Z)",
    re.IGNORECASE,
)
"""The other of two that are compared."""


def relabelled(answer: str, labels: Mapping[str, str]) -> str:
    """Exchange the label that an answer consists of or begins with, or all that it consists of.

    Args:
        answer: A final answer: "B", "[[B]]", "(b) red", "Option 2", "A is better", "A and B", "AB",
            "A>B".
        labels: New labels by old ones, letters in upper case.

    Returns:
        The answer with its new label, in the old one's case, or labels, in their usual order where
        they form a list; unchanged if it has none.
    """
    if _SEVERAL.fullmatch(answer):
        return _all_relabelled(answer, labels)
    found = _ANSWER.fullmatch(answer)
    new = labels.get(found["label"].upper()) if found else None
    if found is None or new is None:
        return answer
    after = _OTHER.sub(
        lambda other: other["before"] + labels.get(other["label"], other["label"]), found["after"]
    )
    return f"{found['before']}{_cased(new, found['label'])}{after}"


def _all_relabelled(answer: str, labels: Mapping[str, str]) -> str:
    """The answer with other labels; unchanged if some are unknown, or one comes twice."""
    old = _ONE.findall(answer)
    new = [_cased(labels[label.upper()], label) for label in old if label.upper() in labels]
    if len(set(new)) < len(old):
        return answer
    if not re.search(r"[<>]", answer):
        new.sort()
    rest = iter(new)
    return _ONE.sub(lambda _: next(rest), answer)


def _cased(new: str, old: str) -> str:
    """The new label, in lower case if the old one is."""
    return new.lower() if old.islower() else new
