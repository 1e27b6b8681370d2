"""Labels of options and answers, such as B or 2, as they stand in a final answer."""

import re
from collections.abc import Mapping

_KIND = (
    r"(?:option|choice|answer|assistant|response|output|reply|completion|candidate|solution|summary"
    r"|translation|essay|story|poem|explanation)"
)
_ANSWER = re.compile(
    rf"(?P<before>[\[(*_\"'\s]{{0,9}}(?:(?:the )?(?:\w+ )?{_KIND} (?:is )?[\[(*_\"']{{0,9}})?)"
    r"(?P<label>[A-Za-z]|\d{1,2})"
    r"(?P<after>[\])*_\"'.\s]{0,9}|(?:[\])*_.:]{1,9}\s|\s+(?:is|was|wins)\b).*)",
    re.IGNORECASE | re.DOTALL,
)


def relabelled(answer: str, labels: Mapping[str, str]) -> str:
    """Exchange the label that an answer consists of or begins with.

    Args:
        answer: A final answer: "B", "[[B]]", "(b) red", "Option 2", "A is better".
        labels: New labels by old ones, letters in upper case.

    Returns:
        The answer with its new label, in the old one's case; unchanged if it has none.
    """
    found = _ANSWER.fullmatch(answer)
    new = labels.get(found["label"].upper()) if found else None
    if found is None or new is None:
        return answer
    label = new.lower() if found["label"].islower() else new
    return f"{found['before']}{label}{found['after']}"
