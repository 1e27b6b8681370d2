"""Whether a question asks for a place in the list that it offers, rather than for a thing in it."""

import re

_NTH = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|penultimate|middle"
    r"|\d+(?:st|nd|rd|th))"
)
_LIST = r"(?:_|the following|these|those|the (?:options|choices|answers))"
_PLACED = re.compile(
    r"\b(?:list|mention|name|state|offer|print|read)(?:e?d)? "
    rf"{_NTH}\b(?!-)|\b(?:written|given|shown|said|say) {_NTH}\b(?!-)"
    r"|\b(?:in|of|on|from) (?:the|this) list\b|\bin the middle\b(?! of)"
    rf"|\b(?:comes?|stands?|appears?) (?:the )?{_NTH}\s*(?:[.?!\n]|$)"
    r"|\b(?:is|comes|stands|appears) at the (?:top|bottom|start|end)\s*[.?!]"
    r"|\b(?:which|who|what|one|word|item|option|choice|name) (?:is|comes|stands) (?:the )?"
    rf"{_NTH}(?= (?:(?:in|of|among|or)\b|[-–—])|\s*(?:[.,:;?!\n]|$))"
    rf"|\bthe {_NTH}(?: (?:one|option|choice|answer|alternative|word|item|entry|label)s?\b|[.!])"
    rf"|\b{_NTH} (?:in|of|among) {_LIST}|\b{_NTH} from the (?:top|bottom|left|right|start|end)\b"
    r"|\b(?:answer|choose|give|name|output|pick|reply|respond|say|select|take|use|write)"
    rf"(?: with| only| just)* the (?:{_NTH}|earlier|earliest|former|latter|next|previous)"
    r"(?= (?:if|when|unless)\b|\s*(?:[.,:;!\n]|$))",
    re.IGNORECASE,
)


def asks_place(outside: str) -> bool:
    """Whether the words around a list ask for what stands at some place in it.

    "Which came first?" asks what happened, "Which is listed first?" what is written.

    Args:
        outside: The question, with "_" or nothing for the list.

    Returns:
        True if another order of the list may change the answer.
    """
    return _PLACED.search(outside) is not None
