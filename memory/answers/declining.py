"""Texts that decline to answer: no number of votes for one makes it true of the question."""

import re

_DECLINES = re.compile(
    r"""(?:(?:sorry|unfortunately|i(?:['’]m|\ am)\ (?:sorry|afraid))[,.]?\ (?:but\ |that\ )?)?(?:
      (?:i|we)\ (?:do\ not|don['’]t)\ (?:know|have\ (?:enough|access|any|the|sufficient))\b.*
    | i(?:['’]m|\ am)\ not\ (?:sure|certain)\b.*
    | (?:i|we)\ have\ no\ idea\b.*
    | i\ can(?:\ ?not|['’]t)
    | (?:(?:i|we)\ )?(?:can(?:\ ?not|['’]t)|could(?:\ not|n['’]t)|(?:am\ )?(?:unable|not\ able)\ to)
      \ (?:answer|help|assist|determine|provide|say|tell|find|calculate|compute|be\ sure)\b.*
    | i['’]m\ (?:unable|not\ able)\ to\b.*
    | (?:it\ is\ |it['’]s\ )?(?:im|not\ )possible\ to
      \ (?:answer|calculate|compute|determine|know)\b.*
    | (?:the|this)\ (?:passage|problem|question|text)\ (?:does\ not|doesn['’]t)
      \ (?:contain|give|have|include|provide)\b.*\b(?:context|data|details?|information)\b.*
    | (?:it\ is\ |it['’]s\ |there\ (?:is|was)\ |the\ answer\ is\ |answer\ is\ )?
      (?:unknown|unclear|undetermined|n/a
        |not\ (?:known|sure|certain|given|specified|available|mentioned|stated|provided)
        |(?:no|not\ enough|insufficient)\ (?:information|data|context)|no\ (?:idea|answer)
        |(?:im|not\ )possible\ to\ (?:tell|say))
      (?:[,;]?\ (?:is|was|from|to|based|as|in|for|because|at|about|with|without|given|provided
        |since)\b.*)?
    | (?:the\ (?:final\ )?answer\ |it\ |this\ )?
      (?:can(?:\ ?not|['’]t)|could(?:\ not|n['’]t))\ be
      \ (?:determined|known|answered|calculated|computed|decided|inferred)\b.*
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_BLANK = re.compile(
    r"(?:<[^<>]{0,60}\banswer\b[^<>]{0,40}>|\[[^][]{0,60}\banswer\b[^][]{0,40}\]"
    r"|\{[^{}]{0,60}\banswer\b[^{}]{0,40}\}|_{2,}|\.{3,}|…)",
    re.IGNORECASE,
)
"""A form's blank that was copied, not filled in: "<the final answer only>"."""

_OFFERED = re.compile(
    r"(?:(?:\b(?:or|say|says|answer|reply|respond|write|output|choose|as)|[,;:/(])\ ?[\"']?"
    r"(?:unknown|unclear|undetermined|unanswerable|n/a|impossible|insufficient|not enough"
    r"|no (?:answer|information))"
    r"|(?:\b(?:not|cannot)|n['’]t) (?:be )?(?:know|sure|certain|given|specified|available|stated"
    r"|mentioned|determined?|answered?|tell|say)"
    r"|\b(?:not enough|insufficient) (?:information|data)|\bis it (?:im)?possible"
    r"|\b(?:opposite|antonym|synonym|translat\w*|meaning|means?(?! of)|says|sign|mark|symbol))\b",
    re.IGNORECASE,
)


def declines(answer: str, question: str | None = None) -> bool:
    """Whether a text says that there is no answer, or leaves a form's blank as it was.

    Args:
        answer: A final answer.
        question: What it answers; one that names such an answer ("yes, no or unknown") wants it.

    Returns:
        False for all that the question itself holds.
    """
    whole = answer.strip()
    text = whole.rstrip(".!") or whole
    if question is not None and text.casefold() in question.casefold():
        return False
    if _BLANK.fullmatch(whole):
        return True
    if question is not None and _OFFERED.search(question):
        return False
    return _DECLINES.fullmatch(text) is not None
